// A completed handshake becomes a connection (Linux: tcp_create_openreq_child): the child takes over the listener's
// settings and what the request negotiated, and waits in the accept queue.

import * as seq from '../../base/seq.ts'
import type { Request } from '../tcb/listener.ts'
import { initialiseReceiveMss } from '../tcb/establish.ts'
import { AccurateEcn, CE } from '../tcb/accurate-ecn.ts'
import { MD5_OPTION_BYTES } from '../segment/signature.ts'
import { inheritKey } from '../tcb/md5-keys.ts'
import { enterTable } from '../tcb/finish.ts'
import type { TcpEnv } from '../tcb/tcp-env.ts'
import { TcpSock } from '../tcb/tcp-sock.ts'
import { dropRequest } from './requests.ts'

/** The request leaves the tables, the child enters them in SYN-RECEIVED. */
export function createChild(env: TcpEnv, request: Request, advmss: number): TcpSock {
  const parent = request.listener
  const child = new TcpSock(env, parent.family, env.createCongestionControl(parent.control.name))
  inheritSettings(child, parent, request)
  const { flow, snd, rcv, negotiated } = child
  flow.source = request.local
  flow.destination = request.remote
  flow.trafficClass = request.trafficClass
  flow.deviceIndex = request.deviceIndex
  flow.hopLimit = parent.flow.hopLimit
  flow.mtuDiscover = parent.flow.mtuDiscover
  child.localPort = request.localPort
  child.remotePort = request.remotePort
  child.isPassive = true
  child.parent = parent
  negotiated.hasTimestamps = request.hasTimestamps
  negotiated.tsRecent = request.tsRecent
  negotiated.tsRecentAt = request.hasTimestamps ? Math.max(1, Math.floor(env.now / 1_000_000)) : 0
  negotiated.tsOffset = request.tsOffset
  negotiated.hasEcn = request.hasEcn
  if (request.isAccurate) {
    child.accurate = new AccurateEcn()
    if (request.synCodepoint === CE) child.accurate.marksReceived++
  }
  negotiated.hasSack = request.hasSack
  negotiated.hasWscale = request.hasWscale
  negotiated.sndWscale = request.sndWscale
  negotiated.rcvWscale = request.rcvWscale
  inheritKey(child, parent)
  negotiated.headerLen = (request.hasTimestamps ? 32 : 20) + (child.md5Key === undefined ? 0 : MD5_OPTION_BYTES)
  snd.iss = request.iss
  snd.una = seq.add(request.iss, 1)
  snd.nxt = snd.una
  snd.written = snd.una
  snd.pushed = snd.una
  snd.small = snd.una
  snd.up = snd.una
  snd.mssClamp = request.mss
  rcv.irs = request.irs
  rcv.nxt = seq.add(request.irs, 1)
  rcv.wup = rcv.nxt
  rcv.copied = rcv.nxt
  rcv.wnd = request.rcvWnd
  rcv.clamp = request.hasWscale ? request.windowClamp : Math.min(request.windowClamp, 65535)
  rcv.slowStartThreshold = request.rcvWnd
  rcv.advmss = advmss
  child.synAckSentAt = request.retransmits === 0 ? request.sentAt : 0
  child.synRetransmitted = request.retransmits > 1
  child.loss.totalRetransmits = request.retransmits
  countHandshake(child, request)
  dropRequest(env, request)
  initialiseReceiveMss(child)
  env.ports.inherit(child, parent)
  child.state = 'SYN-RECEIVED'
  enterTable(child)
  env.socks.add(child)
  env.syncMss(child)
  env.namespace.mib.tcp.PassiveOpens++
  return child
}

function inheritSettings(child: TcpSock, parent: TcpSock, { local, arrivedBy }: Request): void {
  const { acceptedOptions, segment } = child.env
  child.options = parent.options
  child.inet = acceptedOptions.of(parent.inet, segment.hopLimit, arrivedBy, child.isInet6, local.family === 4)
  // Linux: sk_clone; the class is each connection's own.
  if (child.options.priority !== 0) child.setOptions({ priority: 0 })
  child.followOptions()
  child.lingerOn = parent.lingerOn
  child.lingerSeconds = parent.lingerSeconds
  child.connection = parent.connection
  child.sndbuf = parent.sndbuf
  child.rcvbuf = parent.rcvbuf
  child.sndbufLocked = parent.sndbufLocked
  child.rcvbufLocked = parent.rcvbufLocked
  child.ownerPid = parent.ownerPid
  child.ownerUid = parent.ownerUid
  child.boundAddress = parent.boundAddress
  child.addressNamed = parent.addressNamed
  child.portNamed = parent.portNamed
  child.snd.userMss = parent.snd.userMss
  child.snd.nagle = parent.snd.nagle & 1
  child.rtt.rtoMinUs = parent.rtt.rtoMinUs
  child.rtt.rtoMaxUs = parent.rtt.rtoMaxUs
}

/** What TCP_INFO tells of the handshake: the SYN that came, the SYN-ACKs that had to be sent again. */
function countHandshake(child: TcpSock, request: Request): void {
  child.rcv.segsIn = 1
  child.loss.rtoCount = request.timeouts
  child.loss.rtoRecoveries = request.timeouts > 0 ? 1 : 0
}
