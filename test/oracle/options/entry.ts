// One option of Linux's lists: its number, what its value is, and which test shows that it does something. The tables beside
// this file hold all of them; the oracle plays each on every kind of socket, `npm run options` draws docs/options.md.

import { ints } from '../scenario.ts'

export interface OptionEntry {
  readonly name: string
  readonly id: number
  /** Values beyond the ones every option is tried with, as hexadecimal bytes. */
  readonly samples?: readonly string[]
  /** Title of the test that shows the effect, or a part of it that no other title has. */
  readonly effect?: string
  /** Nothing on Linux depends on it either, which the test shows: why. */
  readonly none?: string
  /** Why it is not there; its answers are Linux's for an option that nobody knows. */
  readonly unsupported?: string
  /** Each run reads something else: lengths are compared. */
  readonly isVolatile?: boolean
  /** Known to answer otherwise than Linux, and why. */
  readonly differs?: string
}

export interface OptionLevel {
  readonly name: string
  readonly number: number
  readonly header: string
  readonly options: readonly OptionEntry[]
}

const INTS: readonly number[] = [1, 0, 2, -1, 7, 255, 256, 1000, 65_535, 65_536, 2_147_483_647, -2_147_483_648]
const LENGTHS: readonly string[] = ['', '01', '010000', ints(1, 1), ints(1, 0, 1, 0), '00'.repeat(40)]

export const SHOWN_INTS = INTS
export const TRIED_VALUES: readonly (number | string)[] = [...INTS, ...LENGTHS]
