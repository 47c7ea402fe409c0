// One stack's timers: a hierarchical wheel of 1 ms ticks behind a single timer of the injected clock, so that a host
// with nothing pending arms nothing and costs nothing. Sockets, neighbours and reassembly all arm here.

import { NO_TIMER } from './clock.ts'
import type { Clock, TimerHandle } from './clock.ts'
import { NEVER } from './time.ts'
import type { Instant } from './time.ts'
import { TimerWheel } from './timer-wheel.ts'
import type { TimerTarget } from './timer-wheel.ts'

export type { TimerTarget }

export class StackTimers {
  private readonly clock: Clock
  private readonly wheel: TimerWheel
  private armedFor: Instant = NEVER
  private handle: TimerHandle = NO_TIMER
  private advancing = false

  constructor(clock: Clock) {
    this.clock = clock
    this.wheel = new TimerWheel(clock.now())
  }

  /** A timer that calls `target.onTimer(kind)`; the number names it until `free`. */
  allocate(target: TimerTarget, kind: number): number { return this.wheel.allocate(target, kind) }

  free(id: number): void { this.wheel.free(id) }

  /** (Re)arms: fires not before `when`, and at most 1 ms after. */
  arm(id: number, when: Instant): void {
    this.wheel.arm(id, when)
    if (!this.advancing && when < this.armedFor) this.rearm()
  }

  disarm(id: number): void { this.wheel.disarm(id) }

  isArmed(id: number): boolean { return this.wheel.isArmed(id) }

  /** The exact instant asked for, NEVER when not armed. */
  deadline(id: number): Instant { return this.wheel.deadline(id) }

  get armedCount(): number { return this.wheel.armedCount }

  get allocatedCount(): number { return this.wheel.allocatedCount }

  private readonly run = (): void => {
    this.handle = NO_TIMER
    this.armedFor = NEVER
    this.advancing = true
    try {
      this.wheel.advance(this.clock.now())
    } finally {
      this.advancing = false
    }
    this.rearm()
  }

  private rearm(): void {
    const next = this.wheel.nextAt()
    if (next === this.armedFor) return
    if (this.handle !== NO_TIMER) this.clock.cancel(this.handle)
    this.armedFor = next
    this.handle = next === NEVER ? NO_TIMER : this.clock.at(next, this.run)
  }
}
