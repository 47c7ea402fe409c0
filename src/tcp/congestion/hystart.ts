// Classic HyStart as Linux's CUBIC runs it (net.sockeye.tcp_hystart 2): slow start ends early when a train of closely spaced
// ACKs lasts half the shortest round trip, or when the round trip grows by an eighth.

import { slowStart } from './congestion-control.ts'
import type { AckSample, CongestionWindow } from './congestion-control.ts'
import type { SlowStartExit } from './slow-start-exit.ts'

const LOW_WINDOW_SEGS = 16
const MIN_SAMPLES = 8
const ACK_SPACING_US = 2000
const DELAY_MIN_US = 4000
const DELAY_MAX_US = 16000
const AGGREGATION_MAX_US = 1000
const AGGREGATED_BYTES = 4 * (65536 - 321)

/** How long ACKs may be held together on the way: four super-segments' time, a millisecond at most. */
function aggregationUs(rate: number): number {
  return rate === 0 ? 0 : Math.min(AGGREGATION_MAX_US, Math.floor((AGGREGATED_BYTES * 1_000_000) / rate))
}

export class Hystart implements SlowStartExit {
  /** Instants and durations in microseconds. */
  private roundStart = 0
  private lastAck = 0
  /** undefined before the first ACK, which begins a round. */
  private endSeq: number | undefined = undefined
  private currentRtt = 0
  private sampleCount = 0
  private found = false

  reset(now: number, nxt: number | undefined): void {
    this.found = false
    this.beginRound(now, nxt)
  }

  onRtt(window: CongestionWindow, sample: AckSample, minDelayUs: number): void {
    if (this.isOver(sample, window.cwndSegs, minDelayUs, window.needsPacing)) window.ssthreshSegs = window.cwndSegs
  }

  grow(window: CongestionWindow, ackedSegs: number): number { return slowStart(window, ackedSegs) }

  private beginRound(now: number, nxt: number | undefined): void {
    this.roundStart = now
    this.lastAck = now
    this.endSeq = nxt
    this.currentRtt = 0x7fffffff
    this.sampleCount = 0
  }

  private isOver({ now, una, nxt, rttUs, rate }: AckSample, cwndSegs: number, minRttUs: number, isPaced: boolean): boolean {
    if (this.endSeq === undefined || ((una - this.endSeq) | 0) > 0) this.beginRound(now, nxt)
    if (cwndSegs < LOW_WINDOW_SEGS || this.found) return false
    if (now - this.lastAck <= ACK_SPACING_US) {
      this.lastAck = now
      // Unpaced, a train of ACKs lasts as long as the window took to send: half the round trip is the sign.
      const signUs = minRttUs + aggregationUs(rate)
      if (now - this.roundStart > (isPaced ? signUs : signUs / 2)) {
        this.found = true
        return true
      }
    }
    if (rttUs < this.currentRtt) this.currentRtt = rttUs
    if (this.sampleCount < MIN_SAMPLES) {
      this.sampleCount++
      return false
    }
    const slack = Math.min(Math.max(minRttUs / 8, DELAY_MIN_US), DELAY_MAX_US)
    if (this.currentRtt > minRttUs + slack) this.found = true
    return this.found
  }
}
