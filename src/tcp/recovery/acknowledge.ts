// The cumulative part of an ACK (RFC 9293 3.10.7.4 step 5): records below SND.UNA leave the queue, and what they tell of
// round trips (RFC 6298, with Karn's rule) and of reordering is taken.

import type { SeqNumber } from '../../base/seq.ts'
import * as seq from '../../base/seq.ts'
import { SYN } from '../../wire/tcp.ts'
import { stopChrono } from '../tcb/chrono.ts'
import { payloadLen } from '../tcb/send-queue.ts'
import { EVER_RETRANSMITTED, LOST, RETRANSMITTED, SACKED } from '../tcb/send-record.ts'
import type { SendRecord } from '../tcb/send-record.ts'
import { onAcknowledged } from '../tcb/send-reports.ts'
import { onMtuProbeDelivered } from '../tcb/mtu-probe.ts'
import { setRto, updateRtt, WindowedMin } from '../tcb/rtt-estimator.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import {
  ACKED, ALERT, DATA_ACKED, MAYBE_DELAYED, ORIGINAL_ACKED, RETRANSMITTED_ACKED, SACK_RENEGING, SET_TIMER, SYN_ACKED,
} from './ack-flags.ts'
import type { AckProgress } from '../segment/ack-progress.ts'
import type { RemovedRecords } from '../segment/removed-records.ts'
import { minRttUs, onRecordDelivered } from './delivery-rate.ts'
import { advanceRack } from './loss-detection.ts'
import { removeRenoSacks } from './reno-sacks.ts'
import { echoIsBefore, timestampMs, trimHead } from './records.ts'
import { checkReordering } from './selective-ack.ts'

export function removeAcknowledged(tcp: TcpSock, priorUna: SeqNumber, priorHighest: SeqNumber, progress: AckProgress, now: number): void {
  const { loss, snd, sendQueue } = tcp
  const priorSacked = loss.sackedSegs
  const { removed } = tcp.env
  removed.reset(snd.nxt)
  let record = sendQueue.flightFirst
  while (record !== undefined && record.wasSent) {
    const next: SendRecord | undefined = record.next
    if (!removeOne(tcp, record, removed, progress, now)) break
    record = next
  }
  if (sendQueue.flightFirst === undefined) stopChrono(tcp, 'busy', now)
  sendQueue.bytes.dropBefore(snd.una)
  if (tcp.reports !== undefined) onAcknowledged(tcp, tcp.reports, now)
  if (snd.isUrgent && seq.between(priorUna, snd.up, snd.una)) snd.isUrgent = false
  const head = sendQueue.flightFirst
  if (head !== undefined && (head.marks & SACKED) !== 0) progress.flags |= SACK_RENEGING
  const sackRttUs = takeRoundTrip(tcp, removed, priorUna, priorSacked, progress, now)
  if ((progress.flags & ACKED) !== 0) {
    progress.flags |= SET_TIMER
    const { mtuProbe } = tcp
    if (mtuProbe !== undefined && mtuProbe.probeSize > 0 && seq.leq(mtuProbe.probeEnd, snd.una)) onMtuProbeDelivered(tcp, mtuProbe)
    if (!tcp.negotiated.hasSack) {
      removeRenoSacks(tcp, removed.segs)
      // Without SACK nobody can tell whether progress came of the original.
      if ((progress.flags & RETRANSMITTED_ACKED) !== 0) progress.flags &= ~ORIGINAL_ACKED
    } else if (seq.lt(removed.reorderSeq, priorHighest)) {
      checkReordering(tcp, removed.reorderSeq, false)
    }
  } else if (head !== undefined && sackRttUs >= 0 && sackRttUs > now - head.sentAt) {
    // The sample is of data sent before the head's latest transmission: the time-out may be set anew.
    progress.flags |= SET_TIMER
  }
}

