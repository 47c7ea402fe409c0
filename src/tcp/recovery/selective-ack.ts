// SACK and D-SACK blocks of an ACK (RFC 2018, RFC 2883), entered on the scoreboard (RFC 6675 4a, 5f); the data stays (RFC 6675 4e).

import type { SeqNumber } from '../../base/seq.ts'
import * as seq from '../../base/seq.ts'
import { payloadLen } from '../tcb/send-queue.ts'
import { EVER_RETRANSMITTED, LOST, RETRANSMITTED, SACKED } from '../tcb/send-record.ts'
import type { SendRecord } from '../tcb/send-record.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import type { Segment } from '../segment/segment.ts'
import { DATA_SACKED, DSACKING, DSACK_OF_TLP, ORIGINAL_ACKED } from './ack-flags.ts'
import type { AckProgress } from '../segment/ack-progress.ts'
import { onRecordDelivered } from './delivery-rate.ts'
import { advanceRack } from './loss-detection.ts'
import { fragment, highestSackedSeq } from './records.ts'

/** Enters the blocks of `seg`; answers flags for the ACK. */
export function takeSacks(tcp: TcpSock, seg: Segment, priorUna: SeqNumber, progress: AckProgress, now: number): void {
  const { loss, snd, window } = tcp
  progress.reorderSeq = seq.toInt32(snd.nxt)
  if (loss.sackedSegs === 0) loss.highestSacked = undefined
  const { sackBlocks, sackCount } = seg
  const isDsack = checkDsack(tcp, seg, priorUna, progress)
  // An old ACK's blocks say nothing new.
  if (seq.lt(seg.ack, seq.add(priorUna, -snd.maxWnd)) || loss.outSegs === 0) return
  // Lowest first, whatever order the peer wrote them in: a later block below an earlier one is no sign of reordering.
  for (let done = 0; done !== (1 << sackCount) - 1;) {
    const i = lowestBlock(sackBlocks, sackCount, done)
    done |= 1 << i
    const left = seq.seqOf(sackBlocks[2 * i])
    const right = seq.seqOf(sackBlocks[2 * i + 1])
    const isDuplicate = isDsack && i === 0
    if (!isValidBlock(tcp, isDuplicate, left, right)) {
      countInvalid(tcp, isDuplicate, right)
      continue
    }
    // A D-SACK below an ACK that moved on may be of a record still here, whose retransmission it accounts for.
    if (seq.gt(right, priorUna)) walkBlock(tcp, left, right, isDuplicate, progress, now)
  }
  if (window.state !== 'loss' || loss.hasUndo) checkReordering(tcp, seq.seqOf(progress.reorderSeq), false)
}

/** The block with the lowest left edge of those whose bit in `done` is clear. */
function lowestBlock(blocks: Int32Array, count: number, done: number): number {
  let lowest = -1
  for (let i = 0; i < count; i++) {
    if ((done & (1 << i)) === 0 && (lowest < 0 || seq.lt(seq.seqOf(blocks[2 * i]), seq.seqOf(blocks[2 * lowest])))) lowest = i
  }
  return lowest
}

/** RFC 2883 4: the first block repeats what the ACK or the second block covers. */
function checkDsack(tcp: TcpSock, seg: Segment, priorUna: SeqNumber, progress: AckProgress): boolean {
  const { loss } = tcp
  const { mib } = tcp.namespace
  const left = seq.seqOf(seg.sackBlocks[0])
  const right = seq.seqOf(seg.sackBlocks[1])
  if (seq.lt(left, seg.ack)) {
    mib.tcpExt.TCPDSACKRecv++
  } else if (seg.sackCount > 1) {
    if (seq.gt(right, seq.seqOf(seg.sackBlocks[3])) || seq.lt(left, seq.seqOf(seg.sackBlocks[2]))) return false
    mib.tcpExt.TCPDSACKOfoRecv++
  } else {
    return false
  }
  const duplicateSegs = onDsack(tcp, left, right, progress)
  if (duplicateSegs === 0) {
    mib.tcpExt.TCPDSACKIgnoredDubious++
    return false
  }
  mib.tcpExt.TCPDSACKRecvSegs += duplicateSegs
  // Of data already forgotten: only the number can be kept.
  if (loss.hasUndo && loss.undoRetransmits > 0 && seq.leq(right, priorUna) && seq.gt(right, loss.undoMarker)) {
    loss.undoRetransmits = Math.max(0, loss.undoRetransmits - duplicateSegs)
  }
  return true
}

