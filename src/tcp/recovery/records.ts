// Moves of single records on the scoreboard that several rooms make: sizing, cutting, trimming, marking lost. Each keeps
// the counts of LossState true.

import type { SeqNumber } from '../../base/seq.ts'
import * as seq from '../../base/seq.ts'
import { payloadLen } from '../tcb/send-queue.ts'
import { LOST, RETRANSMITTED, SACKED } from '../tcb/send-record.ts'
import type { SendRecord } from '../tcb/send-record.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'

export function segsFor(length: number, mss: number): number { return length <= mss ? 1 : Math.ceil(length / mss) }

export function setSegs(record: SendRecord, mss: number): void {
  record.segs = segsFor(payloadLen(record), mss)
  record.segSize = mss
}

/** Payload of a record's segments (Linux: tcp_skb_seglen). */
export function segmentLen(record: SendRecord): number { return record.segs > 1 ? record.segSize : payloadLen(record) }

/** A record's segment count changed by `-excess` while it was in flight. */
export function adjustCounts(tcp: TcpSock, record: SendRecord, excess: number): void {
  const { loss } = tcp
  if (excess === 0) return
  loss.outSegs -= excess
  if ((record.marks & SACKED) !== 0) loss.sackedSegs -= excess
  if ((record.marks & RETRANSMITTED) !== 0) loss.retransmittedSegs -= excess
  if ((record.marks & LOST) !== 0) loss.lostSegs -= excess
  // Without SACK the count of duplicate ACKs stands in for the scoreboard and must shrink with it.
  if (!tcp.negotiated.hasSack && loss.sackedSegs > 0) loss.sackedSegs -= Math.min(loss.sackedSegs, Math.max(excess, 0))
}

/** Cuts a record so that its first part holds `length` payload bytes; answers the second part. */
export function fragment(tcp: TcpSock, record: SendRecord, length: number, mss: number): SendRecord {
  const before = record.segs
  const tail = tcp.sendQueue.split(record, seq.add(record.seq, length + ((record.flags >> 1) & 1)))
  setSegs(record, mss)
  setSegs(tail, mss)
  if (record.wasSent) adjustCounts(tcp, record, before - record.segs - tail.segs)
  return tail
}

/** An unsent record takes bytes of the one behind it, so that no odd piece goes between full segments (Linux: tcp_grow_skb). */
export function growRecord(tcp: TcpSock, record: SendRecord, most: number): void {
  const { next } = record
  // Borrowed memory stays where it was lent, and nothing crosses the end of a message.
  if (next === undefined || record.eor || record.frags > 0 || next.frags > 0) return
  const wanted = most - payloadLen(record)
  if (payloadLen(next) === 0) return
  if (wanted >= payloadLen(next)) {
    tcp.sendQueue.absorbNext(record)
    return
  }
  record.endSeq = seq.add(record.endSeq, wanted)
  next.seq = record.endSeq
}

/** The segment size changed since the record was sent: it counts as so many segments of the new size. */
export function resegment(tcp: TcpSock, record: SendRecord, mss: number): void {
  const before = record.segs
  setSegs(record, mss)
  if (record.wasSent) adjustCounts(tcp, record, before - record.segs)
}

/** The front of a record was acknowledged: it begins at `una` now. Answers how many segments that took away. */
export function trimHead(tcp: TcpSock, record: SendRecord, una: SeqNumber): number {
  const before = record.segs
  record.seq = una
  record.segs = segsFor(payloadLen(record), tcp.snd.mss)
  return Math.max(0, before - record.segs)
}

/** RFC 6675 4b: IsLost, as a mark. Marking a retransmission lost takes it out of flight again. */
export function markLost(tcp: TcpSock, record: SendRecord): void {
  const { loss } = tcp
  if ((record.marks & SACKED) !== 0) return
  const hint = loss.retransmitHint
  if (hint === undefined ? loss.retransmittedSegs >= loss.lostSegs : seq.lt(record.seq, hint.seq)) loss.retransmitHint = record
  if ((record.marks & LOST) !== 0) {
    if ((record.marks & RETRANSMITTED) === 0) return
    record.marks &= ~RETRANSMITTED
    loss.retransmittedSegs -= record.segs
    loss.totalLost += record.segs
    tcp.namespace.mib.tcpExt.TCPLostRetransmit += record.segs
    return
  }
  loss.lostSegs += record.segs
  loss.totalLost += record.segs
  record.marks |= LOST
}

/** The sequence number past which nothing was selectively acknowledged. */
export function highestSackedSeq(tcp: TcpSock): SeqNumber {
  if (tcp.loss.sackedSegs === 0) return tcp.snd.una
  return tcp.loss.highestSacked?.seq ?? tcp.snd.nxt
}

/** RFC 7323 5.4: TSval of our clock at `atUs`: milliseconds, as Linux's default, shifted by the connection's secret offset. */
export function timestampAt(tcp: TcpSock, atUs: number): number {
  return (Math.floor(atUs / 1000) + tcp.negotiated.tsOffset) | 0
}

/** Milliseconds of our clock, unshifted: what retransmitAt is kept in. 0 means none, so it is never 0. */
export function timestampMs(atUs: number): number {
  const stamp = Math.floor(atUs / 1000) | 0
  return stamp === 0 ? 1 : stamp
}

/** The segment's echo names a time before `stampMs` (RFC 3522's Eifel test). */
export function echoIsBefore(tcp: TcpSock, stampMs: number): boolean {
  const { segment } = tcp.env
  if (!segment.hasTimestamp || segment.tsEcr === 0) return false
  return ((((segment.tsEcr - tcp.negotiated.tsOffset) | 0) - stampMs) | 0) < 0
}
