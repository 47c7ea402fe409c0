// The time of one host: when it booted, how wrong its calendar is, and the timers its programs wait for.

import type { TimerHandle } from '../../base/clock.ts'
import { NEVER } from '../../base/time.ts'
import type { Instant } from '../../base/time.ts'
import type { Stage } from '../../sim/stage.ts'
import type { Place } from './place.ts'

/** What a world's calendar shows when it begins, unless told otherwise. */
export const WORLD_EPOCH_MS = Date.UTC(2030, 0, 1)

/** A timer that a program set and that has not rung for the last time. */
export interface PendingTimer {
  readonly delayMs: number
  readonly repeats: boolean
  readonly createdAt: Place
  hasRef(): boolean
  close(): unknown
}

export class OwnTime {
  readonly timers = new Set<PendingTimer>()
  readonly bootedAtUs: number
  /** Milliseconds the calendar is ahead of the world's. */
  skewMs = 0
  private readonly stage: Stage
  private readonly epochMs: number

  constructor(stage: Stage, epochMs: number) {
    this.stage = stage
    this.epochMs = epochMs
    this.bootedAtUs = stage.now()
  }

  /** Microseconds of the world. */
  nowUs(): number { return this.stage.now() }
  /** Date.now() */
  dateMs(): number { return Math.floor(this.epochMs + this.skewMs + this.stage.now() / 1000) }
  /** performance.now(): milliseconds since the host booted. */
  uptimeMs(): number { return (this.stage.now() - this.bootedAtUs) / 1000 }
  get originMs(): number { return this.epochMs + this.skewMs + this.bootedAtUs / 1000 }

  at(delayMs: number, run: () => void): TimerHandle {
    return this.stage.clock.at(Math.min(this.stage.now() + Math.round(delayMs * 1000), NEVER - 1) as Instant, () => {
      this.stage.noteWake()
      run()
    })
  }

  cancel(handle: TimerHandle): void { this.stage.clock.cancel(handle) }

  stop(): void { for (const each of [...this.timers]) each.close() }
}
