// HyStart++ (RFC 9406): when the shortest round trip of a round grew by an eighth, slow start goes on at a quarter of its
// pace (conservative slow start, CSS). Five rounds of that end it; a round trip as short as before shows that it was noise.

import { INFINITE_SSTHRESH, slowStart } from './congestion-control.ts'
import type { AckSample, CongestionWindow } from './congestion-control.ts'
import type { SlowStartExit } from './slow-start-exit.ts'

/** RFC 9406 4.3. */
const MIN_RTT_THRESH_US = 4000
const MAX_RTT_THRESH_US = 16000
const MIN_RTT_DIVISOR = 8
const RTT_SAMPLES = 8
const CSS_GROWTH_DIVISOR = 4
const CSS_ROUNDS = 5

export class HystartPlusPlus implements SlowStartExit {
  /** undefined before the first ACK, which ends a round of nothing. */
  private windowEnd: number | undefined = undefined
  private lastRoundMinUs = Infinity
  private roundMinUs = Infinity
  private sampleCount = 0
  /** Infinity outside CSS. */
  private cssBaselineUs = Infinity
  private cssRounds = 0
  private growthCredit = 0

  get isConservative(): boolean { return this.cssBaselineUs !== Infinity }

  reset(_now: number, nxt: number | undefined): void {
    this.windowEnd = nxt
    this.lastRoundMinUs = Infinity
    this.roundMinUs = Infinity
    this.sampleCount = 0
    this.leaveCss()
  }

  onRtt(window: CongestionWindow, sample: AckSample): void {
    // RFC 9406 4.2: for the first slow start, whose end nobody knows yet.
    if (window.ssthresh !== INFINITE_SSTHRESH) return
    this.roundMinUs = Math.min(this.roundMinUs, sample.rttUs)
    this.sampleCount++
    if (this.sampleCount >= RTT_SAMPLES) this.judge()
    if (this.windowEnd !== undefined && ((sample.una - this.windowEnd) | 0) <= 0) return
    this.endRound(window, sample.nxt)
  }

  grow(window: CongestionWindow, ackedSegs: number): number {
    if (!this.isConservative) return slowStart(window, ackedSegs)
    this.growthCredit += ackedSegs
    const grown = Math.floor(this.growthCredit / CSS_GROWTH_DIVISOR)
    this.growthCredit -= grown * CSS_GROWTH_DIVISOR
    return grown === 0 ? 0 : slowStart(window, grown)
  }

  private judge(): void {
    if (this.isConservative) {
      if (this.roundMinUs < this.cssBaselineUs) this.leaveCss()
      return
    }
    if (this.lastRoundMinUs === Infinity) return
    const slack = Math.min(Math.max(this.lastRoundMinUs / MIN_RTT_DIVISOR, MIN_RTT_THRESH_US), MAX_RTT_THRESH_US)
    if (this.roundMinUs < this.lastRoundMinUs + slack) return
    this.cssBaselineUs = this.roundMinUs
    this.cssRounds = 0
  }

  private endRound(window: CongestionWindow, nxt: number): void {
    this.windowEnd = nxt
    this.lastRoundMinUs = this.roundMinUs
    this.roundMinUs = Infinity
    this.sampleCount = 0
    if (!this.isConservative) return
    this.cssRounds++
    if (this.cssRounds >= CSS_ROUNDS) window.ssthreshSegs = window.cwndSegs
  }

  private leaveCss(): void {
    this.cssBaselineUs = Infinity
    this.cssRounds = 0
    this.growthCredit = 0
  }
}
