// DCTCP (RFC 8257): the window shrinks in proportion to the fraction of bytes that arrived marked, estimated once a
// window. Growth is Reno's. For paths whose queues mark early; it asks for ECN on its own.

import { avoidCongestion, mayGrow, slowStart } from './congestion-control.ts'
import type { AckSample, CongestionControl, CongestionState, CongestionWindow } from './congestion-control.ts'

/** Alpha is kept in 1/1024, as Linux does; 1 means every byte was marked. */
const ALPHA_ONE = 1024
/** Estimation gain g = 1/16 (RFC 8257 3.3 step 5, 4.2). */
const GAIN_SHIFT = 4

export class Dctcp implements CongestionControl {
  readonly name = 'dctcp'
  readonly needsEcn = true
  readonly controlsWindow = false
  /** RFC 8257 4.2: start from the worst case, so that the first mark halves the window. */
  private alpha = ALPHA_ONE
  private windowEnd = 0
  private hasWindow = false
  private deliveredSegs = 0
  private markedSegs = 0
  private windowBeforeLoss = 0

  start(_window: CongestionWindow, _now: number): void {
    this.hasWindow = false
    this.deliveredSegs = 0
    this.markedSegs = 0
  }

  ssthreshSegs(window: CongestionWindow): number {
    const cwnd = window.cwndSegs
    this.windowBeforeLoss = cwnd
    return Math.max(cwnd - Math.floor(cwnd * this.alpha / (2 * ALPHA_ONE)), 2)
  }

  undoCwndSegs(window: CongestionWindow): number { return Math.max(window.cwndSegs, this.windowBeforeLoss) }

  onPacketsAcked(_window: CongestionWindow, sample: AckSample): void {
    if (!this.hasWindow) {
      this.hasWindow = true
      this.windowEnd = sample.nxt
    }
    this.deliveredSegs += sample.ackedSegs
    this.markedSegs += sample.deliveredCeSegs
    // RFC 8257 3.3: one estimate for each window of data.
    if (((sample.una - this.windowEnd) | 0) < 0) return
    const fraction = this.deliveredSegs === 0 ? 0 : Math.floor((this.markedSegs << (10 - GAIN_SHIFT)) / this.deliveredSegs)
    // Small alphas would never reach zero by shifting alone.
    const decay = this.alpha >> GAIN_SHIFT
    this.alpha = Math.min(ALPHA_ONE, this.alpha - (decay === 0 ? this.alpha : decay) + fraction)
    this.deliveredSegs = 0
    this.markedSegs = 0
    this.windowEnd = sample.nxt
  }

  onAck(window: CongestionWindow, sample: AckSample): void {
    if (!mayGrow(window)) return
    let acked = sample.ackedSegs
    if (window.inSlowStart) {
      acked = slowStart(window, acked)
      if (acked === 0) return
    }
    avoidCongestion(window, window.cwndSegs, acked)
  }

  /** RFC 8257 3.5: loss is answered as Reno does. */
  onState(window: CongestionWindow, state: CongestionState): void {
    if (state === 'recovery') window.ssthreshSegs = Math.max(Math.floor(this.windowBeforeLoss / 2), 2)
  }

  /** tcp_dctcp_info: enabled, ce_state, alpha, ab_ecn, ab_tot. */
  info(): Uint8Array {
    const bytes = new Uint8Array(16)
    const view = new DataView(bytes.buffer)
    view.setUint16(0, 1, true)
    view.setUint32(4, this.alpha, true)
    view.setUint32(8, this.markedSegs, true)
    view.setUint32(12, this.deliveredSegs, true)
    return bytes
  }
}
