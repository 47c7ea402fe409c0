// What may be sent now (RFC 9293 3.8.6.2.1, RFC 5681): congestion window, peer's window, Nagle, cork, super-segments.

import * as seq from '../../base/seq.ts'
import { FIN } from '../../wire/tcp.ts'
import { startChrono, stopChrono } from '../tcb/chrono.ts'
import { CORKED, PUSH_ONCE } from '../tcb/sequence-space.ts'
import { payloadLen } from '../tcb/send-queue.ts'
import { INITIAL_CWND_SEGS } from '../tcb/send-space.ts'
import type { SendRecord } from '../tcb/send-record.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { mayGrow } from '../congestion/congestion-control.ts'
import type { SendLimits } from '../segment/send-limits.ts'
import { fragment, growRecord, setSegs } from '../recovery/records.ts'
import { currentSsthresh, isReducing } from '../recovery/reduction.ts'
import { rearmRto, scheduleLossProbe, startsRto } from '../recovery/tail-loss-probe.ts'
import { probeMtu } from './mtu-probe.ts'
import { onNewDataSent } from './new-data.ts'
import { mustWait } from './pacing.ts'
import { currentMss, superSegmentSegs } from './segment-size.ts'
import { transmitRecord } from './transmit.ts'

const DEFER_WINDOW_US = 1000
const ACK_NEAR_US = 1000

export type PushHow = 'all' | 'one' | 'probe'

/** Sends what may be sent. True when data waits with nothing in flight: a probe must be timed. */
export function writeXmit(tcp: TcpSock, mss: number, nagle: number, how: PushHow, now: number): boolean {
  const { loss, window, env: { limits } } = tcp
  limits.byCwnd = false
  limits.byRwnd = false
  const rearms = startsRto(tcp)
  let sentSegs = 0
  if (tcp.mtuProbe !== undefined && how === 'all') {
    const probe = probeMtu(tcp, tcp.mtuProbe, now)
    if (probe === 'wait') return false
    if (probe === 'sent') sentSegs = 1
  }
  for (let record = tcp.sendQueue.unsent; record !== undefined; record = tcp.sendQueue.unsent) {
    if (how !== 'probe' && mustWait(tcp, now)) break
    if (!prepare(tcp, record, mss, nagle, how, limits, now)) break
    if (!transmitRecord(tcp, record, mss, now)) break
    onNewDataSent(tcp, record, now)
    if (payloadLen(record) < record.segs * mss) tcp.snd.small = record.endSeq
    sentSegs += record.segs
    if (how !== 'all') break
  }
  if (limits.byRwnd) startChrono(tcp, 'rwnd', now)
  else stopChrono(tcp, 'rwnd', now)
  const isCwndLimited = limits.byCwnd || loss.pipeSegs >= window.cwndSegs
  if (sentSegs > 0 || isCwndLimited) validateWindow(tcp, isCwndLimited, now)
  if (sentSegs > 0) {
    if (isReducing(tcp)) loss.prrOut += sentSegs
    const isProbeTimed = how !== 'probe' && scheduleLossProbe(tcp, false, now)
    if (rearms && !isProbeTimed) rearmRto(tcp, now)
    return false
  }
  return loss.outSegs === 0 && tcp.sendQueue.unsent !== undefined
}

/** Cuts the record to what may go now; false when nothing may. */
function prepare(tcp: TcpSock, record: SendRecord, mss: number, nagle: number, how: PushHow, limits: SendLimits, now: number): boolean {
  if (record.next === undefined && payloadLen(record) <= mss) return prepareAlone(tcp, record, mss, nagle, how, limits)
  let quota = cwndQuota(tcp)
  if (quota === 0) {
    if (how !== 'probe') return false
    quota = 1
  }
  const maxSegs = superSegmentSegs(tcp, mss)
  quota = Math.min(quota, maxSegs)
  if (how !== 'probe' && record.next !== undefined && payloadLen(record) < quota * mss) growRecord(tcp, record, quota * mss)
  const length = payloadLen(record)
  setSegs(record, mss)
  if (!fitsWindow(tcp, record, length, mss)) {
    limits.byRwnd = true
    return false
  }
  const isLast = record.next === undefined
  if (record.segs === 1) return nagleAllows(tcp, record, length, mss, isLast ? nagle : PUSH_ONCE)
  if (how === 'all' && shouldDefer(tcp, record, length, maxSegs, limits, now)) return false
  const limit = tcp.snd.isUrgent ? mss : splitPoint(tcp, record, length, mss, quota, nagle)
  if (length > limit) fragment(tcp, record, limit, mss)
  return true
}

