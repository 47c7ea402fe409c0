// RACK (RFC 8985, 9.2): a record is lost when one sent sufficiently later has been delivered. And NewReno's rule for peers
// without SACK (RFC 6582).

import type { SeqNumber } from '../../base/seq.ts'
import * as seq from '../../base/seq.ts'
import { EVER_RETRANSMITTED, LOST, RETRANSMITTED } from '../tcb/send-record.ts'
import type { SendRecord } from '../tcb/send-record.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { LOST_RETRANSMIT, SET_TIMER, UNA_ADVANCED } from './ack-flags.ts'
import type { AckProgress } from '../segment/ack-progress.ts'
import { minRttUs } from './delivery-rate.ts'
import { fragment, markLost } from './records.ts'

/** Slack of timers below which none is armed. */
export const TIMEOUT_MIN_US = 2000
const NO_DUPTHRESH = 4
const STATIC_REORDER_WINDOW = 2
export const RECOVERIES_TO_FORGET = 16

function wasSentAfter(aSentAt: number, bSentAt: number, aEnd: SeqNumber, bEnd: SeqNumber): boolean {
  return aSentAt > bSentAt || (aSentAt === bSentAt && seq.gt(aEnd, bEnd))
}

/** RFC 8985 6.2b: the most recently sent record that was delivered. */
export function advanceRack(tcp: TcpSock, marks: number, endSeq: SeqNumber, sentAt: number, now: number): void {
  const { loss } = tcp
  const rttUs = now - sentAt
  // Too fast for the retransmission: it was the original that arrived.
  if (rttUs < minRttUs(tcp) && (marks & (RETRANSMITTED | EVER_RETRANSMITTED)) !== 0) return
  loss.rackAdvanced = true
  loss.rackRttUs = rttUs
  if (wasSentAfter(sentAt, loss.rackSentAt, endSeq, loss.rackEndSeq)) {
    loss.rackSentAt = sentAt
    loss.rackEndSeq = endSeq
  }
}

/** RFC 8985 6.2d: how much reordering to bear. */
function reorderWindowUs(tcp: TcpSock): number {
  const { loss, rtt, window, env } = tcp
  if (loss.reorderingSeen === 0) {
    if (window.state === 'recovery' || window.state === 'loss') return 0
    if (loss.sackedSegs >= loss.reorderingSegs && (env.sysctl.recovery.value & NO_DUPTHRESH) === 0) return 0
  }
  return Math.min(Math.floor(minRttUs(tcp) / 4) * loss.rackReorderSteps, Math.floor(rtt.srttUs8 / 8))
}

export function rackRemainingUs(tcp: TcpSock, record: SendRecord, reorderUs: number, now: number): number {
  return tcp.loss.rackRttUs + reorderUs - (now - record.sentAt)
}

/** RFC 8985 6.2e, 6.2f. Answers in how many microseconds to look again, 0 for never. */
export function detectLosses(tcp: TcpSock, now: number): number {
  const { loss, sendQueue } = tcp
  const reorderUs = reorderWindowUs(tcp)
  let waitUs = 0
  let record = sendQueue.sentFirst
  while (record !== undefined) {
    const next: SendRecord | undefined = record.sentNext
    const isAwaiting = (record.marks & LOST) !== 0 && (record.marks & RETRANSMITTED) === 0
    if (!isAwaiting) {
      if (!wasSentAfter(loss.rackSentAt, record.sentAt, loss.rackEndSeq, record.endSeq)) break
      const remaining = rackRemainingUs(tcp, record, reorderUs, now)
      if (remaining <= 0) {
        markLost(tcp, record)
        sendQueue.unlinkSent(record)
      } else {
        waitUs = Math.max(waitUs, remaining)
      }
    }
    record = next
  }
  return waitUs
}

/** Marks what this ACK shows to be lost, and arms the reordering timer for what it may yet show. */
export function identifyLoss(tcp: TcpSock, progress: AckProgress, now: number): void {
  const { loss } = tcp
  if (tcp.sendQueue.flightFirst === undefined) return
  if (!tcp.negotiated.hasSack) return newRenoMarkLost(tcp, (progress.flags & UNA_ADVANCED) !== 0)
  const retransmittedBefore = loss.retransmittedSegs
  if (loss.rackAdvanced) {
    loss.rackAdvanced = false
    const waitUs = detectLosses(tcp, now)
    if (waitUs > 0) {
      tcp.timers.armRetransmit('reordering', now + Math.min(waitUs + TIMEOUT_MIN_US, tcp.rtt.rtoUs))
      progress.flags &= ~SET_TIMER
    }
  }
  if (retransmittedBefore > loss.retransmittedSegs) progress.flags |= LOST_RETRANSMIT
}

/** RFC 6582: the first segment is lost after three duplicates, and after each partial ACK. */
function newRenoMarkLost(tcp: TcpSock, unaAdvanced: boolean): void {
  const { loss, window, sendQueue } = tcp
  const isFirstSign = window.state !== 'recovery' && window.state !== 'loss' && loss.sackedSegs >= loss.reorderingSegs
  if (!isFirstSign && !(window.state === 'recovery' && unaAdvanced)) return
  const head = sendQueue.flightFirst
  if (head === undefined || (head.marks & LOST) !== 0) return
  if (head.segs > 1) fragment(tcp, head, tcp.snd.mss, tcp.snd.mss)
  markLost(tcp, head)
}

/** RFC 8985 4b, 6.2d: D-SACKs widen the window, sixteen recoveries without narrow it. */
export function updateReorderWindow(tcp: TcpSock, priorDelivered: number): void {
  const { loss, env } = tcp
  if ((env.sysctl.recovery.value & STATIC_REORDER_WINDOW) !== 0 || priorDelivered === 0) return
  if (priorDelivered < loss.rackLastDelivered) loss.rackDsackSeen = false
  if (loss.rackDsackSeen) {
    loss.rackReorderSteps = Math.min(0xff, loss.rackReorderSteps + 1)
    loss.rackDsackSeen = false
    loss.rackLastDelivered = loss.delivered
    loss.rackReorderPersist = RECOVERIES_TO_FORGET
  } else if (loss.rackReorderPersist === 0) {
    loss.rackReorderSteps = 1
  }
}
