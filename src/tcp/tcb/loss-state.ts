// The scoreboard's counts and the variables of recovery: the pipe (RFC 6675 4c), RFC 8985's RACK and tail loss probe, RFC 9937's
// proportional reduction, RFC 5682's F-RTO and undo. Counts are segments (suffix Segs), instants microseconds.

import type { SeqNumber } from '../../base/seq.ts'
import { ZERO_SEQ } from '../segment/zero-seq.ts'
import type { SendRecord } from './send-record.ts'

export class LossState {
  /** In flight and unacknowledged; of those selectively acknowledged, marked lost, and sent again. */
  outSegs = 0
  sackedSegs = 0
  lostSegs = 0
  retransmittedSegs = 0
  /** SND.NXT when recovery began: it ends when that is acknowledged. */
  highSeq: SeqNumber = ZERO_SEQ
  /** Where a mistaken reduction would show, while that can still be. */
  hasUndo = false
  undoMarker: SeqNumber = ZERO_SEQ
  /** Retransmissions not yet accounted for by D-SACK; -1: cannot be told. */
  undoRetransmits = -1
  priorSsthresh = 0
  /** First retransmission of this episode, for undo by timestamp; 0 for none. */
  retransmitAt = 0
  /** Consecutive time-outs of one segment, and probes of a zero window. */
  retransmits = 0
  probesOut = 0
  probesAt = 0
  /** Since the connection began. */
  totalRetransmits = 0
  totalLost = 0
  rtoCount = 0
  /** Runs of time-outs without progress between. */
  rtoRecoveries = 0
  recoveriesCount = 0
  /** Segments by which reordering may move one; and how often it did. */
  reorderingSegs = 3
  reorderingSeen = 0
  dsackDuplicates = 0
  /** Highest record selectively acknowledged; lowest that may need retransmission. */
  highestSacked: SendRecord | undefined = undefined
  retransmitHint: SendRecord | undefined = undefined
  /** RFC 6937 and 9937. */
  prrDelivered = 0
  prrOut = 0
  /** F-RTO is watching a time-out. */
  isFrto = false
  /** The receiver took back a SACK. */
  isReneging = false
  /** RACK (RFC 8985 5.2). */
  rackSentAt = 0
  rackRttUs = 0
  rackEndSeq: SeqNumber = ZERO_SEQ
  rackLastDelivered = 0
  rackReorderSteps = 1
  rackReorderPersist = 0
  rackDsackSeen = false
  rackAdvanced = false
  /** Tail loss probe: its end, while one is out, and whether it repeated old data. */
  tlpHighSeq: SeqNumber = ZERO_SEQ
  isTlpOut = false
  isTlpRetransmit = false
  /** A retransmission may not be sent before the ACK clock says so (Linux: fast retransmit pending). */
  hasFastRetransmit = false
  lossHintSegs = 0
  /** Delivery accounting (draft-ietf-ccwg-bbr 4.1). */
  delivered = 0
  deliveredCe = 0
  deliveredAt = 0
  firstSentAt = 0
  /** `delivered` at which the application-limited phase ends; 0 for none. */
  appLimited = 0
  rateDeliveredSegs = 0
  rateIntervalUs = 0
  isRateAppLimited = false

  /** RFC 6675's pipe, in segments. */
  get pipeSegs(): number { return this.outSegs - this.sackedSegs - this.lostSegs + this.retransmittedSegs }
}
