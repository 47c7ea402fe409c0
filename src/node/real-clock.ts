// The clock of a stack that lives in real time: one heap of events, one alarm of the host behind it. Due work runs in
// bounded batches, so that input and other programs of the process get their turn; with nothing pending nothing is
// armed and the process may end.

import { performance } from 'node:perf_hooks'
import type { Clock, TimerHandle } from '../base/clock.ts'
import { EventHeap } from '../base/event-heap.ts'
import { NEVER } from '../base/time.ts'
import type { Instant } from '../base/time.ts'
import { TimeoutAlarm, TimerfdAlarm } from './host-alarm.ts'
import type { HostAlarm } from './host-alarm.ts'
import type { Libc } from './libc.ts'

const BATCH_EVENTS = 256
/** How long events may follow one another before Node's loop gets a turn, which costs as much as several of them. */
const TURN_US = 500
const settled = Promise.resolve()

export class RealClock implements Clock {
  /** Microseconds between 1970 and this clock's zero: what captures add. */
  readonly epochUs: number = Math.round(performance.timeOrigin * 1000)
  private readonly heap = new EventHeap()
  /** What runs behind the events of this turn; places are used again. */
  private readonly after: (() => void)[] = []
  private afterCount = 0
  private afterDone = 0
  private readonly alarm: HostAlarm
  /** When the alarm rings, NEVER while it is not set. */
  private alarmFor: Instant = NEVER
  private running = false
  private isQueued = false
  private turnEndsAt = 0
  private cached = 0
  private isFresh = false
  private isExpiring = false
  /** Somebody says when turns begin and end. */
  private isHeld = false

  /** With the C library events are good to some tens of microseconds, without to a millisecond. */
  constructor(libc?: Libc, isReferenced: boolean = true) {
    const exact = libc === undefined ? undefined : TimerfdAlarm.create(libc, this.onAlarm, isReferenced)
    this.alarm = exact ?? new TimeoutAlarm(this.onAlarm, isReferenced)
  }

  /**
   * Read once a turn: whoever asks again in it gets the same instant. A turn is one run of due events and all that programs
   * do because of it, until the next run or until Node has nothing left to do at once (as Node's own timers see time).
   */
  now(): Instant {
    if (!this.isFresh) {
      this.read()
      if (!this.isExpiring && !this.isHeld) {
        this.isExpiring = true
        process.nextTick(this.expire)
      }
    }
    return this.cached as Instant
  }

  /** Time has passed within this turn: a carrier has waited for the kernel. */
  refresh(): void { this.isFresh = false }

  holdTurn(): void {
    this.isHeld = true
    this.isFresh = false
  }

  endTurn(): void {
    this.isHeld = false
    this.isFresh = false
  }

  private read(): void {
    this.cached = Math.max(this.cached, Math.floor(performance.now() * 1000))
    this.isFresh = true
  }

  private readonly expire = (): void => {
    this.isExpiring = false
    this.isFresh = false
  }

  at(when: Instant, fn: () => void): TimerHandle {
    const handle = this.heap.schedule(when, fn)
    if (!this.running) this.arm(when)
    return handle
  }

  cancel(handle: TimerHandle): void {
    this.heap.cancel(handle)
    if (this.heap.size === 0 && this.alarmFor !== NEVER) this.clearAlarm()
  }

  /** Events that have not run. */
  get pending(): number { return this.heap.size }

  afterEvents(fn: () => void): boolean {
    if (!this.running) return false
    this.after[this.afterCount] = fn
    this.afterCount++
    return true
  }

  close(): void { this.alarm.close() }

  private readonly onAlarm = (): void => {
    this.alarmFor = NEVER
    this.openTurn()
    this.run()
  }

  private readonly onImmediate = (): void => {
    this.isQueued = false
    this.openTurn()
    this.run()
  }

  private readonly onMicrotask = (): void => {
    this.isQueued = false
    this.run()
  }

  private openTurn(): void {
    this.isFresh = false
    this.turnEndsAt = this.now() + TURN_US
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
      try {
        this.runAfter()
      } finally {
        this.running = false
        this.arm(this.heap.nextAt())
      }
    }
  }

  private runAfter(): void {
    while (this.afterDone < this.afterCount) {
      this.afterDone++
      this.after[this.afterDone - 1]()
    }
    this.afterDone = 0
    this.afterCount = 0
  }

  /** An alarm that is set for earlier stays: to be rung once too often is cheaper than to set it anew for every event. */
  private arm(next: Instant): void {
    if (next === NEVER) {
      if (this.alarmFor !== NEVER) this.clearAlarm()
      return
    }
    const now = this.now()
    if (next <= now) {
      this.queue(now)
    } else if (next < this.alarmFor) {
      this.alarmFor = next
      this.alarm.set(next - now)
    }
  }

  /** What is due now runs behind the programs that were woken, for a while without a turn of Node's loop in between. */
  private queue(now: Instant): void {
    if (this.isQueued) return
    this.isQueued = true
    if (now < this.turnEndsAt) void settled.then(this.onMicrotask)
    else setImmediate(this.onImmediate)
  }

  private clearAlarm(): void {
    this.alarmFor = NEVER
    this.alarm.clear()
  }
}
