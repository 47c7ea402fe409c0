// What the records were that one ACK takes off the send queue, gathered while the queue is walked. One record a stack, so
// that no ACK allocates.

import * as seq from '../../base/seq.ts'
import type { SeqNumber } from '../../base/seq.ts'

export class RemovedRecords {
  firstSentAt = 0
  lastSentAt = 0
  segs = 0
  /** The lowest that was acknowledged, never retransmitted and not SACKed; SND.NXT when nothing was. */
  reorderSeq: SeqNumber = seq.seqOf(0)
  lastWasWhole = true

  reset(sndNxt: SeqNumber): void {
    this.firstSentAt = 0
    this.lastSentAt = 0
    this.segs = 0
    this.reorderSeq = sndNxt
    this.lastWasWhole = true
  }
}
