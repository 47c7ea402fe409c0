// NewReno's window (RFC 5681, RFC 6582): slow start, one segment a round trip after it, half the window on loss.
// Recovery itself is recovery/fast-recovery.ts. Stateless: one object serves every connection.

import { avoidCongestion, mayGrow, slowStart } from './congestion-control.ts'
import type { AckSample, CongestionControl, CongestionWindow } from './congestion-control.ts'

export class NewReno implements CongestionControl {
  readonly name = 'reno'
  readonly needsEcn = false
  readonly controlsWindow = false

  start(): void { /* nothing is kept */ }

  // RFC 5681 3.1d, 3.2c, 3.2h, 4.3a, equation (4), with the window in place of the flight as Linux has it; never below two segments.
  ssthreshSegs(window: CongestionWindow): number { return Math.max(window.cwndSegs >> 1, 2) }

  onAck(window: CongestionWindow, sample: AckSample): void {
    if (!mayGrow(window)) return
    let acked = sample.ackedSegs
    if (window.inSlowStart) {
      acked = slowStart(window, acked)
      if (acked === 0) return
    }
    avoidCongestion(window, window.cwndSegs, acked)
  }

  undoCwndSegs(window: CongestionWindow): number { return Math.max(window.cwndSegs, window.priorCwnd / window.smss) }
}