/** One segment's worth and nothing behind it: no super-segment to measure, to fill or to cut. */
function prepareAlone(tcp: TcpSock, record: SendRecord, mss: number, nagle: number, how: PushHow, limits: SendLimits): boolean {
  if (how !== 'probe' && tcp.loss.pipeSegs >= tcp.window.cwndSegs) return false
  const length = payloadLen(record)
  setSegs(record, mss)
  if (fitsWindow(tcp, record, length, mss)) return nagleAllows(tcp, record, length, mss, nagle)
  limits.byRwnd = true
  return false
}

/** Segments the congestion window has room for; at least two super-segments a window. */
function cwndQuota(tcp: TcpSock): number {
  const { loss, window } = tcp
  const inFlight = loss.pipeSegs
  const cwnd = window.cwndSegs
  if (inFlight >= cwnd) return 0
  return Math.min(Math.max(Math.floor(cwnd / 2), 1), cwnd - inFlight)
}

export function fitsWindow(tcp: TcpSock, record: SendRecord, length: number, mss: number): boolean {
  const end = length > mss ? seq.add(record.seq, mss) : record.endSeq
  return seq.leq(end, seq.add(tcp.snd.una, tcp.snd.wnd))
}

/** RFC 9293 SHLD-7 with Minshall's variant: one small segment in flight, not one segment. */
function nagleHolds(tcp: TcpSock, isPartial: boolean, nagle: number): boolean {
  if (!isPartial) return false
  if ((nagle & CORKED) !== 0) return true
  const { snd, loss } = tcp
  return nagle === 0 && loss.outSegs > 0 && seq.gt(snd.small, snd.una) && seq.leq(snd.small, snd.nxt)
}

/** RFC 9293 MUST-38: a full segment, all there is when nothing is out, or half the largest window (segment-size.ts). */
function nagleAllows(tcp: TcpSock, record: SendRecord, length: number, mss: number, nagle: number): boolean {
  if ((nagle & PUSH_ONCE) !== 0 || tcp.snd.isUrgent || (record.flags & FIN) !== 0) return true
  return !nagleHolds(tcp, length < mss, nagle)
}

function splitPoint(tcp: TcpSock, record: SendRecord, length: number, mss: number, maxSegs: number, nagle: number): number {
  const wnd = seq.diff(seq.add(tcp.snd.una, tcp.snd.wnd), record.seq)
  const most = mss * maxSegs
  if (most <= wnd && record.next !== undefined) return most
  const needed = Math.min(length, wnd)
  if (most <= needed) return most
  const partial = needed % mss
  return nagleHolds(tcp, partial !== 0, nagle) ? needed - partial : needed
}

/** A super-segment waits for more window or data when an ACK is sure to come soon. */
function shouldDefer(tcp: TcpSock, record: SendRecord, length: number, maxSegs: number, limits: SendLimits, now: number): boolean {
  const { snd, loss, window, rtt, env } = tcp
  if (window.state === 'recovery' || window.state === 'loss') return false
  if (now - snd.lastTransmitAt > DEFER_WINDOW_US) return false
  const sendWindow = seq.diff(seq.add(snd.una, snd.wnd), record.seq)
  const congestionWindow = (window.cwndSegs - loss.pipeSegs) * snd.mss
  const limit = Math.min(sendWindow, congestionWindow)
  if (limit >= maxSegs * snd.mss) return false
  if (record.next !== undefined && limit >= length) return false
  const divisor = env.sysctl.tsoWinDivisor.value
  const enough = divisor > 0 ? Math.floor(Math.min(snd.wnd, window.cwndSegs * snd.mss) / divisor) : 3 * snd.mss + 1
  if (limit >= enough) return false
  const head = tcp.sendQueue.flightFirst
  if (head === undefined) return false
  // The next ACK would come too late: not within a millisecond, or half a shorter round trip.
  const srttUs = rtt.srttUs8 / 8
  if (head.sentAt + srttUs - now > Math.min(srttUs / 2, ACK_NEAR_US)) return false
  if (congestionWindow < sendWindow) {
    if (congestionWindow <= length) {
      limits.byCwnd = true
      return true
    }
  } else if (sendWindow <= length) {
    limits.byRwnd = true
    return true
  }
  return (record.flags & FIN) === 0 && !record.eor
}

