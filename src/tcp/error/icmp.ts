// ICMP errors about our segments (RFC 9293 MUST-54, RFC 5927): believed only when the quoted sequence number is in flight;
// they end an opening connection and leave an established one a soft error (behaviours 25-27), unless
// net.sockeye.tcp_icmp_by_rfc asks for the RFC's way: hard errors always end it, soft ones never.

import * as seq from '../../base/seq.ts'
import type { IcmpError } from '../../ip/icmp-error.ts'
import { simpleRetransmit } from '../output/retransmit.ts'
import { syncMss } from '../output/segment-size.ts'
import { dropRequest } from '../listen/requests.ts'
import { failWith } from '../tcb/finish.ts'
import { isFastChild } from '../tcb/fast-open.ts'
import { Request } from '../tcb/listener.ts'
import { setRto } from '../tcb/rtt-estimator.ts'
import type { TcpEnv } from '../tcb/tcp-env.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { POLLERR } from '../../base/posix.ts'

const ICMP4_UNREACHABLE = 3
const ICMP6_UNREACHABLE = 1
const ICMP4_TIME_EXCEEDED = 11
const ICMP4_PARAMETER_PROBLEM = 12

export function icmpErrorArrives(env: TcpEnv, error: IcmpError): void {
  const { packet, quotedAt, quotedEnd } = error
  if (packet === undefined || quotedEnd - quotedAt < 8) return
  const { u8 } = packet
  const word = (offset: number): number => {
    const at = quotedAt + offset
    return (u8[at] << 24) | (u8[at + 1] << 16) | (u8[at + 2] << 8) | u8[at + 3]
  }
  const ports = word(0)
  const { key } = env
  key.l0 = error.local.w0
  key.l1 = error.local.w1
  key.l2 = error.local.w2
  key.l3 = error.local.w3
  key.r0 = error.remote.w0
  key.r1 = error.remote.w1
  key.r2 = error.remote.w2
  key.r3 = error.remote.w3
  key.ports = ((ports & 0xffff) << 16) | (ports >>> 16)
  const value = env.connections.find(key)
  if (value === 0 || (value & 1) === 0) return
  const found = env.objects.get((value - 1) / 2)
  const at = seq.seqOf(word(4))
  if (found instanceof Request) aboutRequest(env, found, at, error)
  else aboutConnection(env, found, at, error)
}

function aboutRequest(env: TcpEnv, request: Request, at: seq.SeqNumber, error: IcmpError): void {
  if (at !== request.iss) {
    env.namespace.mib.tcpExt.OutOfWindowIcmps++
    return
  }
  if (error.mtu > 0 || !(env.sysctl.icmpByRfc.value === 0 ? endsRequest(error) : isHard(error))) return
  env.namespace.mib.tcp.AttemptFails++
  env.namespace.mib.tcpExt.ListenDrops++
  dropRequest(env, request)
}

/** RFC 9293 3.9.2.2: protocol or port unreachable, or fragmentation needed (RFC 9293 SHLD-26); all else is soft (MUST-56). */
function isHard(error: IcmpError): boolean {
  return error.version === 6 ? error.fatal : error.type === ICMP4_UNREACHABLE && error.code >= 2 && error.code <= 4
}

/** Linux: tcp_req_err. For IPv4 that the peer cannot be reached, for IPv6 what is fatal. */
function endsRequest(error: IcmpError): boolean {
  if (error.version === 6) return error.fatal
  return error.type === ICMP4_TIME_EXCEEDED || error.type === ICMP4_PARAMETER_PROBLEM
    || (error.type === ICMP4_UNREACHABLE && (error.code === 0 || error.code === 1))
}

function aboutConnection(env: TcpEnv, tcp: TcpSock, at: seq.SeqNumber, error: IcmpError): void {
  const { snd } = tcp
  if (tcp.state === 'CLOSED') return
  // RFC 5927 4.1.
  const una = isFastChild(tcp) ? snd.iss : snd.una
  if (tcp.state !== 'LISTEN' && !seq.between(una, at, snd.nxt)) {
    env.namespace.mib.tcpExt.OutOfWindowIcmps++
    return
  }
  if (error.mtu > 0) {
    onPacketTooBig(env, tcp, error)
    return
  }
  // A Fast Open connection that was accepted is treated as one whose handshake is over.
  const isUsed = isFastChild(tcp) && tcp.parent === undefined
  const isOpening = tcp.state === 'SYN-SENT' || (tcp.state === 'SYN-RECEIVED' && !isUsed)
  if (env.sysctl.icmpByRfc.value === 0 ? isOpening : isHard(error)) {
    failWith(tcp, error.errno, 'abort')
    return
  }
  if (isLongDisconnection(error) && !isFastChild(tcp)) revertBackOff(tcp, at, env.now)
  // RFC 9293 MUST-47, SHLD-20, SHLD-25: whoever set IP_RECVERR is told, for others the error is kept as the reason of a time-out.
  const wantsErrors = error.version === 4 ? tcp.inet.receiveErrors : tcp.inet.receiveErrors6
  if (wantsErrors && !tcp.orphaned) {
    tcp.error = error.errno
    tcp.intents.wake |= POLLERR
    tcp.touch()
  } else {
    tcp.softError = error.errno
  }
}

/** RFC 6069 4: no route to the peer, say routers. For IPv6 Linux looks at "no route" alone. */
function isLongDisconnection(error: IcmpError): boolean {
  return error.version === 6 ? error.type === ICMP6_UNREACHABLE && error.code === 0
    : error.type === ICMP4_UNREACHABLE && (error.code === 0 || error.code === 1)
}

/** RFC 6069 4.2: the retransmission did not meet congestion, so its back-off goes back a step (Linux: tcp_ld_RTO_revert). */
function revertBackOff(tcp: TcpSock, at: seq.SeqNumber, now: number): void {
  const { rtt, loss, snd, timers, env } = tcp
  const head = tcp.sendQueue.flightFirst
  if (at !== snd.una || loss.retransmits === 0 || rtt.backoff === 0 || head === undefined) return
  rtt.backoff--
  if (rtt.srttUs8 === 0) rtt.rtoUs = env.initialRtoUs
  else setRto(rtt)
  rtt.rtoUs = Math.min(rtt.rtoUs * 2 ** rtt.backoff, rtt.rtoMaxUs)
  timers.armRetransmit('rto', Math.max(now, head.sentAt + rtt.rtoUs))
}

function onPacketTooBig(env: TcpEnv, tcp: TcpSock, error: IcmpError): void {
  if (tcp.state === 'LISTEN') return
  env.namespace.ip.updatePathMtu(tcp.flow.destination, error.mtu)
  const mtu = env.namespace.ip.mtu(tcp.flow)
  if (mtu >= tcp.snd.pathMtu || tcp.flow.mtuDiscover === 'dont') return
  syncMss(tcp, mtu)
  simpleRetransmit(tcp, env.now)
}
