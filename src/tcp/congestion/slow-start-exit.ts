// The seam to what ends slow start before a loss does: HyStart++, classic HyStart, or nothing.

import { slowStart } from './congestion-control.ts'
import type { AckSample, CongestionWindow } from './congestion-control.ts'

export interface SlowStartExit {
  /** The connection begins, or begins again after a time-out. `nxt`: SND.NXT, undefined at the beginning. */
  reset(now: number, nxt: number | undefined): void
  /** An ACK in slow start measured a round trip (`sample.rttUs` is at least 1): may set `ssthresh` to the window. */
  onRtt(window: CongestionWindow, sample: AckSample, minDelayUs: number): void
  /** Slow start's growth for so many segments; how many are left for congestion avoidance. */
  grow(window: CongestionWindow, ackedSegs: number): number
}

/** RFC 5681 3.1: until a loss. */
export const PLAIN_SLOW_START: SlowStartExit = Object.freeze({
  reset(): void { /* nothing is kept */ },
  onRtt(): void { /* nothing ends it */ },
  grow: slowStart,
})
