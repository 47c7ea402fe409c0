// Delivery-rate samples (draft-ietf-ccwg-bbr 4.1): each record remembers how much had been delivered when it was sent.

import type { SendRecord } from '../tcb/send-record.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { EVER_RETRANSMITTED } from '../tcb/send-record.ts'
import * as seq from '../../base/seq.ts'
import { SACK_RENEGING } from './ack-flags.ts'
import type { AckProgress } from '../segment/ack-progress.ts'

/** With every transmission, the first and each again: outSegs still without the record when it is new. */
export function onRecordSent(tcp: TcpSock, record: SendRecord): void {
  const { loss } = tcp
  if (loss.outSegs === 0) {
    loss.firstSentAt = record.sentAt
    loss.deliveredAt = record.sentAt
  }
  record.firstSentAt = loss.firstSentAt
  record.deliveredAt = loss.deliveredAt
  record.delivered = loss.delivered
  record.wasAppLimited = loss.appLimited !== 0
}

/** Called once for each record newly acknowledged or SACKed. */
export function onRecordDelivered(tcp: TcpSock, record: SendRecord, progress: AckProgress): void {
  if (record.deliveredAt === 0) return
  const end = seq.toInt32(record.endSeq)
  const isNewer = progress.priorDeliveredAt === 0 || record.sentAt > progress.sampleSentAt
    || (record.sentAt === progress.sampleSentAt && ((end - progress.sampleEndSeq) | 0) > 0)
  if (isNewer) {
    progress.priorDelivered = record.delivered
    progress.priorDeliveredAt = record.deliveredAt
    progress.isAppLimited = record.wasAppLimited
    progress.isRetransmitted = (record.marks & EVER_RETRANSMITTED) !== 0
    progress.sampleSentAt = record.sentAt
    progress.sampleEndSeq = end
    tcp.loss.firstSentAt = record.sentAt
    progress.sendIntervalUs = record.sentAt - record.firstSentAt
  }
  // Each record is counted once, although SACKed first and acknowledged later.
  record.deliveredAt = 0
}

/** Fills the stack's AckSample for congestion control. */
export function makeSample(tcp: TcpSock, progress: AckProgress, now: number, deliveredSegs: number, lostSegs: number,
  priorInFlightSegs: number): void {
  const { loss, env: { sample } } = tcp
  if (loss.appLimited !== 0 && loss.delivered > loss.appLimited) loss.appLimited = 0
  if (deliveredSegs > 0) loss.deliveredAt = now
  sample.now = now
  sample.rate = tcp.bytesPerSecond
  sample.ackedSegs = deliveredSegs
  sample.lostSegs = lostSegs
  sample.priorInFlightSegs = priorInFlightSegs
  sample.inFlightSegs = loss.pipeSegs
  sample.rttUs = progress.rttUs
  sample.srttUs = tcp.rtt.srttUs8 / 8
  sample.minRttUs = minRttUs(tcp)
  sample.una = seq.toInt32(tcp.snd.una)
  sample.nxt = seq.toInt32(tcp.snd.nxt)
  sample.delivered = loss.delivered
  sample.priorDelivered = progress.priorDelivered
  sample.isAppLimited = progress.isAppLimited
  sample.isRetransmitted = progress.isRetransmitted
  sample.deliveredSegs = -1
  sample.intervalUs = -1
  if (progress.priorDeliveredAt === 0 || (progress.flags & SACK_RENEGING) !== 0) return
  sample.sendIntervalUs = progress.sendIntervalUs
  sample.receiveIntervalUs = now - progress.priorDeliveredAt
  const interval = Math.max(sample.sendIntervalUs, sample.receiveIntervalUs)
  // Shorter than the shortest round trip: reneging or a clock too coarse.
  if (interval < minRttUs(tcp)) return
  sample.deliveredSegs = loss.delivered - progress.priorDelivered
  sample.intervalUs = interval
  if (!sample.isAppLimited || sample.deliveredSegs * loss.rateIntervalUs >= loss.rateDeliveredSegs * interval) {
    loss.rateDeliveredSegs = sample.deliveredSegs
    loss.rateIntervalUs = interval
    loss.isRateAppLimited = sample.isAppLimited
  }
}

/** RFC 8985 6.2a: kept by takeRttSample over tcp_min_rtt_wlen. */
export function minRttUs(tcp: TcpSock): number { return tcp.rtt.minRtt?.value ?? 0x7fffffff }

/** The application, not the window, limits what is sent: samples of this phase understate the path. */
export function checkAppLimited(tcp: TcpSock): void {
  const { loss, snd, window, sendQueue } = tcp
  const unsentBytes = seq.diff(snd.written, snd.nxt)
  if (unsentBytes < snd.mss && sendQueue.flightLast !== undefined && loss.pipeSegs < window.cwndSegs
    && loss.lostSegs <= loss.retransmittedSegs) {
    loss.appLimited = Math.max(1, loss.delivered + loss.pipeSegs)
  }
}
