// The seam to congestion control (RFC 9293 MUST-19, MAY-18): a window and a sample in, a window out (style: algorithms get
// values, not the world). Recovery calls `ssthresh`, `onState` and `undoCwnd`, the ACK path `onPacketsAcked` and `onAck` (or
// `onSample` for algorithms that own the window). Modules import base only. To add one: a file here and a row in registry.ts.

/** RFC 5681 and Linux's `tcp_ca_state`. */
export type CongestionState = 'open' | 'disorder' | 'cwr' | 'recovery' | 'loss'

/** `tx-start`: sending after idle. `cwnd-restart`: idle longer than an RTO. `complete-cwr`: a reduction is done. */
export type CongestionEvent = 'tx-start' | 'cwnd-restart' | 'complete-cwr' | 'loss' | 'ecn-no-ce' | 'ecn-is-ce'

/** `ssthresh` before the first loss (RFC 5681 3.1g: arbitrarily high); never multiplied or scaled. */
export const INFINITE_SSTHRESH = 0x7fffffff

/**
 * What a connection may have in flight. `cwnd` and `ssthresh` are bytes and always whole multiples of `smss`: growth is
 * by whole segments with the fraction kept in `cwndCount`, exactly as counting in segments would give.
 */
export class CongestionWindow {
  cwnd = 0
  ssthresh = INFINITE_SSTHRESH
  smss = 0
  /** Segments acknowledged since the window last grew by one (congestion avoidance). */
  cwndCount = 0
  /** Most segments the window may ever reach. */
  maxCwndSegs = 0x7fffffff
  /** The flight filled the window during the last round: only then may it grow (RFC 7661). */
  isCwndLimited = false
  /** Most segments in flight during the window's current round, and the round's end. */
  maxOutSegs = 0
  cwndUsageSeq = 0
  /** Window before the last reduction, for undo and for RFC 5681's idle restart. */
  priorCwnd = 0
  /** Bytes a second; the module sets it only when it has `controlsWindow`. 0: unknown. */
  pacingRate = 0
  /** The module wants its segments paced even where no queue does it. */
  needsPacing = false
  state: CongestionState = 'open'

  /** What `cwndSegs` was last asked for, and its answer: six askers a packet share one division. */
  private dividedCwnd = -1
  private dividedSmss = -1
  private quotient = 0

  get cwndSegs(): number {
    if (this.cwnd !== this.dividedCwnd || this.smss !== this.dividedSmss) {
      this.quotient = this.cwnd / this.smss
      this.dividedCwnd = this.cwnd
      this.dividedSmss = this.smss
    }
    return this.quotient
  }

  set cwndSegs(segs: number) { this.cwnd = segs * this.smss }
  get ssthreshSegs(): number { return this.ssthresh === INFINITE_SSTHRESH ? INFINITE_SSTHRESH : this.ssthresh / this.smss }
  set ssthreshSegs(segs: number) { this.ssthresh = segs >= INFINITE_SSTHRESH ? INFINITE_SSTHRESH : segs * this.smss }

  get inSlowStart(): boolean { return this.cwnd < this.ssthresh }

  /** The segment size changed: the window keeps its count of segments. */
  resize(smss: number): void {
    if (smss === this.smss) return
    if (this.smss === 0) {
      this.smss = smss
      this.cwnd = 0
      this.ssthresh = INFINITE_SSTHRESH
      this.priorCwnd = 0
      return
    }
    const { cwndSegs, ssthreshSegs, priorCwnd } = this
    const priorSegs = priorCwnd / this.smss
    this.smss = smss
    this.cwndSegs = cwndSegs
    this.ssthreshSegs = ssthreshSegs
    this.priorCwnd = priorSegs * smss
  }
}

