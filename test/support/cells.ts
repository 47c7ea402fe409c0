// Drills of the event x state matrix. Their titles begin with the cell, `FIN-WAIT-1 x send: EPIPE`: scripts/matrix.mjs reads them.

import type { TcpState } from '../../src/tcp/state.ts'
import { drill } from './drill.ts'

/** An event of test/support/matrix.json, what happens, the script after the opening (or one with its own), what else it covers. */
export type Cell = readonly [event: string, happens: string, script: string, ...alsoCovers: readonly string[]]

export interface CellOptions {
  readonly group: 'user call' | 'segment' | 'timeout'
  readonly opening: string
  readonly covers: string | readonly string[]
}

const OWN_OPENING = /^\s*(?:`[^`]*`\s*)?(?:[a-z][a-z0-9-]*\(\d+\)|0(?:\.0)?\s)/

export function cells(state: TcpState, { group, opening, covers }: CellOptions, list: readonly Cell[]): void {
  for (const [event, happens, script, ...alsoCovers] of list) {
    const whole = OWN_OPENING.test(script) ? script : `  ${opening}\n  ${script.trim()}`
    drill(`${group}: ${state} x ${event}: ${happens}`, { covers: [...new Set([covers, alsoCovers].flat())] }, whole)
  }
}
