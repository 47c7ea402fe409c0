// listen, connect and accept between Unix sockets (Linux: unix_listen, unix_stream_connect, unix_dgram_connect).

import type { Errno } from '../base/errno.ts'
import { READABLE, WRITABLE } from '../sock/readiness.ts'
import { RCV_SHUTDOWN } from '../sock/sock.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import { UNNAMED } from './unix-sock.ts'
import type { UnixSock } from './unix-sock.ts'
import type { UnixProtocol } from './unix-protocol.ts'

export function listenUnix(sock: UnixSock, backlog: number): 0 | Errno {
  if (!sock.isConnectionOriented) return 'EOPNOTSUPP'
  if (sock.name === UNNAMED) return 'EINVAL'
  if (sock.state === 'connected') return 'EINVAL'
  sock.state = 'listening'
  if (backlog > sock.backlog) wakeConnectors(sock)
  sock.backlog = backlog
  sock.peerCredentials = sock.credentials
  return 0
}

function wakeConnectors(listener: UnixSock): void {
  for (const waiting of listener.waitingConnects) waiting.wake(WRITABLE)
  listener.waitingConnects.clear()
}

export function connectUnix(unix: UnixProtocol, sock: UnixSock, address: SocketAddress, workingDirectory: string): 0 | Errno {
  return sock.isConnectionOriented ? connectStream(unix, sock, address, workingDirectory) : connectDatagram(unix, sock, address,
    workingDirectory)
}

function connectStream(unix: UnixProtocol, sock: UnixSock, address: SocketAddress, workingDirectory: string): 0 | Errno {
  if (address.family !== 'AF_UNIX') return 'EINVAL'
  const listener = unix.find(address, sock.type, workingDirectory)
  if (typeof listener === 'string') return listener
  if (listener.state !== 'listening' || (listener.shutdownBits & RCV_SHUTDOWN) !== 0) return 'ECONNREFUSED'
  if (listener.pending.length > listener.backlog) {
    listener.waitingConnects.add(sock)
    return 'EAGAIN'
  }
  if (sock.state !== 'unconnected') return sock.state === 'connected' ? 'EISCONN' : 'EINVAL'
  if (sock.options.passCredentials) unix.autobind(sock)
  const ours = unix.create(listener.family, listener.type, listener.protocol)
  ours.ownerPid = listener.ownerPid
  ours.ownerUid = listener.ownerUid
  ours.gid = listener.gid
  ours.name = listener.name
  ours.isEmbryo = true
  ours.setOptions({ passCredentials: listener.options.passCredentials })
  unix.join(sock, ours)
  sock.peerCredentials = listener.peerCredentials
  listener.pending.push(ours)
  listener.wake(READABLE)
  return 0
}

/** A datagram socket's peer must be free to hear us: unconnected, or connected to us. */
export function maySend(sock: UnixSock, other: UnixSock): boolean { return other.peer === undefined || other.peer === sock }

/** What the old peer sent is lost; it hears of that if it is connected to us. */
function partFrom(sock: UnixSock, old: UnixSock): void {
  old.connectors.delete(sock)
  if (sock.queue.length === 0) return
  sock.discardQueue()
  if (!old.isReleased && old.peer === sock) old.reportError('ECONNRESET')
}

function connectDatagram(unix: UnixProtocol, sock: UnixSock, address: SocketAddress, workingDirectory: string): 0 | Errno {
  let other: UnixSock | undefined = undefined
  if (address.family !== 'AF_UNSPEC') {
    const found = unix.find(address, sock.type, workingDirectory)
    if (typeof found === 'string') return found
    if (!maySend(sock, found)) return 'EPERM'
    if (sock.options.passCredentials) unix.autobind(sock)
    other = found
  }
  const old = sock.peer
  sock.peer = other
  // Whoever waited for room with the old peer looks again, be the new one the same.
  if (old !== undefined) sock.wake(WRITABLE)
  if (old !== undefined && old !== other) partFrom(sock, old)
  other?.connectors.add(sock)
  return 0
}

export function acceptUnix(sock: UnixSock): UnixSock | Errno {
  if (!sock.isConnectionOriented) return 'EOPNOTSUPP'
  if (sock.state !== 'listening') return 'EINVAL'
  const ours = sock.pending.shift()
  if (ours === undefined) return 'EAGAIN'
  wakeConnectors(sock)
  ours.isEmbryo = false
  return ours
}