/** What one ACK taught. One record a stack, refilled: read it during the call. Durations in microseconds, -1 for none. */
export class AckSample {
  now = 0
  ackedBytes = 0
  /** Newly acknowledged, cumulatively or selectively. */
  ackedSegs = 0
  /** Newly marked lost by this ACK. */
  lostSegs = 0
  /** Of the segments this ACK covers, without those retransmitted (Karn). */
  rttUs = -1
  srttUs = 0
  minRttUs = -1
  /** Before this ACK and after it. */
  priorInFlightSegs = 0
  inFlightSegs = 0
  una = 0
  nxt = 0
  /** Bandwidth sample (draft-ietf-ccwg-bbr 4.1): segments delivered in `intervalUs`; -1 when there is none. */
  deliveredSegs = -1
  intervalUs = -1
  sendIntervalUs = 0
  receiveIntervalUs = 0
  /** `delivered` count when the segment just acknowledged was sent. */
  priorDelivered = 0
  delivered = 0
  isAppLimited = false
  isRetransmitted = false
  isAckDelayed = false
  /** Segments newly reported CE-marked, and whether this ACK carried ECE. */
  deliveredCeSegs = 0
  ecnEcho = false
  /** What the connection sends at, or would: bytes a second, 0 for unknown. */
  rate = 0
}

export interface CongestionControl {
  readonly name: string
  /** Negotiate ECN although tcp_ecn does not ask for it (Linux: TCP_CONG_NEEDS_ECN). */
  readonly needsEcn: boolean
  /** `onSample` sets cwnd and pacing on every ACK; PRR and `onAck` are left out (Linux: cong_control). */
  readonly controlsWindow: boolean

  /** The connection is established, or changed over to this module. */
  start(window: CongestionWindow, now: number): void
  /** The new `ssthresh` in segments after a loss or congestion mark. */
  ssthreshSegs(window: CongestionWindow): number
  /** Grow the window: `sample.ackedSegs` arrived and the connection was not being throttled by recovery. */
  onAck(window: CongestionWindow, sample: AckSample): void
  /** The window in segments to go back to when a reduction proves mistaken. */
  undoCwndSegs(window: CongestionWindow): number
  /** Every ACK that covers something new, in every state. */
  onPacketsAcked?(window: CongestionWindow, sample: AckSample): void
  onSample?(window: CongestionWindow, sample: AckSample): void
  onState?(window: CongestionWindow, state: CongestionState): void
  /** `lastSentAt`: when data was last sent, for `tx-start`. */
  onEvent?(window: CongestionWindow, event: CongestionEvent, now: number, lastSentAt: number): void
  /** Least segments in a super-segment, when the default (tcp_min_tso_segs) does not suit. */
  minTsoSegs?(window: CongestionWindow): number
  /** The bytes of TCP_CC_INFO. */
  info?(): Uint8Array
}

/** Slow start (RFC 5681 3.1b, RFC 9438 4.10) in whole segments; answers how many acknowledged segments are left for avoidance. */
export function slowStart(window: CongestionWindow, ackedSegs: number): number {
  const cwnd = window.cwndSegs
  const reached = Math.min(cwnd + ackedSegs, window.ssthreshSegs)
  window.cwndSegs = Math.min(reached, window.maxCwndSegs)
  return ackedSegs - (reached - cwnd)
}

/** One more segment for every `perSegs` acknowledged (RFC 5681 3.1c, 3.1k: counted, not equation 3). */
export function avoidCongestion(window: CongestionWindow, perSegs: number, ackedSegs: number): void {
  let cwnd = window.cwndSegs
  // Credit gathered at a lower window is spent first, so that a burst of growth cannot follow.
  if (window.cwndCount >= perSegs) {
    window.cwndCount = 0
    cwnd++
  }
  window.cwndCount += ackedSegs
  if (window.cwndCount >= perSegs) {
    const grown = Math.floor(window.cwndCount / perSegs)
    window.cwndCount -= grown * perSegs
    cwnd += grown
  }
  window.cwndSegs = Math.min(cwnd, window.maxCwndSegs)
}

/** May the window grow (RFC 9438 4.6c)? In slow start also while it is less than twice what was used (RFC 7661, Linux). */
export function mayGrow(window: CongestionWindow): boolean {
  if (window.isCwndLimited) return true
  return window.inSlowStart && window.cwndSegs < 2 * window.maxOutSegs
}
