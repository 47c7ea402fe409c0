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

export class Hystart implements SlowStartExit {
  /** Instants and durations in microseconds. */
  private roundStart = 0
  private lastAck = 0
  private endSeq = 0
  private currentRtt = 0
  private sampleCount = 0
  private found = false

  reset(now: number, nxt: number): void {
    this.found = false
    this.beginRound(now, nxt)
  }

  onRtt(window: CongestionWindow, sample: AckSample, minDelayUs: number): void {
    if (this.isOver(sample, window.cwndSegs, minDelayUs, window.needsPacing)) window.ssthreshSegs = window.cwndSegs
  }

  grow(window: CongestionWindow, ackedSegs: number): number { return slowStart(window, ackedSegs) }

  private beginRound(now: number, nxt: number): void {
    this.roundStart = now
    this.lastAck = now
    this.endSeq = nxt
    this.currentRtt = 0x7fffffff
    this.sampleCount = 0
  }

  private isOver({ now, una, nxt, rttUs }: AckSample, cwndSegs: number, minRttUs: number, isPaced: boolean): boolean {
    if (((una - this.endSeq) | 0) > 0) this.beginRound(now, nxt)
    if (cwndSegs < LOW_WINDOW_SEGS || this.found) return false
    if (now - this.lastAck <= ACK_SPACING_US) {
      this.lastAck = now
      // Unpaced, a train of ACKs lasts as long as the window took to send: half the round trip is the sign.
      if (now - this.roundStart > (isPaced ? minRttUs : minRttUs / 2)) {
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
