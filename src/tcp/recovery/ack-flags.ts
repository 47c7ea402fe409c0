// What one ACK did (Linux: FLAG_*), gathered while it is processed and read by the decisions after it.

export const HAS_DATA = 0x01
export const WINDOW_UPDATED = 0x02
export const DATA_ACKED = 0x04
export const SYN_ACKED = 0x10
export const DATA_SACKED = 0x20
export const HAS_ECE = 0x40
export const LOST_RETRANSMIT = 0x80
/** Header prediction did not hold: look at window, SACK and ECN. */
export const SLOW_PATH = 0x100
/** Data that was never retransmitted was acknowledged below SND.NXT as of recovery's start. */
export const ORIGINAL_ACKED = 0x200
export const UNA_ADVANCED = 0x400
export const DSACKING = 0x800
export const SET_TIMER = 0x1000
export const SACK_RENEGING = 0x2000
export const UPDATE_TS_RECENT = 0x4000
export const NO_CHALLENGE = 0x8000
export const MAYBE_DELAYED = 0x10000
export const DSACK_OF_TLP = 0x20000
export const RETRANSMITTED_ACKED = 0x40000

export const ACKED = DATA_ACKED | SYN_ACKED
export const NOT_DUPLICATE = HAS_DATA | WINDOW_UPDATED | ACKED
export const ALERT = DATA_SACKED | HAS_ECE | DSACKING
export const FORWARD_PROGRESS = ACKED | DATA_SACKED

/** Filled while one ACK is processed; one record a stack would do, each call makes its own state plain. */
export class AckProgress {
  flags = 0
  /** Transmission times of the first and last never-retransmitted records newly SACKed or ACKed; 0 for none. */
  firstSackedAt = 0
  lastSackedAt = 0
  /** Lowest sequence number that shows reordering. */
  reorderSeq = 0
  /** Rate sample (draft-ietf-ccwg-bbr 4.1): of the record delivered that was sent last. */
  priorDelivered = 0
  priorDeliveredAt = 0
  sampleSentAt = 0
  sendIntervalUs = 0
  sampleEndSeq = 0
  isAppLimited = false
  isRetransmitted = false
  rttUs = -1

  reset(): void {
    this.flags = 0
    this.firstSackedAt = 0
    this.lastSackedAt = 0
    this.reorderSeq = 0
    this.priorDelivered = 0
    this.priorDeliveredAt = 0
    this.sampleSentAt = 0
    this.sendIntervalUs = 0
    this.sampleEndSeq = 0
    this.isAppLimited = false
    this.isRetransmitted = false
    this.rttUs = -1
  }
}