/** False when the walk ends here. */
function removeOne(tcp: TcpSock, record: SendRecord, removed: RemovedRecords, progress: AckProgress, now: number): boolean {
  const { loss, snd, sendQueue } = tcp
  const startSeq = record.seq
  let segs = record.segs
  const isWhole = seq.leq(record.endSeq, snd.una)
  if (!isWhole) {
    if (record.segs <= 1 || seq.leq(snd.una, record.seq)) return false
    sendQueue.queuedBytes -= seq.diff(snd.una, record.seq)
    segs = trimHead(tcp, record, snd.una)
    if (segs === 0) return false
  }
  const { marks } = record
  if ((marks & (RETRANSMITTED | EVER_RETRANSMITTED)) !== 0) {
    if ((marks & RETRANSMITTED) !== 0) loss.retransmittedSegs -= segs
    progress.flags |= RETRANSMITTED_ACKED
  } else if ((marks & SACKED) === 0) {
    removed.lastSentAt = record.sentAt
    if (removed.firstSentAt === 0) removed.firstSentAt = record.sentAt
    removed.reorderSeq = seq.earlier(startSeq, removed.reorderSeq)
    if (seq.leq(record.endSeq, loss.highSeq)) progress.flags |= ORIGINAL_ACKED
  }
  if ((marks & SACKED) !== 0) {
    loss.sackedSegs -= segs
  } else if (tcp.negotiated.hasSack) {
    loss.delivered += segs
    const isSpurious = (marks & (RETRANSMITTED | EVER_RETRANSMITTED)) !== 0 && echoIsBefore(tcp, timestampMs(record.sentAt))
    if (!isSpurious) advanceRack(tcp, marks, record.endSeq, record.sentAt, now)
  }
  if ((marks & LOST) !== 0) loss.lostSegs -= segs
  loss.outSegs -= segs
  removed.segs += segs
  removed.lastWasWhole = isWhole
  onRecordDelivered(tcp, record, progress)
  if ((record.flags & SYN) === 0) {
    progress.flags |= DATA_ACKED
  } else {
    progress.flags |= SYN_ACKED
    loss.retransmitAt = 0
  }
  if (!isWhole) return false
  if (loss.retransmitHint === record) loss.retransmitHint = undefined
  if (loss.highestSacked === record) loss.highestSacked = record.next?.wasSent === true ? record.next : undefined
  sendQueue.queuedBytes -= payloadLen(record)
  sendQueue.remove(record)
  return true
}

/**
 * RFC 6298 3a, 3b: each ACK of what was sent once gives a sample; of what was repeated, only an echo does. Answers the SACK's, -1
 * without one.
 */
function takeRoundTrip(tcp: TcpSock, removed: RemovedRecords, priorUna: SeqNumber, priorSacked: number, progress: AckProgress,
  now: number): number {
  const { loss, snd } = tcp
  let rttUs = -1
  let sackRttUs = -1
  let congestionRttUs = -1
  if (removed.firstSentAt !== 0 && (progress.flags & RETRANSMITTED_ACKED) === 0) {
    rttUs = now - removed.firstSentAt
    congestionRttUs = now - removed.lastSentAt
    if (removed.segs === 1 && removed.lastWasWhole && priorSacked === 0 && seq.diff(snd.una, priorUna) < snd.mss
      && progress.priorDelivered + 1 === loss.delivered && (progress.flags & (ALERT | SYN_ACKED)) === 0) {
      progress.flags |= MAYBE_DELAYED
    }
  }
  if (progress.firstSackedAt !== 0) {
    sackRttUs = now - progress.firstSackedAt
    congestionRttUs = now - progress.lastSackedAt
  }
  if (rttUs < 0) rttUs = sackRttUs
  if (rttUs < 0 && (progress.flags & ACKED) !== 0) {
    rttUs = timestampRttUs(tcp, now)
    congestionRttUs = rttUs
  }
  progress.rttUs = congestionRttUs
  if (rttUs < 0) return sackRttUs
  takeRttSample(tcp, rttUs, congestionRttUs, (progress.flags & MAYBE_DELAYED) !== 0, now)
  return sackRttUs
}

/** From the echoed timestamp, in whole milliseconds (RFC 7323 4.1): asked only when the ACK advances. */
function timestampRttUs(tcp: TcpSock, now: number): number {
  const { segment } = tcp.env
  if (!segment.hasTimestamp || segment.tsEcr === 0) return -1
  const delta = ((Math.floor(now / 1000) + tcp.negotiated.tsOffset) - segment.tsEcr) | 0
  return delta < 0 ? -1 : Math.max(delta, 1) * 1000
}

/** RFC 6298 with RTO's back-off undone. */
export function takeRttSample(tcp: TcpSock, rttUs: number, minSampleUs: number, mayBeDelayed: boolean, now: number): void {
  const { rtt, snd, env } = tcp
  if (!(mayBeDelayed && minSampleUs > minRttUs(tcp))) {
    rtt.minRtt ??= new WindowedMin()
    rtt.minRtt.update(env.sysctl.minRttWindow.value * 1_000_000, now, Math.max(1, Math.floor(minSampleUs)))
  }
  updateRtt(rtt, rttUs, snd.una, snd.nxt)
  setRto(rtt)
  rtt.backoff = 0
}
