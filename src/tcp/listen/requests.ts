// The SYN queue (row E3): a SYN becomes a request, a fitting ACK turns it into a connection, time discards it.

import type { Instant } from '../../base/time.ts'
import * as seq from '../../base/seq.ts'
import type { IpPacketInfo } from '../../ip/ip-packet-info.ts'
import type { TimerTarget } from '../../base/stack-timers.ts'
import { ECN_MASK } from '../tcb/accurate-ecn.ts'
import { agreesToEcn } from '../tcb/ecn.ts'
import { Request } from '../tcb/listener.ts'
import { keyFor } from '../tcb/md5-keys.ts'
import { initialSequence, timestampOffset } from '../tcb/isn.ts'
import { fullSpace, selectInitialWindow } from '../tcb/receive-space.ts'
import type { TcpEnv } from '../tcb/tcp-env.ts'
import type { TupleKey } from '../tcb/connection-table.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { becomeCookie } from './cookies.ts'
import type { Segment } from '../segment/segment.ts'

export const SYN_ACK_TIMEOUT_US = 1_000_000

export function requestKey(request: Request, key: TupleKey): TupleKey {
  const { remote, local } = request
  key.r0 = remote.w0
  key.r1 = remote.w1
  key.r2 = remote.w2
  key.r3 = remote.w3
  key.l0 = local.w0
  key.l1 = local.w1
  key.l2 = local.w2
  key.l3 = local.w3
  key.ports = (request.remotePort << 16) | request.localPort
  return key
}

/** A SYN for `listener`: undefined when it must be dropped (queues full). `isn` 0: choose one. */
export function makeRequest(listener: TcpSock, seg: Segment, info: IpPacketInfo, isn: number, now: number): Request | undefined {
  const { env, snd } = listener
  const queues = listener.listener
  const { mib } = env.namespace
  if (queues === undefined) return undefined
  const { syncookies } = env.sysctl
  const wantsCookie = isn === 0 && (queues.isSynQueueFull || syncookies.value === 2)
  if (wantsCookie && syncookies.value !== 0) {
    mib.tcpExt.TCPReqQFullDoCookies++
  } else if (wantsCookie) {
    mib.tcpExt.TCPReqQFullDrop++
    mib.tcpExt.ListenDrops++
    return undefined
  }
  if (isAcceptQueueFull(listener)) return undefined
  const remote = info.source()
  const local = info.destination()
  const request = new Request(listener, local, seg.dstPort, remote, seg.srcPort)
  request.family = listener.family
  request.irs = seg.seq
  const offered = seg.mss === 0 ? (info.version === 4 ? 536 : 1220) : seg.mss
  request.mss = snd.userMss > 0 ? Math.min(offered, snd.userMss) : offered
  // RFC 7323 3.2a.
  request.hasTimestamps = seg.hasTimestamp && env.sysctl.timestamps.value !== 0
  request.tsRecent = request.hasTimestamps ? seg.tsVal : 0
  const ecn = agreesToEcn(listener, seg.flags, seg.trafficClass)
  request.hasEcn = ecn !== 'none'
  request.isAccurate = ecn === 'accurate' && !wantsCookie
  request.synCodepoint = seg.trafficClass & ECN_MASK
  request.hasSack = seg.hasSackPermitted && env.sysctl.sack.value !== 0
  // A signature leaves no room for timestamps and SACK blocks both.
  if (listener.md5Keys !== undefined && request.hasSack && keyFor(listener, remote) !== undefined) request.hasTimestamps = false
  request.hasWscale = seg.wscale >= 0 && env.sysctl.windowScaling.value !== 0
  request.sndWscale = request.hasWscale ? seg.wscale : 0
  request.tsOffset = request.hasTimestamps ? timestampOffset(env, local, remote) : 0
  request.iss = seq.seqOf(isn !== 0 ? isn : initialSequence(env, local, seg.dstPort, remote, seg.srcPort, now))
  request.trafficClass = listener.flow.trafficClass
  request.deviceIndex = listener.flow.deviceIndex === 0 ? info.scopeDevice : listener.flow.deviceIndex
  request.arrivedBy = info.deviceIndex
  if (wantsCookie) becomeCookie(env, request, now)
  return request
}

/** No room for one more connection: counted. */
export function isAcceptQueueFull(listener: TcpSock): boolean {
  if (listener.listener?.acceptQueue.isFull !== true) return false
  const { mib } = listener.env.namespace
  mib.tcpExt.ListenOverflows++
  mib.tcpExt.ListenDrops++
  return true
}

/** The window its SYN-ACK offers, from the listener's buffer. */
export function chooseWindow(request: Request, mss: number): void {
  const { listener } = request
  const { env, rcv } = listener
  const space = fullSpace(listener)
  let { clamp } = rcv
  // Who set SO_RCVBUF wants no larger window, nor the scale for one.
  if (listener.rcvbufLocked && (clamp === 0 || clamp > space)) clamp = space
  const chosen = selectInitialWindow(env, space, mss, clamp, request.hasWscale)
  request.rcvWnd = chosen.wnd
  request.windowClamp = chosen.clamp
  request.rcvWscale = chosen.wscale
}

/** A cookie is kept nowhere. */
export function queueRequest(env: TcpEnv, request: Request, timerTarget: TimerTarget, now: number): void {
  if (request.isCookie) return
  const queues = request.listener.listener
  if (queues === undefined) return
  queues.requests.add(request)
  queues.youngCount++
  request.handle = env.objects.add(request)
  env.connections.set(requestKey(request, env.key), request.handle * 2 + 1)
  request.timer = env.namespace.timers.allocate(timerTarget, request.handle)
  env.namespace.timers.arm(request.timer, now + SYN_ACK_TIMEOUT_US as Instant)
}

/** Out of both tables: answered, expired, reset, or its listener is gone. */
export function dropRequest(env: TcpEnv, request: Request): void {
  const queues = request.listener.listener
  if (queues?.requests.delete(request) === true && request.timeouts === 0) queues.youngCount--
  if (request.handle < 0) return
  const key = requestKey(request, env.key)
  if (env.connections.find(key) === request.handle * 2 + 1) env.connections.remove(key)
  env.objects.remove(request.handle)
  env.namespace.timers.free(request.timer)
  request.handle = -1
}

/** Answers to what is no progress go once in tcp_invalid_ratelimit, whoever asks (RFC 5961 7; Linux: tcp_oow_rate_limited). */
export function isAnswerLimited(request: Request, now: number): boolean {
  const { env } = request.listener
  if (request.lastAnswerAt !== 0 && now - request.lastAnswerAt < env.sysctl.invalidRatelimit.value * 1000) {
    env.namespace.mib.tcpExt.TCPACKSkippedSynRecv++
    return true
  }
  request.lastAnswerAt = Math.max(1, now)
  return false
}

/** What a segment for a half-open connection does to it (Linux: tcp_check_req). */
export type RequestOutcome = 'ignore' | 'repeat SYN-ACK' | 'bad ACK' | 'answer' | 'reset' | 'forget' | 'wait' | 'open'
