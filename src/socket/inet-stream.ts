// TCP behind the socket interface (Linux: inet_stream_ops): states and errors of the calls; the work is tcp/user.

import { IpAddress } from '../base/address/ip.ts'
import type { Errno } from '../base/errno.ts'
import {
  AF_INET6, MSG_ERRQUEUE, MSG_FASTOPEN, MSG_OOB, MSG_TRUNC, SIOCATMARK, SIOCINQ, SIOCOUTQ, SIOCOUTQNSD, SOL_TCP, SO_KEEPALIVE,
  SO_TIMESTAMPING,
} from '../base/posix.ts'
import * as seq from '../base/seq.ts'
import type { ControlMessage } from '../sock/control-message.ts'
import { bindInet, notOfFamily } from '../sock/inet-bind.ts'
import { refusesSocketControl } from '../sock/inet-control.ts'
import { applyDestination } from '../sock/send-flow.ts'
import { receiveError } from '../sock/socket-errors.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import type { TcpProtocol } from '../tcp/protocol.ts'
import { timestampingChanged } from '../tcp/tcb/send-reports.ts'
import { unsentBytes } from '../tcp/tcb/send-space.ts'
import type { TcpSock } from '../tcp/tcb/tcp-sock.ts'
import { afterDisconnect, close, disconnect, shutdown } from '../tcp/user/close.ts'
import { TFO_CLIENT } from '../tcp/tcb/fast-open.ts'
import type { FirstData } from '../tcp/user/fast-open.ts'
import { activeOpen, passiveOpen, sendSyn } from '../tcp/user/open.ts'
import { keepAliveChanged } from '../tcp/user/options.ts'
import { readableBytes, receive, receivedControl } from '../tcp/user/receive.ts'
import { send } from '../tcp/user/send.ts'
import { inetLocalAddress, inetRemoteAddress } from './inet-name.ts'
import { getInetOption, setInetOption } from './option/inet.ts'
import { getFrom } from './option/table.ts'
import { setTcpOption, tcpOptions } from './option/tcp.ts'
import { receiveWithPeekOffset } from './peek-offset.ts'
import type { ProtocolOps, SocketFamily } from './protocol-ops.ts'

/** Control messages are looked at once the connection stands. */
function refusesControl(sock: TcpSock, control: readonly ControlMessage[] | undefined): Errno | undefined {
  return sock.state === 'ESTABLISHED' || sock.state === 'CLOSE-WAIT' ? refusesSocketControl(sock, control) : undefined
}

/** Where to, in the family of the socket; `undefined` dissolves. */
function destinationOf(sock: TcpSock, address: SocketAddress): { address: IpAddress, port: number, scopeId: number } | undefined | Errno {
  if (address.family === 'AF_UNSPEC') return undefined
  if (address.family === 'AF_INET' && !sock.isInet6) return { address: address.address, port: address.port, scopeId: 0 }
  if (address.family === 'AF_INET6' && sock.isInet6) {
    if (address.address.family === 4 && sock.inet.v6Only) return 'ENETUNREACH'
    return { address: address.address, port: address.port, scopeId: address.scopeId }
  }
  return notOfFamily(address, sock.isInet6)
}

function connect(tcp: TcpProtocol, sock: TcpSock, address: SocketAddress): 0 | Errno {
  const wanted = destinationOf(sock, address)
  if (wanted === undefined) {
    const isReset = sock.state !== 'CLOSED' && sock.state !== 'LISTEN'
    const isOnlyBound = sock.state === 'CLOSED' && sock.connectPhase === 'fresh'
    disconnect(sock, tcp.env.now)
    dissolve(tcp, sock, isOnlyBound)
    // The program that dissolves a connection hears of it too (Linux: tcp_disconnect).
    if (isReset) sock.error = 'ECONNRESET'
    tcp.flushDirty()
    return 0
  }
  if (sock.connectPhase === 'connected') return 'EISCONN'
  if (sock.connectPhase === 'connecting') return continueConnect(tcp, sock)
  if (sock.connectPhase === 'disconnecting') return 'EINVAL'
  if (sock.state !== 'CLOSED') return 'EISCONN'
  if (typeof wanted === 'string') return wanted
  return startConnect(tcp, sock, wanted)
}

