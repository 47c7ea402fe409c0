// Fast Open at the listener (RFC 7413 4.2, 4.2b), where the application asked for it: a SYN with a valid cookie makes a connection
// at once, its data is readable before the handshake is done (Linux: tcp_try_fastopen). And the client's look at the SYN-ACK.

import { POLLIN, POLLRDNORM } from '../../base/posix.ts'
import * as seq from '../../base/seq.ts'
import { ACK, RST, SYN } from '../../wire/tcp.ts'
import { createChild } from '../listen/child.ts'
import { isAnswerLimited } from '../listen/requests.ts'
import { markLost } from '../recovery/records.ts'
import { currentSsthresh, setCongestionState } from '../recovery/reduction.ts'
import { rearmRto } from '../recovery/tail-loss-probe.ts'
import { cookieRequest } from '../segment/fast-open-cookie.ts'
import type { Cookie } from '../segment/fast-open-cookie.ts'
import type { Segment } from '../segment/segment.ts'
import { establish } from '../tcb/establish.ts'
import {
  TFO_SERVER, TFO_SERVER_NO_COOKIE, fastOpenOf, forgetRequest, hasFastRoom, makeCookie,
} from '../tcb/fast-open.ts'
import type { Request } from '../tcb/listener.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { acceptPayload } from './data.ts'
import { scheduleAck } from './answers.ts'
import { takeReset } from './reset-and-syn.ts'
import type { Verdict } from './verdict.ts'

function sameBytes(a: Uint8Array, b: Uint8Array): boolean { return a.length === b.length && a.every((octet, i) => octet === b[i]) }

/** What a presented cookie is worth: 1 the current key's, 2 the former key's (RFC 7413 4.1.2b), 0 nothing (RFC 7413 4.1.2a). */
function rank(request: Request, cookie: Cookie): number {
  const { env } = request.listener
  const keys = env.fastOpen.keys(request.listener)
  return keys.findIndex(key => sameBytes(makeCookie(env, key, request.remote, request.local), cookie.bytes)) + 1
}

/** A connection before its time, or undefined: an ordinary request, perhaps with a cookie to send. */
export function tryFastOpen(request: Request, seg: Segment, advmss: number, now: number): TcpSock | undefined {
  const { listener } = request
  const { env } = listener
  const { mib } = env.namespace
  const { cookie } = seg
  const bits = env.sysctl.fastOpen.value
  const wantsCookie = cookie !== undefined && cookie.bytes.length === 0
  if (wantsCookie) mib.tcpExt.TCPFastOpenCookieReqd++
  if ((bits & TFO_SERVER) === 0 || (seg.len === 0 && cookie === undefined) || !hasFastRoom(listener, now)) return undefined
  if ((bits & TFO_SERVER_NO_COOKIE) !== 0 || listener.fastOpen?.noCookie === true) return open(request, seg, advmss, now)
  if (cookie === undefined) return undefined
  const bytes = makeCookie(env, env.fastOpen.keys(listener)[0], request.remote, request.local)
  const current: Cookie = { bytes, isExperimental: cookie.isExperimental }
  const worth = wantsCookie ? 0 : rank(request, cookie)
  if (worth !== 1) request.cookie = current
  if (worth > 0) {
    if (worth === 2) mib.tcpExt.TCPFastOpenPassiveAltKey++
    return open(request, seg, advmss, now)
  }
  if (!wantsCookie) mib.tcpExt.TCPFastOpenPassiveFail++
  return undefined
}

function open(request: Request, seg: Segment, advmss: number, now: number): TcpSock {
  const { listener } = request
  const child = createChild(listener.env, request, advmss)
  const state = fastOpenOf(child)
  state.request = request
  state.isChild = true
  fastOpenOf(listener).pending++
  listener.namespace.mib.tcpExt.TCPFastOpenPassive++
  child.snd.wnd = seg.wnd
  child.snd.maxWnd = seg.wnd
  child.snd.wl1 = seg.seq
  child.timers.armRetransmit('rto', now + listener.env.initialRtoUs)
  establish(child, now)
  if (seg.len > 0) {
    seg.seq = child.rcv.nxt
    acceptPayload(child, seg)
    child.rcv.nxt = seq.add(child.rcv.nxt, seg.len)
    child.rcv.wup = child.rcv.nxt
    // RFC 7413 4.2a: the SYN-ACK acknowledges it.
    request.dataLen = seg.len
    state.isSynDataAcked = true
  }
  listener.listener?.acceptQueue.push(child)
  listener.intents.wake |= POLLIN | POLLRDNORM
  listener.touch()
  return child
}