/** RFC 7661: a window that is not used neither grows nor stays for ever. */
function validateWindow(tcp: TcpSock, isCwndLimited: boolean, now: number): void {
  const { window, loss, snd, rtt, env, control } = tcp
  if (seq.geq(snd.una, seq.seqOf(window.cwndUsageSeq)) || isCwndLimited || (!window.isCwndLimited && loss.outSegs > window.maxOutSegs)) {
    window.isCwndLimited = isCwndLimited
    window.maxOutSegs = loss.outSegs
    window.cwndUsageSeq = seq.toInt32(snd.nxt)
  }
  if (mayGrow(window)) {
    snd.cwndUsedSegs = 0
    snd.cwndStampAt = now
    return
  }
  snd.cwndUsedSegs = Math.max(snd.cwndUsedSegs, loss.outSegs)
  if (env.sysctl.slowStartAfterIdle.value !== 0 && now - snd.cwndStampAt >= rtt.rtoUs && !control.controlsWindow) decayWindow(tcp, now)
  // All is sent, the window has room, and a writer waits: the buffer is too small.
  if (tcp.wantsWriteWake && tcp.sendQueue.unsent === undefined) startChrono(tcp, 'sndbuf', now)
}

function decayWindow(tcp: TcpSock, now: number): void {
  const { window, snd } = tcp
  if (window.state === 'open' && !tcp.wantsWriteWake) {
    const used = Math.max(snd.cwndUsedSegs, INITIAL_CWND_SEGS)
    if (used < window.cwndSegs) {
      window.ssthresh = currentSsthresh(tcp)
      window.cwndSegs = Math.floor((window.cwndSegs + used) / 2)
    }
    snd.cwndUsedSegs = 0
  }
  snd.cwndStampAt = now
}

/** RFC 5681 4.1: after an idle spell the window starts again from the initial one. */
export function restartAfterIdle(tcp: TcpSock, now: number): void {
  const { window, loss, snd, rtt, env, control } = tcp
  if (env.sysctl.slowStartAfterIdle.value === 0 || loss.outSegs > 0 || control.controlsWindow) return
  let idleUs = now - snd.lastSentAt
  if (idleUs <= rtt.rtoUs) return
  let cwnd = window.cwndSegs
  const restart = Math.min(INITIAL_CWND_SEGS, cwnd)
  control.onEvent?.(window, 'cwnd-restart', now, snd.lastSentAt)
  window.ssthresh = currentSsthresh(tcp)
  for (idleUs -= rtt.rtoUs; idleUs > 0 && cwnd > restart; idleUs -= rtt.rtoUs) cwnd = Math.floor(cwnd / 2)
  window.cwndSegs = Math.max(cwnd, restart)
  snd.cwndStampAt = now
  snd.cwndUsedSegs = 0
}

/** Sends what waits, and times a probe when the window forbids all of it. */
export function pushPending(tcp: TcpSock, nagle: number, now: number, mss?: number): void {
  if (tcp.sendQueue.unsent === undefined || tcp.state === 'CLOSED') return
  if (writeXmit(tcp, mss ?? currentMss(tcp), nagle, 'all', now)) checkProbeTimer(tcp, now)
}

export function push(tcp: TcpSock, now: number): void { pushPending(tcp, tcp.snd.nagle, now) }

export function checkProbeTimer(tcp: TcpSock, now: number): void {
  const { loss, timers, rtt } = tcp
  if (loss.outSegs === 0 && timers.kind === 'idle') timers.armRetransmit('persist', now + Math.max(rtt.rtoUs, rtt.rtoMinUs))
}
