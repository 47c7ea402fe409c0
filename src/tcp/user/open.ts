// OPEN (RFC 9293 3.10.1): active, passive, and undoing either.

import type { Errno } from '../../base/errno.ts'
import type { IpAddress } from '../../base/address/ip.ts'
import * as seq from '../../base/seq.ts'
import { SYN } from '../../wire/tcp.ts'
import { Listener } from '../tcb/listener.ts'
import { initialSequence, timestampOffset } from '../tcb/isn.ts'
import { TFO_EVERY_LISTENER, TFO_SERVER, fastOpenOf } from '../tcb/fast-open.ts'
import { MD5_OPTION_BYTES } from '../segment/signature.ts'
import { keyFor } from '../tcb/md5-keys.ts'
import { initialiseReceiveMss } from '../tcb/establish.ts'
import { enterTable, keyOf } from '../tcb/finish.ts'
import { fullSpace, selectInitialWindow } from '../tcb/receive-space.ts'
import { leaveTimeWait } from '../tcb/time-wait.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { INITIAL_CWND_SEGS } from '../tcb/send-space.ts'
import { timestampMs } from '../recovery/records.ts'
import { advertisedMss } from '../output/advertised-mss.ts'
import { syncMss } from '../output/segment-size.ts'
import { transmitRecord, transmitSynData } from '../output/transmit.ts'
import { afterSynData, maySkipSyn, queueSynData } from './fast-open.ts'
import type { FirstData } from './fast-open.ts'

/** Sends the SYN from the address bound, else from the one IP chooses (RFC 9293 MUST-43, MUST-44), for good (MUST-45). */
export function activeOpen(tcp: TcpSock, remote: IpAddress, remotePort: number, now: number, firstData?: FirstData): Errno | undefined {
  const { env, flow } = tcp
  // RFC 9293 MUST-46: to one host only.
  const kind = env.namespace.ip.addressKind(remote)
  if (kind === 'multicast' || kind === 'broadcast') return 'ENETUNREACH'
  flow.destination = remote
  flow.route = undefined
  const unrouted = env.namespace.ip.resolve(flow)
  if (unrouted !== undefined) return unrouted
  tcp.remotePort = remotePort
  const portless = choosePort(tcp, now)
  if (portless !== undefined) return portless
  if (tcp.tableSlot < 0) enterTable(tcp)
  env.socks.add(tcp)
  // Refused before here, the socket goes on telling its old error (Linux: tcp_connect_init).
  tcp.error = undefined
  prepareSyn(tcp, now)
  tcp.setState('SYN-SENT', 'active OPEN')
  if (maySkipSyn(tcp, firstData, now)) return undefined
  sendSyn(tcp, now, firstData)
  return undefined
}

function choosePort(tcp: TcpSock, now: number): Errno | undefined {
  const { env } = tcp
  if (tcp.localPort !== 0 && tcp.portHold !== undefined) {
    env.ports.setAddress(tcp, tcp.flow.source)
    return isTupleFree(tcp, tcp.localPort, now) ? undefined : 'EADDRNOTAVAIL'
  }
  return env.ports.chooseForConnect(tcp, port => isTupleFree(tcp, port, now))
}

/** A TIME-WAIT may be taken over by a later timestamp (RFC 9293 SHLD-4; tcp_tw_reuse; RFC 6191). */
function isTupleFree(tcp: TcpSock, port: number, now: number): boolean {
  const { env } = tcp
  const key = keyOf(tcp, env.key)
  key.ports = (tcp.remotePort << 16) | port
  const value = env.connections.find(key)
  if (value === 0) return true
  if ((value & 1) === 1) return false
  const index = value / 2 - 1
  const { timeWaits, sysctl } = env
  const mayReuse = sysctl.twReuse.value === 1 || (sysctl.twReuse.value === 2 && tcp.flow.source.isLoopback)
  if (!mayReuse || !timeWaits.hasTimestamps(index) || timeWaits.isFinWait2(index)) return false
  if (now / 1_000_000 - timeWaits.tsRecentAt(index) <= sysctl.twReuseDelay.value / 1000) return false
  // The new connection begins above the old one's numbers and carries on its timestamps.
  tcp.snd.written = seq.seqOf(timeWaits.sndNxt(index) + 65535 + 2)
  tcp.negotiated.tsRecent = timeWaits.tsRecent(index)
  tcp.negotiated.tsRecentAt = timeWaits.tsRecentAt(index)
  leaveTimeWait(env, index, 'active OPEN')
  env.namespace.mib.tcpExt.TWRecycled++
  return true
}

