// The send queue: records in sequence order, first those in flight, then those not yet sent; the bytes behind them; and
// the flight in order of transmission, which RACK walks. Invariants live here, decisions elsewhere.

import { assert } from '../../base/assert.ts'
import type { SeqNumber } from '../../base/seq.ts'
import * as seq from '../../base/seq.ts'
import { FIN, PSH } from '../../wire/tcp.ts'
import type { PacketMemory } from '../../wire/packet-memory.ts'
import { ByteStore } from './byte-store.ts'
import type { SendRecord, SendRecordPool } from './send-record.ts'

/** What a record costs the send buffer beside its bytes (Linux: an skb's truesize with nothing in it). */
export const RECORD_COST = 960

export class SendQueue {
  readonly bytes: ByteStore
  private readonly pool: SendRecordPool
  /** Oldest record: the first in flight if anything is, else the first unsent. */
  first: SendRecord | undefined = undefined
  last: SendRecord | undefined = undefined
  /** The first record not yet sent. */
  unsent: SendRecord | undefined = undefined
  /** The flight in order of latest transmission. */
  sentFirst: SendRecord | undefined = undefined
  sentLast: SendRecord | undefined = undefined
  /** What SO_SNDBUF counts: bytes written and not yet acknowledged, and the records' own cost. */
  queuedBytes = 0

  constructor(memory: PacketMemory, pool: SendRecordPool) {
    this.bytes = new ByteStore(memory)
    this.pool = pool
  }

  get flightFirst(): SendRecord | undefined { return this.first === this.unsent ? undefined : this.first }
  get flightLast(): SendRecord | undefined { return this.unsent === undefined ? this.last : this.unsent.previous }

  append(at: SeqNumber): SendRecord {
    const record = this.pool.take(at)
    record.previous = this.last
    if (this.last === undefined) this.first = record
    else this.last.next = record
    this.last = record
    this.unsent ??= record
    this.queuedBytes += RECORD_COST
    return record
  }

  /** A record was transmitted for the first time. */
  advance(record: SendRecord): void {
    assert(record === this.unsent, 'records leave in order')
    this.unsent = record.next
  }

  /** (Re)transmitted now: last in order of transmission. */
  markSent(record: SendRecord): void {
    this.unlinkSent(record)
    record.inSentList = true
    record.sentPrevious = this.sentLast
    record.sentNext = undefined
    if (this.sentLast === undefined) this.sentFirst = record
    else this.sentLast.sentNext = record
    this.sentLast = record
  }

  unlinkSent(record: SendRecord): void {
    if (!record.inSentList) return
    if (record.sentPrevious === undefined) this.sentFirst = record.sentNext
    else record.sentPrevious.sentNext = record.sentNext
    if (record.sentNext === undefined) this.sentLast = record.sentPrevious
    else record.sentNext.sentPrevious = record.sentPrevious
    record.sentNext = undefined
    record.sentPrevious = undefined
    record.inSentList = false
  }

  /** Cuts `record` at `at`; the second part keeps marks, times and place in both orders. */
  split(record: SendRecord, at: SeqNumber): SendRecord {
    const tail = this.pool.take(at)
    this.queuedBytes += RECORD_COST
    tail.endSeq = record.endSeq
    tail.flags = record.flags
    tail.marks = record.marks
    tail.eor = record.eor
    tail.segSize = record.segSize
    tail.frags = record.frags
    tail.wasSent = record.wasSent
    tail.wasAppLimited = record.wasAppLimited
    tail.sentAt = record.sentAt
    tail.firstSentAt = record.firstSentAt
    tail.deliveredAt = record.deliveredAt
    tail.delivered = record.delivered
    tail.inFlightSegs = record.inFlightSegs
    record.endSeq = at
    record.flags &= ~(FIN | PSH)
    record.eor = false
    tail.next = record.next
    tail.previous = record
    if (record.next === undefined) this.last = tail
    else record.next.previous = tail
    record.next = tail
    if (record.inSentList) {
      tail.inSentList = true
      tail.sentPrevious = record
      tail.sentNext = record.sentNext
      if (record.sentNext === undefined) this.sentLast = tail
      else record.sentNext.sentPrevious = tail
      record.sentNext = tail
    }
    return tail
  }

  /** The record behind joins `record`. */
  absorbNext(record: SendRecord): void {
    const { next } = record
    if (next === undefined) return
    record.endSeq = next.endSeq
    record.flags |= next.flags
    record.eor = next.eor
    this.remove(next)
  }

  /** Takes `record` out and gives it back to the pool. */
  remove(record: SendRecord): void {
    this.queuedBytes -= RECORD_COST
    this.unlinkSent(record)
    if (record.previous === undefined) this.first = record.next
    else record.previous.next = record.next
    if (record.next === undefined) this.last = record.previous
    else record.next.previous = record.previous
    if (this.unsent === record) this.unsent = record.next
    this.pool.give(record)
  }

  /** Gives everything back: the connection is over. */
  clear(): void {
    let record = this.first
    while (record !== undefined) {
      const next: SendRecord | undefined = record.next
      this.pool.give(record)
      record = next
    }
    this.first = undefined
    this.last = undefined
    this.unsent = undefined
    this.sentFirst = undefined
    this.sentLast = undefined
    this.queuedBytes = 0
    this.bytes.clear()
  }
}

/** Payload bytes of a record, without SYN and FIN. */
export function payloadLen(record: SendRecord): number {
  return seq.diff(record.endSeq, record.seq) - (record.flags & FIN) - ((record.flags >> 1) & 1)
}