/** A segment while the SYN-ACK is unanswered (Linux: tcp_check_req for a child). Undefined: go on with the steps. */
export function checkFastChild(tcp: TcpSock, seg: Segment, now: number): Verdict | undefined {
  const request = tcp.fastOpen?.request
  if (request === undefined) return undefined
  const flags = seg.flags & (RST | SYN | ACK)
  if (seg.seq === request.irs && flags === SYN) {
    if (!isAnswerLimited(request, now)) {
      tcp.intents.synAck = true
      tcp.touch()
    }
    return 'tcp-outside-window'
  }
  const rcvNxt = seq.add(request.irs, 1 + request.dataLen)
  const edge = seq.add(rcvNxt, request.rcvWnd)
  const isIn = seq.lt(seg.seq, edge) && seq.geq(seg.endSeq, rcvNxt)
  if (!isIn && !(seg.seq === edge && seg.seq === seg.endSeq)) {
    if ((flags & RST) === 0 && !isAnswerLimited(request, now)) {
      scheduleAck(tcp)
      tcp.intents.answers++
    }
    return 'tcp-outside-window'
  }
  if ((flags & RST) !== 0) {
    forgetRequest(tcp, true, now)
    return takeReset(tcp)
  }
  if ((flags & SYN) !== 0) {
    tcp.env.wantsReset = true
    return 'tcp-syn-in-window'
  }
  return (flags & ACK) === 0 ? 'tcp-flags' : undefined
}

/** The ACK of the SYN-ACK came (Linux: tcp_rcv_synrecv_state_fastopen). */
export function completeFastChild(tcp: TcpSock, now: number): void {
  tcp.loss.retransmitAt = 0
  tcp.loss.retransmits = 0
  forgetRequest(tcp, false, now)
  rearmRto(tcp, now)
}

/** The SYN-ACK for a SYN of ours with option or data. True when the data must be sent again. */
export function takeFastSynAck(tcp: TcpSock, seg: Segment): boolean {
  const { fastOpen, loss, env, flow, snd, window } = tcp
  if (fastOpen === undefined || !(fastOpen.sentOption || fastOpen.hasSynData)) return false
  const { mib } = env.namespace
  const data = fastOpen.hasSynData ? tcp.sendQueue.flightFirst : undefined
  const cookie = fastOpen.sentOption ? seg.cookie : undefined
  let tryExperimental = 0
  if (fastOpen.sentOption && loss.totalRetransmits === 0 && cookie === undefined && !fastOpen.hasSynData) {
    tryExperimental = fastOpen.sentExperimental ? 2 : 1
  }
  env.fastOpen.remember(flow.source, flow.destination, seg.mss === 0 ? 536 : seg.mss, cookie ?? cookieRequest(false), tryExperimental)
  if (data === undefined) {
    fastOpen.isSynDataAcked = fastOpen.hasSynData
    if (fastOpen.isSynDataAcked) {
      mib.tcpExt.TCPFastOpenActive++
      if (loss.delivered > 1) loss.delivered--
    }
    return false
  }
  // RFC 7413 4.2.2: only the SYN was acknowledged.
  fastOpen.failure = loss.totalRetransmits > 0 ? 'syn-retransmitted' : 'data-not-acked'
  for (let record: typeof data | undefined = data; record?.wasSent === true; record = record.next) markLost(tcp, record)
  if (window.state !== 'loss') {
    loss.highSeq = snd.nxt
    window.ssthresh = currentSsthresh(tcp)
    loss.priorSsthresh = 0
    loss.hasUndo = false
    setCongestionState(tcp, 'loss')
  }
  tcp.intents.recover = 'lost'
  mib.tcpExt.TCPFastOpenActiveFail++
  tcp.touch()
  return true
}
