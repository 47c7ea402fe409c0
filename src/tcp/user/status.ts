// STATUS (RFC 9293 3.10.6) as Linux gives it: struct tcp_info, field by field (row E16).

import type { CongestionState } from '../congestion/congestion-control.ts'
import { INFINITE_SSTHRESH } from '../congestion/congestion-control.ts'
import { STATE_NUMBER } from '../state.ts'
import { unsentBytes } from '../tcb/send-space.ts'
import type { AccurateEcn } from '../tcb/accurate-ecn.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'

export const TCP_INFO_BYTES = 280
const CONGESTION_NUMBER: Readonly<Record<CongestionState, number>> = Object.freeze({ open: 0, disorder: 1, cwr: 2, recovery: 3, loss: 4 })
const OPT_TIMESTAMPS = 1
const OPT_SACK = 2
const OPT_WSCALE = 4
const OPT_ECN = 8
const OPT_ECN_SEEN = 16
const OPT_SYN_DATA = 32
const OPT_TFO_CHILD = 128
const FAST_OPEN_FAILURES = Object.freeze(['none', 'cookie-unavailable', 'data-not-acked', 'syn-retransmitted'])

export function tcpInfo(tcp: TcpSock, now: number): Uint8Array {
  const bytes = new Uint8Array(TCP_INFO_BYTES)
  const view = new DataView(bytes.buffer)
  writeSmallFields(tcp, bytes)
  if (tcp.listener !== undefined) {
    view.setUint32(24, tcp.listener.acceptQueue.length, true)
    view.setUint32(28, tcp.listener.acceptQueue.backlog, true)
    return bytes
  }
  writeWords(tcp, view, now)
  writeTotals(tcp, view, now)
  if (tcp.accurate !== undefined) writeAccurate(tcp.accurate, view)
  return bytes
}

function writeSmallFields(tcp: TcpSock, bytes: Uint8Array): void {
  const { negotiated, loss, rtt } = tcp
  bytes[0] = STATE_NUMBER[tcp.state]
  bytes[1] = CONGESTION_NUMBER[tcp.window.state]
  bytes[2] = loss.retransmits
  bytes[3] = loss.probesOut
  bytes[4] = rtt.backoff
  bytes[5] = (negotiated.hasTimestamps ? OPT_TIMESTAMPS : 0) | (negotiated.hasSack ? OPT_SACK : 0) | (negotiated.hasWscale ? OPT_WSCALE : 0)
    | (negotiated.hasEcn ? OPT_ECN : 0) | (tcp.ecn.hasSeenEct ? OPT_ECN_SEEN : 0)
    | (tcp.fastOpen?.isSynDataAcked === true ? OPT_SYN_DATA : 0)
    | (tcp.fastOpen?.isChild === true ? OPT_TFO_CHILD : 0)
  bytes[6] = negotiated.sndWscale | (negotiated.rcvWscale << 4)
  bytes[7] = (loss.isRateAppLimited ? 1 : 0) | (FAST_OPEN_FAILURES.indexOf(tcp.fastOpen?.failure ?? 'none') << 1)
}

function writeWords(tcp: TcpSock, view: DataView, now: number): void {
  const { snd, rcv, loss, rtt, ack, window } = tcp
  const sinceMs = (at: number): number => at === 0 ? 0 : Math.floor((now - at) / 1000)
  const words = [
    rtt.rtoUs, ack.atoUs, snd.mss, rcv.mssEstimate, loss.outSegs, loss.sackedSegs, loss.lostSegs, loss.retransmittedSegs, 0,
    sinceMs(snd.lastSentAt), 0, sinceMs(ack.lastDataAt), sinceMs(tcp.lastReceivedAt),
    snd.pathMtu, rcv.slowStartThreshold, rtt.srttUs8 / 8, rtt.mdevUs / 4,
    window.ssthresh === INFINITE_SSTHRESH ? INFINITE_SSTHRESH : window.ssthreshSegs, window.smss === 0 ? 0 : window.cwndSegs, rcv.advmss,
    loss.reorderingSegs, rcv.rttUs8 / 8, rcv.spaceBytes, loss.totalRetransmits,
  ]
  for (const [i, word] of words.entries()) view.setUint32(8 + 4 * i, Math.floor(word), true)
}

function put64(view: DataView, at: number, value: number): void {
  const whole = Number.isFinite(value) ? Math.floor(value) : -1
  view.setUint32(at, whole < 0 ? 0xffffffff : whole % 4294967296, true)
  view.setUint32(at + 4, whole < 0 ? 0xffffffff : Math.floor(whole / 4294967296), true)
}

function writeTotals(tcp: TcpSock, view: DataView, now: number): void {
  const { snd, rcv, loss, rtt, options } = tcp
  const running = tcp.chrono === 'none' ? 0 : now - tcp.chronoStartedAt
  const rwnd = tcp.rwndLimitedUs + (tcp.chrono === 'rwnd' ? running : 0)
  const sndbuf = tcp.sndbufLimitedUs + (tcp.chrono === 'sndbuf' ? running : 0)
  const busy = tcp.busyUs + (tcp.chrono === 'busy' ? running : 0) + rwnd + sndbuf
  put64(view, 104, tcp.bytesPerSecond)
  put64(view, 112, options.maxPacingRate)
  put64(view, 120, snd.bytesAcked)
  put64(view, 128, rcv.bytesReceived)
  view.setUint32(136, snd.segsOut, true)
  view.setUint32(140, rcv.segsIn, true)
  view.setUint32(144, Math.max(0, unsentBytes(tcp)), true)
  view.setUint32(148, rtt.minRtt?.value ?? 0xffffffff, true)
  view.setUint32(152, rcv.dataSegsIn, true)
  view.setUint32(156, snd.dataSegsOut, true)
  put64(view, 160, loss.rateIntervalUs > 0 ? (loss.rateDeliveredSegs * snd.mss * 1_000_000) / loss.rateIntervalUs : 0)
  put64(view, 168, busy)
  put64(view, 176, rwnd)
  put64(view, 184, sndbuf)
  view.setUint32(192, loss.delivered, true)
  view.setUint32(196, loss.deliveredCe, true)
  put64(view, 200, snd.bytesSent)
  put64(view, 208, snd.bytesRetransmitted)
  view.setUint32(216, loss.dsackDuplicates, true)
  view.setUint32(220, loss.reorderingSeen, true)
  view.setUint32(224, rcv.outOfOrderSegs, true)
  view.setUint32(228, snd.wnd, true)
  view.setUint32(232, rcv.wnd, true)
  view.setUint16(240, loss.rtoCount, true)
  view.setUint16(242, loss.rtoRecoveries, true)
}

const COUNTERS_SEEN = 2
const ACE_NOT_RECEIVED = 2

/** RFC 9768's counters: marks as packets, then what the peer and we received, as bytes. */
function writeAccurate(accurate: AccurateEcn, view: DataView): void {
  const words = [
    accurate.marksReceived, accurate.ect1BytesDelivered, accurate.ect0BytesDelivered, accurate.ceBytesDelivered,
    accurate.ect1Bytes, accurate.ect0Bytes, accurate.ceBytes,
  ]
  for (const [i, word] of words.entries()) view.setUint32(248 + 4 * i, word, true)
  view.setUint16(276, accurate.isFieldCleared ? ACE_NOT_RECEIVED : 0, true)
  view.setUint16(278, accurate.sawOption ? COUNTERS_SEEN : 0, true)
}
