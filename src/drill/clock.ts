// The virtual clock a script runs in: time moves only when the interpreter moves it, event by event.

import type { Clock, TimerHandle } from '../base/clock.ts'
import { EventHeap } from '../base/event-heap.ts'
import type { Instant } from '../base/time.ts'

export class DrillClock implements Clock {
  private readonly events = new EventHeap()
  private time: Instant

  constructor(start: Instant) { this.time = start }

  now(): Instant { return this.time }
  at(when: Instant, fn: () => void): TimerHandle { return this.events.schedule(when, fn) }
  cancel(handle: TimerHandle): void { this.events.cancel(handle) }

  nextAt(): Instant { return this.events.nextAt() }

  /** Runs one event due at or before `until`, moving time to it; false when there is none. */
  runNext(until: Instant): boolean {
    const next = this.events.nextAt()
    if (next > until) return false
    if (next > this.time) this.time = next
    this.events.popDue(this.time)?.()
    return true
  }

  /** Moves time on without events: there are none left before. */
  moveTo(when: Instant): void { if (when > this.time) this.time = when }
}
