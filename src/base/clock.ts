// The seam to time: who needs it asks this, nobody takes it from the platform. Events of the same instant run in the
// order in which they were armed.

import type { Opaque } from './opaque.ts'
import type { Instant } from './time.ts'

/** A number, so that arming allocates nothing. */
export type TimerHandle = Opaque<number, 'TimerHandle'>

export const NO_TIMER = 0 as TimerHandle

export interface Clock {
  now(): Instant
  /** Runs `fn` once, not before `when`; an instant that has passed means as soon as possible, never synchronously. */
  at(when: Instant, fn: () => void): TimerHandle
  /** A handle that has fired or was cancelled is harmless. */
  cancel(handle: TimerHandle): void
  /** Runs `fn` once when the events of this turn have returned. False when none runs, or the clock does not do this. */
  afterEvents?(fn: () => void): boolean
  /** What follows is one instant to the stack, until the caller says that the next one begins, or the end: the clock need not find out. */
  holdTurn?(): void
  endTurn?(): void
}
