// What one ACK did, gathered while it is processed. One record a stack.

export class AckProgress {
  /** The bits of recovery/ack-flags.ts. */
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