function prepareSyn(tcp: TcpSock, now: number): void {
  const { env, snd, rcv, negotiated, rtt, loss, flow } = tcp
  tcp.md5Key = keyFor(tcp, flow.destination)
  const hasTimestamps = env.sysctl.timestamps.value !== 0 && tcp.md5Key === undefined
  const reused = seq.toInt32(snd.written)
  const iss = reused !== 0 ? reused : initialSequence(env, flow.source, tcp.localPort, flow.destination, tcp.remotePort, now)
  negotiated.tsOffset = hasTimestamps ? timestampOffset(env, flow.source, flow.destination) : 0
  negotiated.headerLen = tcp.md5Key !== undefined ? 20 + MD5_OPTION_BYTES : hasTimestamps ? 32 : 20
  snd.mssClamp = snd.userMss > 0 ? snd.userMss : 536
  snd.maxWnd = 0
  syncMss(tcp, env.namespace.ip.mtu(flow))
  rcv.advmss = advertisedMss(tcp)
  initialiseReceiveMss(tcp)
  const clamp = tcp.rcvbufLocked && (rcv.clamp === 0 || rcv.clamp > fullSpace(tcp)) ? fullSpace(tcp) : rcv.clamp
  const chosen = selectInitialWindow(env, fullSpace(tcp), rcv.advmss, clamp, env.sysctl.windowScaling.value !== 0)
  rcv.wnd = chosen.wnd
  rcv.clamp = chosen.clamp
  negotiated.rcvWscale = chosen.wscale
  rcv.slowStartThreshold = rcv.wnd
  snd.iss = seq.seqOf(iss)
  snd.una = snd.iss
  snd.nxt = snd.iss
  snd.written = seq.add(snd.iss, 1)
  snd.small = snd.iss
  snd.up = snd.iss
  snd.wnd = 0
  rtt.rtoUs = env.initialRtoUs
  rtt.backoff = 0
  loss.retransmits = 0
  tcp.accurate = undefined
  tcp.isDone = false
  tcp.isPassive = false
}

/** Sends the SYN; with Fast Open, and `firstData` to be said at once, with as much of it as a cookie allows. */
export function sendSyn(tcp: TcpSock, now: number, firstData?: FirstData): void {
  const { env, snd, loss, rtt, sendQueue } = tcp
  const record = sendQueue.append(snd.iss)
  record.flags = SYN
  record.endSeq = snd.written
  record.segs = 1
  tcp.window.resize(snd.mss)
  tcp.window.cwndSegs = INITIAL_CWND_SEGS
  // From here TCP_USER_TIMEOUT counts.
  loss.retransmitAt = timestampMs(now)
  tcp.synSentAt = now
  tcp.lastReceivedAt = now
  record.sentAt = now
  env.namespace.mib.tcp.ActiveOpens++
  const data = firstData === undefined ? undefined : queueSynData(tcp, firstData, now)
  if (data === undefined) transmitRecord(tcp, record, snd.mss, now)
  else transmitSynData(tcp, record, data, now)
  sendQueue.advance(record)
  sendQueue.markSent(record)
  record.wasSent = true
  loss.outSegs = 1
  if (data !== undefined) afterSynData(tcp, data, now)
  if (tcp.fastOpen !== undefined) tcp.fastOpen.offer = undefined
  snd.nxt = snd.written
  snd.pushed = snd.written
  tcp.timers.armRetransmit('rto', now + rtt.rtoUs)
}

/** LISTEN; again on a listener changes the backlog. Connections of the port are let be (RFC 9293 MUST-41, MUST-42). */
export function passiveOpen(tcp: TcpSock, backlog: number): Errno | undefined {
  const { env } = tcp
  const bounded = Math.min(backlog < 0 ? env.sysctl.somaxconn.value : backlog, env.sysctl.somaxconn.value)
  if (tcp.listener !== undefined) {
    tcp.listener.acceptQueue.backlog = bounded
    return undefined
  }
  if (tcp.portHold === undefined) {
    const refused = env.ports.bind(tcp, tcp.boundAddress, 0)
    if (refused !== undefined) return refused
  }
  const taken = env.ports.listen(tcp)
  if (taken !== undefined) return taken
  if ((env.sysctl.fastOpen.value & (TFO_SERVER | TFO_EVERY_LISTENER)) === (TFO_SERVER | TFO_EVERY_LISTENER)
    && (tcp.fastOpen?.maxPending ?? 0) === 0) fastOpenOf(tcp).maxPending = bounded
  tcp.listener = new Listener(bounded)
  tcp.shutdownBits = 0
  tcp.setState('LISTEN', 'passive OPEN')
  env.listeners.add(tcp)
  env.socks.add(tcp)
  return undefined
}