function continueConnect(tcp: TcpProtocol, sock: TcpSock): 0 | Errno {
  if (sock.fastOpen?.isDeferred === true) return 'EISCONN'
  if (sock.state === 'SYN-SENT' || sock.state === 'SYN-RECEIVED') return 'EALREADY'
  if (sock.state === 'CLOSED') {
    const error = sock.takeError() ?? 'ECONNABORTED'
    disconnect(sock, tcp.env.now)
    dissolve(tcp, sock, false)
    return error
  }
  sock.connectPhase = 'connected'
  return 0
}

function startConnect(tcp: TcpProtocol, sock: TcpSock, wanted: { address: IpAddress, port: number, scopeId: number },
  firstData?: FirstData): 0 | Errno {
  const { flow } = sock
  let remote = wanted.address
  // The wildcard means this host.
  if (remote.isUnspecified) remote = remote.family === 4 ? IpAddress.LOOPBACK4 : IpAddress.LOOPBACK6
  if (wanted.scopeId !== 0 && flow.deviceIndex === 0 && remote.isLinkLocal) flow.deviceIndex = wanted.scopeId
  // Every link has such addresses: without one of them the question has no answer (Linux: tcp_v6_connect).
  if (remote.family === 6 && remote.isLinkLocal && flow.deviceIndex === 0) return 'EINVAL'
  const bound = sock.boundAddress
  if (!bound.isUnspecified && bound.family !== remote.family) return remote.family === 4 ? 'ENETUNREACH' : 'EINVAL'
  flow.destination = remote
  flow.source = bound.isUnspecified ? (remote.family === 4 ? IpAddress.ANY4 : IpAddress.ANY6) : bound
  applyDestination(sock, flow)
  // Bound to the mapped wildcard: a route there may be, an address to come from not (Linux: ip6_dst_lookup_tail).
  if (remote.family === 6 && bound.family === 4) {
    flow.route = undefined
    return tcp.env.namespace.ip.resolve(flow) ?? 'EAFNOSUPPORT'
  }
  const refused = activeOpen(sock, remote, wanted.port, tcp.env.now, firstData)
  tcp.flushDirty()
  if (refused !== undefined) {
    sock.remotePort = 0
    return refused
  }
  sock.connectPhase = 'connecting'
  return sock.fastOpen?.isDeferred === true ? 0 : 'EINPROGRESS'
}

/** MSG_FASTOPEN, or the first write after TCP_FASTOPEN_CONNECT: the SYN goes with the data, if a cookie is known. */
function sendFirst(tcp: TcpProtocol, sock: TcpSock, data: FirstData, flags: number,
  address: SocketAddress | undefined): number | Errno {
  const isDeferred = sock.fastOpen?.isDeferred === true
  if ((tcp.env.sysctl.fastOpen.value & TFO_CLIENT) === 0 || address?.family === 'AF_UNSPEC') return 'EOPNOTSUPP'
  if (isDeferred && sock.fastOpen !== undefined) {
    sock.fastOpen.isDeferred = false
    sendSyn(sock, tcp.env.now, data)
    tcp.flushDirty()
    return data.copied > 0 ? data.copied : 'EINPROGRESS'
  }
  if (sock.connectPhase === 'connected') return 'EISCONN'
  if (sock.connectPhase === 'connecting') {
    const result = continueConnect(tcp, sock)
    return result === 0 ? send(sock, data.buffer, data.offset, data.length, flags & ~MSG_FASTOPEN, tcp.env.now) : result
  }
  if (address === undefined) return 'EINVAL'
  const wanted = destinationOf(sock, address)
  if (wanted === undefined || typeof wanted === 'string') return wanted ?? 'EOPNOTSUPP'
  if (sock.state !== 'CLOSED') return 'EISCONN'
  const started = startConnect(tcp, sock, wanted, data)
  return started === 'EINPROGRESS' && data.copied > 0 ? data.copied : started
}

