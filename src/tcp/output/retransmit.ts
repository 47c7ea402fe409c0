// Sending again: single records, and everything marked lost as far as the window allows (RFC 6675 5 (C)).

import * as seq from '../../base/seq.ts'
import { SYN } from '../../wire/tcp.ts'
import { payloadLen } from '../tcb/send-queue.ts'
import { EVER_RETRANSMITTED, LOST, RETRANSMITTED, SACKED } from '../tcb/send-record.ts'
import type { SendRecord } from '../tcb/send-record.ts'
import { NAGLE_OFF } from '../tcb/sequence-space.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { adjustCounts, fragment, resegment, timestampMs, trimHead } from '../recovery/records.ts'
import { isReducing } from '../recovery/reduction.ts'
import { markTooLarge } from '../recovery/simple-retransmit.ts'
import { pushPending } from './next-segment.ts'
import { mustWait } from './pacing.ts'
import { currentMss, superSegmentSegs } from './segment-size.ts'
import { transmitRecord } from './transmit.ts'

/** Sends up to `segs` segments of a record again, without entering it on the scoreboard. */
export function repeatRecord(tcp: TcpSock, record: SendRecord, segs: number, cause: string, now: number): boolean {
  const { snd, loss, sendQueue, namespace } = tcp
  const mss = currentMss(tcp)
  if (seq.lt(record.seq, snd.una)) {
    sendQueue.queuedBytes -= seq.diff(snd.una, record.seq)
    if (record.segs > 1) {
      trimHead(tcp, record, snd.una)
    } else {
      record.seq = snd.una
      resegment(tcp, record, mss)
    }
  }
  let room = seq.diff(seq.add(snd.una, snd.wnd), record.seq)
  if (room <= 0) {
    // RFC 9293 SHLD-16, MAY-7: the first segment goes even into a closed window, as its probe.
    if (record.seq !== snd.una) return false
    room = mss
  }
  let most = mss * segs
  if (most > room) most = Math.floor(room / mss) * mss || room
  if (payloadLen(record) > most) fragment(tcp, record, most, mss)
  else {
    if (payloadLen(record) > record.segs * mss) resegment(tcp, record, mss)
    if (payloadLen(record) < Math.min(room, mss)) collapse(tcp, record, Math.min(room, mss))
  }
  const isSent = transmitRecord(tcp, record, mss, now)
  if (isSent) sendQueue.markSent(record)
  else namespace.mib.tcpExt.TCPRetransFail += record.segs
  // Marked even when it did not leave: a round trip measured by its time would be too short (Linux).
  record.marks |= EVER_RETRANSMITTED
  namespace.mib.tcp.RetransSegs += record.segs
  if ((record.flags & SYN) !== 0) namespace.mib.tcpExt.TCPSynRetrans++
  loss.totalRetransmits += record.segs
  snd.bytesRetransmitted += payloadLen(record)
  if (isSent && namespace.trace.on) {
    namespace.trace.emit({
      name: 'tcp-retransmit', at: now, host: namespace.host, sock: tcp.id, seq: seq.toUint32(record.seq), length: payloadLen(record), cause,
    })
  }
  return isSent
}

/** Small records behind it go along: one segment instead of many (Linux: tcp_retrans_try_collapse). */
function collapse(tcp: TcpSock, record: SendRecord, space: number): void {
  const { loss, snd, sendQueue, env } = tcp
  if (env.sysctl.retransCollapse.value === 0 || record.segs !== 1 || record.frags > 0 || (record.flags & SYN) !== 0) return
  const edge = seq.add(snd.una, snd.wnd)
  let left = space - payloadLen(record)
  for (let next = record.next; next?.wasSent === true; next = record.next) {
    left -= payloadLen(next)
    if (record.eor || next.segs !== 1 || next.frags > 0 || (next.marks & SACKED) !== 0 || left < 0 || seq.gt(next.endSeq, edge)) return
    record.marks |= next.marks & EVER_RETRANSMITTED
    if (loss.retransmitHint === next) loss.retransmitHint = record
    if (loss.highestSacked === next) loss.highestSacked = record
    adjustCounts(tcp, next, next.segs)
    sendQueue.absorbNext(record)
  }
}

/** Sends a record again and counts it as in flight once more. */
export function retransmitRecord(tcp: TcpSock, record: SendRecord, segs: number, cause: string, now: number): boolean {
  const { loss } = tcp
  const isSent = repeatRecord(tcp, record, segs, cause, now)
  if (isSent) {
    record.marks |= RETRANSMITTED
    loss.retransmittedSegs += record.segs
  }
  if (loss.retransmitAt === 0) loss.retransmitAt = timestampMs(now)
  if (loss.undoRetransmits < 0) loss.undoRetransmits = 0
  loss.undoRetransmits += record.segs
  return isSent
}

/** RFC 6675 4d, 5b, 5g, RFC 8985 9.3a: NextSeg. What is marked lost, lowest first, as far as the window has room. */
export function retransmitLost(tcp: TcpSock, now: number): void {
  const { loss, window, sendQueue, timers, rtt } = tcp
  if (loss.outSegs === 0) return
  const { mib } = tcp.namespace
  const head = sendQueue.flightFirst
  const maxSegs = superSegmentSegs(tcp, currentMss(tcp))
  let hasHole = false
  let mustRearm = false
  for (let record = loss.retransmitHint ?? head; record?.wasSent === true; record = record.next) {
    if (mustWait(tcp, now)) break
    if (!hasHole) loss.retransmitHint = record
    const room = window.cwndSegs - loss.pipeSegs
    if (room <= 0 || loss.retransmittedSegs >= loss.lostSegs) break
    if ((record.marks & LOST) === 0) {
      if ((record.marks & (RETRANSMITTED | SACKED)) === 0) hasHole = true
      continue
    }
    if ((record.marks & (RETRANSMITTED | SACKED)) !== 0) continue
    if (!retransmitRecord(tcp, record, Math.min(room, maxSegs), window.state, now)) break
    if (window.state === 'loss') mib.tcpExt.TCPSlowStartRetrans += record.segs
    else mib.tcpExt.TCPFastRetrans += record.segs
    if (isReducing(tcp)) loss.prrOut += record.segs
    if (record === head && timers.kind !== 'reordering') mustRearm = true
  }
  if (mustRearm) timers.armRetransmit('rto', now + Math.min(rtt.rtoUs, rtt.rtoMaxUs))
}

/** What input asked for. */
export function recover(tcp: TcpSock, how: 'lost' | 'new', now: number): void {
  if (tcp.state === 'SYN-SENT') return
  if (how === 'new') {
    pushPending(tcp, NAGLE_OFF, now)
    if (seq.gt(tcp.snd.nxt, tcp.loss.highSeq)) return
    tcp.loss.isFrto = false
  }
  retransmitLost(tcp, now)
}

/** After the path's MTU shrank. */
export function simpleRetransmit(tcp: TcpSock, now: number): void {
  // A SYN with data was too large, though neither of its two records is (RFC 7413 4.1.3.1).
  const isSynData = tcp.state === 'SYN-SENT' && tcp.fastOpen?.hasSynData === true
  if (!markTooLarge(tcp, isSynData ? -1 : tcp.snd.mss)) return
  const head = tcp.sendQueue.flightFirst
  if (isSynData && head !== undefined) retransmitRecord(tcp, head, 1, 'mtu', now)
  else retransmitLost(tcp, now)
}
