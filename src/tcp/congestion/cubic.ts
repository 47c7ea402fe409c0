// CUBIC (RFC 9438) with Linux's constants and integer arithmetic: the window follows a cubic of the time since the last
// reduction, never slower than Reno would be. Windows in segments, time in 1/1024 s inside the cubic as Linux counts it.

import { avoidCongestion, mayGrow } from './congestion-control.ts'
import type { AckSample, CongestionControl, CongestionEvent, CongestionState, CongestionWindow } from './congestion-control.ts'
import { HystartPlusPlus } from './hystart-plus-plus.ts'
import type { SlowStartExit } from './slow-start-exit.ts'

const BETA_SCALE = 1024
const BETA = 717 // 0.7, RFC 9438 4.6, 4.6b
const CUBE_RTT_SCALE = 410 // RFC 9438 4.1: C = 0.4 in units of 1/1024
const CUBE_FACTOR = Math.floor(2 ** 40 / CUBE_RTT_SCALE)
const BETA_RENO_SCALE = Math.floor((8 * (BETA_SCALE + BETA)) / 3 / (BETA_SCALE - BETA))
const UPDATE_PERIOD_US = 31_250

export class Cubic implements CongestionControl {
  readonly name = 'cubic'
  readonly needsEcn = false
  readonly controlsWindow = false
  /** Segments to be acknowledged for one more in the window. */
  private growthSegs = 0
  private lastMaxSegs = 0
  private lastCwndSegs = 0
  private lastAt = 0
  private originSegs = 0
  /** Time from the epoch's start to the origin, in 1/1024 s. */
  private k = 0
  private minDelayUs = 0
  private epochStart = 0
  private ackCount = 0
  private renoCwndSegs = 0
  private readonly slowStartExit: SlowStartExit

  /** RFC 9438 4.10a. */
  constructor(slowStartExit: SlowStartExit = new HystartPlusPlus()) { this.slowStartExit = slowStartExit }

  start(_window: CongestionWindow, now: number): void {
    this.reset()
    this.slowStartExit.reset(now, undefined)
  }

  private reset(): void {
    this.growthSegs = 0
    this.lastMaxSegs = 0
    this.lastCwndSegs = 0
    this.lastAt = 0
    this.originSegs = 0
    this.k = 0
    this.minDelayUs = 0
    this.epochStart = 0
    this.ackCount = 0
    this.renoCwndSegs = 0
  }

  ssthreshSegs(window: CongestionWindow): number {
    const cwnd = window.cwndSegs
    this.epochStart = 0
    // Fast convergence (RFC 9438 4.7): a flow that lost ground leaves room for newcomers.
    this.lastMaxSegs = cwnd < this.lastMaxSegs ? Math.floor((cwnd * (BETA_SCALE + BETA)) / (2 * BETA_SCALE)) : cwnd
    return Math.max(Math.floor((cwnd * BETA) / BETA_SCALE), 2)
  }

  /** RFC 9438 4.9, 4.9.2. */
  undoCwndSegs(window: CongestionWindow): number { return Math.max(window.cwndSegs, window.priorCwnd / window.smss) }

  onState(_window: CongestionWindow, state: CongestionState): void {
    // RFC 9438 4.8.
    if (state !== 'loss') return
    this.reset()
    this.slowStartExit.reset(this.lastSeenAt, this.lastSeenNxt)
  }

  onEvent(_window: CongestionWindow, event: CongestionEvent, now: number, lastSentAt: number): void {
    // RFC 9438 4.2a: after an idle spell the cubic goes on from where it was, time without data does not count.
    if (event !== 'tx-start' || this.epochStart === 0) return
    const idle = now - lastSentAt
    if (idle > 0) this.epochStart = Math.min(this.epochStart + idle, now)
  }

  /** Told by the ACK path: the last instant seen, and SND.NXT then. */
  private lastSeenAt = 0
  private lastSeenNxt = 0

  onPacketsAcked(window: CongestionWindow, sample: AckSample): void {
    this.lastSeenAt = sample.now
    this.lastSeenNxt = sample.nxt
    if (sample.rttUs < 0) return
    // Round trips right after a reduction still show the queue that caused it.
    if (this.epochStart !== 0 && sample.now - this.epochStart < 1_000_000) return
    if (sample.rttUs === 0) sample.rttUs = 1
    if (this.minDelayUs === 0 || this.minDelayUs > sample.rttUs) this.minDelayUs = sample.rttUs
    if (window.inSlowStart) this.slowStartExit.onRtt(window, sample, this.minDelayUs)
  }

  onAck(window: CongestionWindow, sample: AckSample): void {
    if (!mayGrow(window)) return
    let acked = sample.ackedSegs
    if (window.inSlowStart) {
      acked = this.slowStartExit.grow(window, acked)
      if (acked === 0) return
    }
    this.update(window.cwndSegs, acked, sample.now)
    avoidCongestion(window, this.growthSegs, acked)
  }

  private update(cwnd: number, acked: number, now: number): void {
    this.ackCount += acked
    if (this.lastCwndSegs === cwnd && now - this.lastAt <= UPDATE_PERIOD_US) return
    // Within one tick the cubic has not moved, but Reno's estimate has.
    if (this.epochStart === 0 || now !== this.lastAt) this.followCubic(cwnd, acked, now)
    this.keepUpWithReno(cwnd)
    this.growthSegs = Math.max(this.growthSegs, 2) // RFC 9438 4.5: at most 1.5 times a round trip
  }

  /** RFC 9438 4.2, 4.4, 4.5. */
  private followCubic(cwnd: number, acked: number, now: number): void {
    this.lastCwndSegs = cwnd
    this.lastAt = now
    if (this.epochStart === 0) {
      this.epochStart = now
      this.ackCount = acked
      this.renoCwndSegs = cwnd
      if (this.lastMaxSegs <= cwnd) {
        this.k = 0
        this.originSegs = cwnd
      } else {
        this.k = Math.floor(Math.cbrt(CUBE_FACTOR * (this.lastMaxSegs - cwnd)))
        this.originSegs = this.lastMaxSegs
      }
    }
    const t = Math.floor(((now - this.epochStart + this.minDelayUs) * 1024) / 1_000_000)
    const offset = Math.abs(t - this.k)
    const delta = Math.floor((CUBE_RTT_SCALE * offset * offset * offset) / 2 ** 40)
    const target = t < this.k ? this.originSegs - delta : this.originSegs + delta
    this.growthSegs = target > cwnd ? Math.floor(cwnd / (target - cwnd)) : 100 * cwnd
    // The first time out no maximum is known: grow by at least 5 % a round trip.
    if (this.lastMaxSegs === 0 && this.growthSegs > 20) this.growthSegs = 20
  }

  /** RFC 9438 4.3: never slower than Reno with the same multiplicative decrease. */
  private keepUpWithReno(cwnd: number): void {
    const perSegment = Math.floor((cwnd * BETA_RENO_SCALE) / 8)
    if (perSegment > 0 && this.ackCount > perSegment) {
      const steps = Math.ceil(this.ackCount / perSegment) - 1
      this.ackCount -= steps * perSegment
      this.renoCwndSegs += steps
    }
    if (this.renoCwndSegs > cwnd) {
      const perGap = Math.floor(cwnd / (this.renoCwndSegs - cwnd))
      if (this.growthSegs > perGap) this.growthSegs = perGap
    }
  }
}
