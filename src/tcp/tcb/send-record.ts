// One entry of the send queue (Linux: an skb of the write queue): a run of sequence space that was, or will be, sent as
// one segment or super-segment, and what became of it. Records are pooled; bytes stay in the byte store.

import type { SeqNumber } from '../../base/seq.ts'
import { ZERO_SEQ } from '../segment/zero-seq.ts'

/** What the scoreboard knows of a record (RFC 6675; Linux: TCPCB_*). */
export const SACKED = 1
export const RETRANSMITTED = 2
export const LOST = 4
export const EVER_RETRANSMITTED = 0x80

export class SendRecord {
  seq: SeqNumber = ZERO_SEQ
  endSeq: SeqNumber = ZERO_SEQ
  /** SYN, FIN and PSH go out with it; PSH and FIN with the last piece of a super-segment. */
  flags = 0
  /** SACKED | RETRANSMITTED | LOST | EVER_RETRANSMITTED. */
  marks = 0
  /** Segments of SMSS it makes, 0 before it is first sized. */
  segs = 0
  /** Payload of each of them but the last. */
  segSize = 0
  /** Pieces of a caller's memory that a zero-copy write lent it (Linux: nr_frags). */
  frags = 0
  /** Nothing may be appended (MSG_EOR). */
  eor = false
  wasSent = false
  wasAppLimited = false
  /** Microseconds, of the latest transmission. */
  sentAt = 0
  /** Delivery-rate snapshot at that time. */
  firstSentAt = 0
  deliveredAt = 0
  delivered = 0
  inFlightSegs = 0
  /** In sequence order. */
  next: SendRecord | undefined = undefined
  previous: SendRecord | undefined = undefined
  /** In order of latest transmission (RFC 8985 4, 6.2); only while in flight. */
  sentNext: SendRecord | undefined = undefined
  sentPrevious: SendRecord | undefined = undefined
  inSentList = false

  reset(seq: SeqNumber): void {
    this.seq = seq
    this.endSeq = seq
    this.flags = 0
    this.marks = 0
    this.segs = 0
    this.segSize = 0
    this.frags = 0
    this.eor = false
    this.wasSent = false
    this.wasAppLimited = false
    this.sentAt = 0
    this.firstSentAt = 0
    this.deliveredAt = 0
    this.delivered = 0
    this.inFlightSegs = 0
  }
}

export class SendRecordPool {
  private free: SendRecord | undefined = undefined

  take(seq: SeqNumber): SendRecord {
    const record = this.free
    if (record === undefined) {
      const made = new SendRecord()
      made.reset(seq)
      return made
    }
    this.free = record.next
    record.next = undefined
    record.reset(seq)
    return record
  }

  give(record: SendRecord): void {
    record.previous = undefined
    record.sentNext = undefined
    record.sentPrevious = undefined
    record.inSentList = false
    record.next = this.free
    this.free = record
  }
}