function onDsack(tcp: TcpSock, left: SeqNumber, right: SeqNumber, progress: AckProgress): number {
  const { loss, snd, negotiated } = tcp
  const length = seq.diff(right, left)
  if (length <= 0 || length > snd.maxWnd) return 0
  let segs = 1
  if (length > snd.mss) segs = Math.ceil(length / snd.mss)
  else if (loss.isTlpOut && loss.tlpHighSeq === right) progress.flags |= DSACK_OF_TLP
  loss.dsackDuplicates += segs
  // More than we ever repeated: the network duplicates, or somebody lies.
  if (loss.dsackDuplicates > loss.totalRetransmits) return 0
  negotiated.hasDsack = true
  if (loss.reorderingSeen > 0 && (progress.flags & DSACK_OF_TLP) === 0) loss.rackDsackSeen = true
  progress.flags |= DSACKING
  // The spurious retransmission was delivered.
  loss.delivered += segs
  return segs
}

function isValidBlock(tcp: TcpSock, isDuplicate: boolean, left: SeqNumber, right: SeqNumber): boolean {
  const { snd, loss } = tcp
  if (seq.gt(right, snd.nxt) || seq.geq(left, right)) return false
  if (seq.geq(left, snd.nxt)) return false
  if (seq.gt(left, snd.una)) return true
  if (!isDuplicate || !loss.hasUndo) return false
  if (seq.gt(right, snd.una)) return false
  if (seq.geq(left, loss.undoMarker)) return true
  if (seq.leq(right, loss.undoMarker)) return false
  return seq.geq(left, seq.add(right, -snd.maxWnd))
}

function countInvalid(tcp: TcpSock, isDuplicate: boolean, right: SeqNumber): void {
  const { mib } = tcp.namespace
  if (isDuplicate) {
    if (tcp.loss.hasUndo) mib.tcpExt.TCPDSACKIgnoredOld++
    else mib.tcpExt.TCPDSACKIgnoredNoUndo++
  } else if (seq.gt(right, tcp.snd.una)) {
    mib.tcpExt.TCPSACKDiscard++
  }
}

function walkBlock(tcp: TcpSock, left: SeqNumber, right: SeqNumber, isDuplicate: boolean, progress: AckProgress, now: number): void {
  const { sendQueue } = tcp
  // Blocks mostly extend what is SACKed already: begin there when that is certain to be before the block.
  const hint = tcp.loss.highestSacked
  let record = hint?.previous !== undefined && hint.wasSent && seq.geq(left, hint.previous.endSeq) ? hint : sendQueue.flightFirst
  while (record !== undefined && record.wasSent && seq.leq(record.endSeq, left)) record = record.next
  while (record !== undefined && record.wasSent && seq.lt(record.seq, right)) {
    const verdict = matchRecord(tcp, record, left, right)
    if (verdict === 'stop') return
    if (verdict === 'in') markSacked(tcp, record, isDuplicate, progress, now)
    record = record.next
  }
}

/** Cuts a super-segment on segment bounds where the block begins or ends inside it. */
function matchRecord(tcp: TcpSock, record: SendRecord, left: SeqNumber, right: SeqNumber): 'in' | 'out' | 'stop' {
  let isIn = seq.leq(left, record.seq) && seq.geq(right, record.endSeq)
  if (isIn || record.segs <= 1 || seq.leq(record.endSeq, left)) return isIn ? 'in' : 'out'
  const { mss } = tcp.snd
  isIn = seq.leq(left, record.seq)
  let length: number
  if (isIn) {
    length = seq.diff(right, record.seq)
    if (length < mss) return 'stop'
  } else {
    length = Math.max(seq.diff(left, record.seq), mss)
  }
  if (length > mss) {
    const whole = Math.floor(length / mss) * mss
    length = !isIn && whole < length ? whole + mss : whole
  }
  if (length >= payloadLen(record)) return isIn ? 'in' : 'out'
  fragment(tcp, record, length, mss)
  return isIn ? 'in' : 'out'
}

