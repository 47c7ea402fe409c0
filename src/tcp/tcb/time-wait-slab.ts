// TIME-WAIT records (RFC 9293 MUST-13): what is left of a closed connection, as rows of typed arrays. A million of them
// is ordinary for a busy server, so none is an object.

import type { StackTimers, TimerTarget } from '../../base/stack-timers.ts'
import type { PortHold } from '../../sock/port-hold.ts'
import type { Instant } from '../../base/time.ts'
import type { TupleKey } from './connection-table.ts'

const WORDS = 20
const KEY = 0 // 9 words
const SND_NXT = 9
const RCV_NXT = 10
const RCV_WND = 11
const TS_RECENT = 12
const TS_OFFSET = 13
const RCV_WSCALE = 14
const FLAGS = 15
const TIMER = 16
const TOS = 17
const SUBSTATE = 18
const FAMILY = 19

const HAS_TIMESTAMPS = 1
const REUSE = 2
const REUSE_PORT = 4

export interface TimeWaitValues {
  readonly sndNxt: number
  readonly rcvNxt: number
  readonly rcvWnd: number
  readonly rcvWscale: number
  readonly tsOffset: number
  readonly hasTimestamps: boolean
  readonly trafficClass: number
  readonly family: number
  readonly reuseAddress: boolean
  readonly reusePort: boolean
  readonly sockId: number
}

export class TimeWaitSlab implements TimerTarget {
  private readonly timers: StackTimers
  private words = new Int32Array(WORDS * 16)
  /** When TS.Recent was taken (s) and when the last out-of-window answer went (us); the socket's number. */
  private times = new Float64Array(3 * 16)
  private free: number[] = []
  private used = 0
  count = 0
  /** Each record's claim on its port. */
  private readonly holds: (PortHold | undefined)[] = []
  /** Told when a record's time is over. Set by protocol.ts. */
  onExpired: (index: number) => void = () => { /* none yet */ }

  constructor(timers: StackTimers) { this.timers = timers }

  allocate(key: TupleKey): number {
    const index = this.free.pop() ?? this.grow()
    const at = index * WORDS
    const { words } = this
    words.fill(0, at, at + WORDS)
    words[at] = key.r0
    words[at + 1] = key.r1
    words[at + 2] = key.r2
    words[at + 3] = key.r3
    words[at + 4] = key.l0
    words[at + 5] = key.l1
    words[at + 6] = key.l2
    words[at + 7] = key.l3
    words[at + 8] = key.ports
    words[at + TIMER] = this.timers.allocate(this, index)
    this.times.fill(0, 3 * index, 3 * index + 3)
    this.count++
    return index
  }

  private grow(): number {
    if ((this.used + 1) * WORDS > this.words.length) {
      const words = new Int32Array(this.words.length * 2)
      words.set(this.words)
      this.words = words
      const times = new Float64Array(this.times.length * 2)
      times.set(this.times)
      this.times = times
    }
    this.used++
    return this.used - 1
  }

  release(index: number): void {
    this.timers.free(this.words[index * WORDS + TIMER])
    this.words[index * WORDS + FAMILY] = 0
    this.free.push(index)
    this.count--
  }

  setHold(index: number, hold: PortHold): void { this.holds[index] = hold }

  takeHold(index: number): PortHold | undefined {
    const hold = this.holds[index]
    this.holds[index] = undefined
    return hold
  }

  arm(index: number, at: number): void { this.timers.arm(this.words[index * WORDS + TIMER], at as Instant) }
  deadline(index: number): number { return this.timers.deadline(this.words[index * WORDS + TIMER]) }

  onTimer(index: number): void { this.onExpired(index) }

  readKey(index: number, key: TupleKey): void {
    const at = index * WORDS + KEY
    const { words } = this
    key.r0 = words[at]
    key.r1 = words[at + 1]
    key.r2 = words[at + 2]
    key.r3 = words[at + 3]
    key.l0 = words[at + 4]
    key.l1 = words[at + 5]
    key.l2 = words[at + 6]
    key.l3 = words[at + 7]
    key.ports = words[at + 8]
  }

  sndNxt(index: number): number { return this.words[index * WORDS + SND_NXT] }
  rcvNxt(index: number): number { return this.words[index * WORDS + RCV_NXT] }
  setRcvNxt(index: number, value: number): void { this.words[index * WORDS + RCV_NXT] = value }
  rcvWnd(index: number): number { return this.words[index * WORDS + RCV_WND] }
  rcvWscale(index: number): number { return this.words[index * WORDS + RCV_WSCALE] }
  tsRecent(index: number): number { return this.words[index * WORDS + TS_RECENT] }
  tsOffset(index: number): number { return this.words[index * WORDS + TS_OFFSET] }
  tsRecentAt(index: number): number { return this.times[3 * index] }
  lastAnswerAt(index: number): number { return this.times[3 * index + 1] }
  sockId(index: number): number { return this.times[3 * index + 2] }
  setLastAnswerAt(index: number, at: number): void { this.times[3 * index + 1] = at }
  hasTimestamps(index: number): boolean { return (this.words[index * WORDS + FLAGS] & HAS_TIMESTAMPS) !== 0 }
  reuseAddress(index: number): boolean { return (this.words[index * WORDS + FLAGS] & REUSE) !== 0 }
  reusePort(index: number): boolean { return (this.words[index * WORDS + FLAGS] & REUSE_PORT) !== 0 }
  trafficClass(index: number): number { return this.words[index * WORDS + TOS] }
  /** True for FIN-WAIT-2 kept in this light form. */
  isFinWait2(index: number): boolean { return this.words[index * WORDS + SUBSTATE] === 1 }
  setFinWait2(index: number, yes: boolean): void { this.words[index * WORDS + SUBSTATE] = yes ? 1 : 0 }
  family(index: number): number { return this.words[index * WORDS + FAMILY] }

  setTimestamp(index: number, recent: number, atSeconds: number): void {
    this.words[index * WORDS + TS_RECENT] = recent
    this.times[3 * index] = atSeconds
  }

  fill(index: number, values: TimeWaitValues): void {
    const at = index * WORDS
    const { words } = this
    words[at + SND_NXT] = values.sndNxt
    words[at + RCV_NXT] = values.rcvNxt
    words[at + RCV_WND] = values.rcvWnd
    words[at + RCV_WSCALE] = values.rcvWscale
    words[at + TS_OFFSET] = values.tsOffset
    words[at + TOS] = values.trafficClass
    words[at + FAMILY] = values.family
    words[at + FLAGS] = (values.hasTimestamps ? HAS_TIMESTAMPS : 0) | (values.reuseAddress ? REUSE : 0) | (values.reusePort
      ? REUSE_PORT : 0)
    this.times[3 * index + 2] = values.sockId
  }

  /** Cold: every live record. */
  * indexes(): Generator<number> {
    for (let index = 0; index < this.used; index++) if (this.words[index * WORDS + FAMILY] !== 0) yield index
  }
}