/** After AF_UNSPEC: a chosen port goes with its connection, a named one stays, and so does that of a socket that was only bound. */
function dissolve(tcp: TcpProtocol, sock: TcpSock, isOnlyBound: boolean): void {
  const any = sock.family === AF_INET6 ? IpAddress.ANY6 : IpAddress.ANY4
  sock.connectPhase = 'fresh'
  sock.isPassive = false
  sock.shutdownBits = 0
  sock.isDone = false
  sock.remotePort = 0
  sock.flow.destination = any
  sock.flow.route = undefined
  if (!sock.portNamed && !isOnlyBound) {
    // getsockname goes on telling it.
    const { localPort } = sock
    tcp.env.ports.unbind(sock)
    sock.localPort = localPort
  }
  if (!sock.addressNamed) sock.boundAddress = any
  sock.flow.source = sock.boundAddress
  const { snd } = sock
  snd.written = afterDisconnect(snd.written, snd.maxWnd)
}

function bind(tcp: TcpProtocol, sock: TcpSock, address: SocketAddress): 0 | Errno {
  const told = sock.localPort
  const isFree = sock.portHold === undefined && sock.state === 'CLOSED'
  if (isFree) sock.localPort = 0
  const result = bindInet(sock, tcp.env.ports, address, sock.state !== 'CLOSED')
  // In vain: the old port is told on, the address is none.
  if (result !== 0 && isFree) {
    sock.localPort = told
    if (result === 'EADDRINUSE') sock.boundAddress = sock.flow.source = sock.family === AF_INET6 ? IpAddress.ANY6 : IpAddress.ANY4
  }
  return result
}

/** What shutdown does to a connection attempt (Linux: inet_shutdown). */
function shutdownStream(tcp: TcpProtocol, sock: TcpSock, how: number): 0 | Errno {
  if (sock.state === 'SYN-SENT') return connect(tcp, sock, { family: 'AF_UNSPEC' })
  if (sock.connectPhase === 'connecting') {
    sock.connectPhase = sock.state === 'SYN-RECEIVED' || sock.state === 'CLOSED' ? 'disconnecting' : 'connected'
  }
  return shutdown(sock, how, tcp.env.now)
}

function listen(sock: TcpSock, backlog: number): 0 | Errno {
  if (sock.state !== 'LISTEN' && (sock.state !== 'CLOSED' || sock.connectPhase !== 'fresh')) return 'EINVAL'
  return passiveOpen(sock, backlog) ?? 0
}

function accept(sock: TcpSock): TcpSock | Errno {
  if (sock.state !== 'LISTEN' || sock.listener === undefined) return 'EINVAL'
  const child = sock.listener.acceptQueue.shift()
  if (child === undefined) return 'EAGAIN'
  child.parent = undefined
  child.connectPhase = 'connected'
  return child
}

function isConnected(sock: TcpSock): boolean { return sock.state !== 'CLOSED' && sock.state !== 'LISTEN' && sock.state !== 'SYN-SENT' }

function ioctl(sock: TcpSock, request: number): number | Errno {
  const isListening = sock.state === 'LISTEN'
  const isOpening = sock.state === 'SYN-SENT' || sock.state === 'SYN-RECEIVED'
  switch (request) {
    case SIOCINQ: return isListening ? 'EINVAL' : isOpening ? 0 : readableBytes(sock)
    case SIOCATMARK: return sock.rcv.urgent !== 'none' && sock.rcv.urgentSeq === sock.rcv.copied ? 1 : 0
    case SIOCOUTQ: return isListening ? 'EINVAL' : isOpening ? 0 : seq.diff(sock.snd.written, sock.snd.una)
    case SIOCOUTQNSD: return isListening ? 'EINVAL' : isOpening ? 0 : unsentBytes(sock)
    default: return 'ENOTTY'
  }
}