function markSacked(tcp: TcpSock, record: SendRecord, isDuplicate: boolean, progress: AckProgress, now: number): void {
  const { loss, snd, sendQueue } = tcp
  const { segs } = record
  if (isDuplicate && (record.marks & (RETRANSMITTED | EVER_RETRANSMITTED)) !== 0) {
    if (loss.hasUndo && loss.undoRetransmits > 0 && seq.gt(record.endSeq, loss.undoMarker)) {
      loss.undoRetransmits = Math.max(0, loss.undoRetransmits - segs)
    }
    if ((record.marks & SACKED) !== 0) noteReordering(progress, record.seq)
  }
  if (seq.leq(record.endSeq, snd.una)) return
  if ((record.marks & SACKED) === 0) {
    onRecordDelivered(tcp, record, progress)
    advanceRack(tcp, record.marks, record.endSeq, record.sentAt, now)
    if ((record.marks & RETRANSMITTED) !== 0) {
      // Lost and sent again: either copy may have arrived. No round-trip sample, no sign of reordering.
      if ((record.marks & LOST) !== 0) {
        record.marks &= ~RETRANSMITTED
        loss.retransmittedSegs -= segs
      }
    } else if ((record.marks & EVER_RETRANSMITTED) === 0) {
      noteOriginal(tcp, record, progress)
    }
    if ((record.marks & LOST) !== 0) {
      record.marks &= ~LOST
      loss.lostSegs -= segs
    }
    record.marks |= SACKED
    progress.flags |= DATA_SACKED
    loss.sackedSegs += segs
    loss.delivered += segs
    sendQueue.unlinkSent(record)
    if (loss.highestSacked === undefined ? loss.sackedSegs === segs : seq.geq(record.seq, loss.highestSacked.seq)) {
      // The record behind the highest one SACKed; none when that was the flight's last.
      loss.highestSacked = record.next?.wasSent === true ? record.next : undefined
    }
  }
  if (isDuplicate && (record.marks & RETRANSMITTED) !== 0) {
    record.marks &= ~RETRANSMITTED
    loss.retransmittedSegs -= segs
  }
}

function noteReordering(progress: AckProgress, at: SeqNumber): void {
  if (seq.lt(at, seq.seqOf(progress.reorderSeq))) progress.reorderSeq = seq.toInt32(at)
}

function noteOriginal(tcp: TcpSock, record: SendRecord, progress: AckProgress): void {
  if (seq.lt(record.seq, highestSackedSeq(tcp))) noteReordering(progress, record.seq)
  if (seq.leq(record.endSeq, tcp.loss.highSeq)) progress.flags |= ORIGINAL_ACKED
  if (progress.firstSackedAt === 0) progress.firstSackedAt = record.sentAt
  progress.lastSackedAt = record.sentAt
}

/** RFC 8985 6.2c: a record at `low`, never retransmitted, was delivered after higher ones: the path reorders that much. */
export function checkReordering(tcp: TcpSock, low: SeqNumber, byTimestamp: boolean): void {
  const { loss, snd, env } = tcp
  const high = highestSackedSeq(tcp)
  if (seq.geq(low, high)) return
  const metric = seq.diff(high, low)
  if (metric > loss.reorderingSegs * snd.mss) {
    loss.reorderingSegs = Math.min(Math.ceil(metric / snd.mss), env.sysctl.maxReordering.value)
  }
  loss.reorderingSeen++
  if (byTimestamp) tcp.namespace.mib.tcpExt.TCPTSReorder++
  else tcp.namespace.mib.tcpExt.TCPSACKReorder++
}
