// The run loop under a world: virtual time moves from event to event, and whoever was woken by one gets to run before
// time moves on, so that awaited programs react at the instant at which they were woken.

import { NEVER, ms } from '../base/time.ts'
import type { Instant } from '../base/time.ts'
import { VirtualClock } from './virtual-clock.ts'

/** Microtask turns without anything new after which awaited programs count as done with this instant. */
const QUIET_TURNS = 32
/** Events in one instant beyond which something answers itself without end. */
const STUCK_EVENTS = 5_000_000

/** Waits until nothing that is awaited can go on without time moving. */
export type Settle = () => Promise<void>

export class Stage {
  readonly clock = new VirtualClock()
  private readonly settle: Settle
  private readonly turn = Promise.resolve()
  private woken = true
  /** Hosts say when they wake a sleeper, and instants without wake-ups cost no turns; for others nobody speaks. */
  private readonly settlesAlways: boolean
  private readonly stopsAtWakes: boolean

  /** `tellsWakes`: whoever lends `settle` also calls `noteWake`, and instants run whole, without a stop at each wake. */
  constructor(settle?: Settle, tellsWakes: boolean = false) {
    this.settle = settle ?? (() => this.settleMicrotasks())
    this.settlesAlways = settle !== undefined && !tellsWakes
    this.stopsAtWakes = !tellsWakes
  }

  /** Microseconds since the world began. */
  now(): Instant { return this.clock.now() }

  /** Says that an awaited program may go on: hosts call it when they wake a sleeper. */
  readonly noteWake = (): void => { this.woken = true }

  /** A promise of virtual time. */
  sleep(durationMs: number): Promise<void> {
    return new Promise(resolve => {
      this.clock.at(this.clock.now() + ms(durationMs) as Instant, () => {
        this.noteWake()
        resolve()
      })
    })
  }

  /** Runs until nothing is pending, or `limitMs` have passed. */
  async run(limitMs: number = Infinity): Promise<void> {
    await this.loop(this.deadline(limitMs), () => false)
  }

  /** Runs for so long; time stands at its end then, even if nothing happened. */
  async runFor(durationMs: number): Promise<void> {
    const end = this.deadline(durationMs)
    await this.loop(end, () => false)
    this.clock.advanceTo(end)
  }

  /** Runs until the condition holds; false when it does not within `limitMs` or nothing more can happen. */
  async runUntil(condition: () => boolean, limitMs: number = Infinity): Promise<boolean> {
    return this.loop(this.deadline(limitMs), condition)
  }

  /** Runs until the promise is settled, and answers as it does; rejects when the world falls silent before. */
  async runUntilDone<T>(promise: Promise<T>, limitMs: number = Infinity): Promise<T> {
    let isDone = false
    const watched = promise.finally(() => { isDone = true })
    watched.catch(() => { /* told below */ })
    if (!await this.runUntil(() => isDone, limitMs)) throw new Error(`the world fell silent at ${this.clock.now()} us before it was done`)
    return watched
  }

  private deadline(durationMs: number): Instant {
    return durationMs === Infinity ? NEVER : this.clock.now() + Math.round(durationMs * 1000) as Instant
  }

  private async loop(limit: Instant, isDone: () => boolean): Promise<boolean> {
    this.woken = true // whoever called may have started something
    for (;;) {
      if (this.woken || this.settlesAlways) {
        this.woken = false
        await this.settle()
      }
      if (isDone()) return true
      const next = this.clock.nextAt()
      if (next === NEVER || next > limit) return false
      this.runInstant(next)
    }
  }

  /** Every event of one instant, those that arise in it included, until somebody is woken. */
  private runInstant(at: Instant): void {
    let count = 0
    while (!(this.woken && this.stopsAtWakes) && this.clock.runNext(at)) {
      count++
      if (count > STUCK_EVENTS) throw new Error(`the world is stuck at ${at} us: events answer each other without end`)
    }
  }

  private async settleMicrotasks(): Promise<void> {
    let pending = this.clock.pending
    for (let quiet = 0; quiet < QUIET_TURNS; quiet++) {
      await this.turn
      if (this.woken || this.clock.pending !== pending) {
        this.woken = false
        pending = this.clock.pending
        quiet = 0
      }
    }
  }
}