export function inetStreamFamily(tcp: TcpProtocol): SocketFamily {
  const options = tcpOptions()
  const { env } = tcp
  /** What a call started is finished before it returns. */
  function done<T>(result: T): T {
    if (!env.dirty.isEmpty) tcp.flushDirty()
    return result
  }
  const receiveAt = receiveWithPeekOffset<TcpSock>((sock, buffer, offset, length, flags, result) => {
    const count = receive(sock, buffer, offset, length, flags, env.now)
    if (result !== undefined && typeof count === 'number') result.control.push(...receivedControl(sock, count))
    return count
  })
  const ops: ProtocolOps<TcpSock> = {
    name: 'TCP',
    bind: (sock, address) => bind(tcp, sock, address),
    connect: (sock, address) => connect(tcp, sock, address),
    listen,
    accept,
    localAddress: inetLocalAddress,
    remoteAddress: sock => inetRemoteAddress(sock, isConnected(sock) && sock.remotePort !== 0),
    isOpening: sock => sock.connectPhase === 'connecting' && (sock.state === 'SYN-SENT' || sock.state === 'SYN-RECEIVED'),
    finishOpening: sock => continueConnect(tcp, sock),
    writerWaits: sock => { if (sock.fastOpen !== undefined) sock.fastOpen.hasWriter = true },
    acceptedAddress: sock => inetRemoteAddress(sock, sock.remotePort !== 0),
    send(sock, buffer, offset, length, flags, address, control, vectors): number | Errno {
      const isFirst = (flags & MSG_FASTOPEN) !== 0 || sock.fastOpen?.isDeferred === true
      if (isFirst) return done(sendFirst(tcp, sock, { buffer, offset, length, copied: 0 }, flags, address))
      return refusesControl(sock, control) ?? done(send(sock, buffer, offset, length, flags, env.now, vectors))
    },
    receive(sock, buffer, offset, length, flags, result): number | Errno {
      if ((flags & MSG_ERRQUEUE) !== 0) return receiveError(sock, buffer, offset, length, result)
      if ((flags & MSG_OOB) !== 0 && result !== undefined && sock.rcv.urgent === 'here' && !sock.options.oobInline) {
        result.flags |= length > 0 ? MSG_OOB : MSG_OOB | MSG_TRUNC
      }
      if (sock.options.peekOffset >= 0) return done(receiveAt(sock, buffer, offset, length, flags, result))
      const count = receive(sock, buffer, offset, length, flags, env.now)
      if (result !== undefined && typeof count === 'number') result.control.push(...receivedControl(sock, count))
      return done(count)
    },
    shutdown: (sock, how) => done(shutdownStream(tcp, sock, how)),
    release: sock => { done(close(sock, env.now)) },
    isLingering: sock => sock.state === 'FIN-WAIT-1' || sock.state === 'CLOSING' || sock.state === 'LAST-ACK',
    setOption(sock, level, name, value): 0 | Errno {
      return level === SOL_TCP ? done(setTcpOption(options, sock, name, value)) : setInetOption(sock, level, name, value)
    },
    getOption(sock, level, name, length, request): Uint8Array | Errno {
      return level === SOL_TCP ? getFrom(options, sock, name, length) : getInetOption(sock, level, name, length, request)
    },
    ioctl,
    hasPeekOffset: () => true,
    readiness: sock => sock.readiness(),
    isListening: sock => sock.state === 'LISTEN',
    optionChanged: (sock, name) => {
      if (name === SO_KEEPALIVE) keepAliveChanged(sock)
      else if (name === SO_TIMESTAMPING) timestampingChanged(sock)
    },
    queuedBytes: sock => ({ receive: sock.rcv.memory, send: sock.sendQueue.queuedBytes }),
  }
  return { create: family => tcp.create(family), ops }
}
