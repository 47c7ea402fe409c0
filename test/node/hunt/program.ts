// A program of the hunt: steps of operations on sockets with names. The operations of a step run in one go; between two steps the
// world comes to rest. Plain JSON, played by player.cjs; values that JSON cannot write are `{ $kind: detail }` (values.cjs).

import { SeededRandom } from '../../../src/base/random.ts'

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json }
export type Op = readonly Json[]
export type Step = readonly Op[]
export type Program = readonly Step[]

/** What each socket saw, in its order. */
export type Logs = Readonly<Record<string, readonly (readonly Json[])[]>>

/** Chance, in the words of programs. */
export class Dice {
  private readonly random: SeededRandom
  private labels = 0

  constructor(seed: string) { this.random = new SeededRandom(seed) }

  below(n: number): number { return this.random.below(n) }
  /** Once in `n`. */
  rarely(n: number): boolean { return this.random.below(n) === 0 }
  one<T>(of: readonly T[]): T { return of[this.random.below(of.length)] }

  /** One of `[weight, thing]`. */
  weighed<T>(of: readonly (readonly [number, T])[]): T {
    let at = this.random.below(of.reduce((sum, [weight]) => sum + weight, 0))
    for (const [weight, thing] of of) {
      at -= weight
      if (at < 0) return thing
    }
    return of[0][1]
  }

  label(): string { return `f${++this.labels}` }
  callback(): Json { return { $function: this.label() } }
}

export const undefinedValue: Json = { $undefined: true }
/** What callers pass by mistake. */
export const ODD: readonly Json[] = [undefinedValue, null, true, false, 0, -1, 1.5, { $nan: true }, { $infinity: true }, '', 'x', {}, [],
  { $function: 'odd' }, { $big: '1' }, { $symbol: 'odd' }, { $buffer: 3 }, { $error: 'odd' }]
