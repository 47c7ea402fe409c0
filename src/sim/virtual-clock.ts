// Time that moves only when its owner says so: worlds, drills and tests run on it. Events of one instant run in the
// order in which they were armed; what they arm for the same instant runs after them.

import type { Clock, TimerHandle } from '../base/clock.ts'
import { EventHeap } from '../base/event-heap.ts'
import type { Instant } from '../base/time.ts'

export class VirtualClock implements Clock {
  private readonly events = new EventHeap()
  private current: Instant

  constructor(start: Instant = 0 as Instant) { this.current = start }

  now(): Instant { return this.current }

  at(when: Instant, fn: () => void): TimerHandle {
    return this.events.schedule(when > this.current ? when : this.current, fn)
  }

  cancel(handle: TimerHandle): void { this.events.cancel(handle) }

  /** The instant of the next event, NEVER when nothing is pending. */
  nextAt(): Instant { return this.events.nextAt() }

  get pending(): number { return this.events.size }

  /** Runs one event that is due by `limit`, moving time to it; false when there is none. */
  runNext(limit: Instant = this.events.nextAt()): boolean {
    const next = this.events.nextAt()
    if (next > limit) return false
    const event = this.events.popDue(next)
    if (event === undefined) return false
    this.current = next
    event()
    return true
  }

  /** Runs what is due up to `when`, then stands there. */
  advanceTo(when: Instant): void {
    while (this.runNext(when)) { /* each moves time itself */ }
    if (when > this.current) this.current = when
  }
}
