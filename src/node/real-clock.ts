// The clock of a stack that lives in real time: one heap of events, one alarm of the host behind it. Due work runs in
// bounded batches, so that input and other programs of the process get their turn; with nothing pending nothing is
// armed and the process may end.

import type { Clock, TimerHandle } from '../base/clock.ts'
import { EventHeap } from '../base/event-heap.ts'
import { NEVER } from '../base/time.ts'
import type { Instant } from '../base/time.ts'
import { TimeoutAlarm, TimerfdAlarm } from './host-alarm.ts'
import type { HostAlarm } from './host-alarm.ts'
import type { Libc } from './libc.ts'

const BATCH_EVENTS = 256
const settled = Promise.resolve()

export class RealClock implements Clock {
  /** Microseconds between 1970 and this clock's zero: what captures add. */
  readonly epochUs: number = Math.round(performance.timeOrigin * 1000)
  private readonly heap = new EventHeap()
  private readonly alarm: HostAlarm
  private armedFor: Instant = NEVER
  private running = false
  private queued = false
  private cached = 0
  private isFresh = false

  /** With the C library events are good to some tens of microseconds, without to a millisecond. */
  constructor(libc?: Libc) {
    this.alarm = (libc === undefined ? undefined : TimerfdAlarm.create(libc, this.onAlarm)) ?? new TimeoutAlarm(this.onAlarm)
  }

  /** Read once a turn: whoever asks again before the next microtask gets the same instant. */
  now(): Instant {
    if (!this.isFresh) {
      this.cached = Math.max(this.cached, Math.floor(performance.now() * 1000))
      this.isFresh = true
      void settled.then(this.expire)
    }
    return this.cached as Instant
  }

  private readonly expire = (): void => { this.isFresh = false }

  at(when: Instant, fn: () => void): TimerHandle {
    const handle = this.heap.schedule(when, fn)
    if (!this.running && when < this.armedFor) this.arm()
    return handle
  }

  cancel(handle: TimerHandle): void {
    this.heap.cancel(handle)
    if (this.heap.size === 0 && !this.running) this.arm()
  }

  /** Events that have not run. */
  get pending(): number { return this.heap.size }

  close(): void { this.alarm.close() }

  private readonly onAlarm = (): void => {
    this.armedFor = NEVER
    this.run()
  }

  private readonly onImmediate = (): void => {
    this.queued = false
    this.armedFor = NEVER
    this.run()
  }

  private run(): void {
    this.running = true
    this.isFresh = false
    const now = this.now()
    try {
      for (let count = 0; count < BATCH_EVENTS; count++) {
        const fn = this.heap.popDue(now)
        if (fn === undefined) break
        fn()
      }
    } finally {
      this.running = false
      this.arm()
    }
  }

  private arm(): void {
    const next = this.heap.nextAt()
    if (next === this.armedFor) return
    this.armedFor = next
    if (next === NEVER) {
      this.alarm.clear()
      return
    }
    const delayUs = next - this.now()
    if (delayUs > 0) {
      this.alarm.set(delayUs)
    } else if (!this.queued) {
      this.queued = true
      setImmediate(this.onImmediate)
    }
  }
}
