// Unix stream, datagram and seqpacket sockets behind the socket interface (rows H1-H3).

import type { Errno } from '../base/errno.ts'
import { FIONREAD, SHUT_RD, SHUT_WR, SIOCATMARK, SIOCOUTQ, SOCK_DGRAM, SOCK_STREAM } from '../base/posix.ts'
import { RCV_SHUTDOWN, SEND_SHUTDOWN } from '../sock/sock.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import { acceptUnix, connectUnix, listenUnix } from '../unix/connect.ts'
import { receiveDatagram, refusesRecord, sendDatagram } from '../unix/datagram.ts'
import { receiveStream, sendStream } from '../unix/stream.ts'
import type { UnixProtocol } from '../unix/unix-protocol.ts'
import { UNNAMED } from '../unix/unix-sock.ts'
import type { UnixSock } from '../unix/unix-sock.ts'
import { isAtMark } from '../unix/urgent.ts'
import { receiveWithPeekOffset } from './peek-offset.ts'
import type { ProtocolOps, SocketFamily } from './protocol-ops.ts'

/** What is connected counts all unread bytes, a datagram socket only the next message's. */
function unread(sock: UnixSock): number {
  if (sock.type === SOCK_DGRAM) return sock.queue[0]?.bytes.length ?? 0
  return sock.queue.reduce((sum, each) => sum + each.bytes.length - each.taken, sock.passedUrgent)
}

function ioctl(sock: UnixSock, request: number): number | Errno {
  if (request === FIONREAD) return sock.state === 'listening' ? 'EINVAL' : unread(sock)
  if (request === SIOCATMARK) return sock.type === SOCK_STREAM ? Number(isAtMark(sock)) : 'EOPNOTSUPP'
  return request === SIOCOUTQ ? sock.sentCharge : 'ENOTTY'
}

function remoteAddress(sock: UnixSock): SocketAddress | Errno { return sock.peer?.name ?? sock.lostPeerName ?? (sock.state === 'connected' ? UNNAMED : 'ENOTCONN') }

const receiveAt = receiveWithPeekOffset(receiveStream)

export function unixFamily(unix: UnixProtocol): SocketFamily {
  const ops: ProtocolOps<UnixSock> = {
    name: 'UNIX',
    bind: (sock, address) => unix.bind(sock, address, sock.callerDirectory),
    connect: (sock, address) => connectUnix(unix, sock, address, sock.callerDirectory),
    callFrom: (sock, directory) => { sock.callerDirectory = directory },
    listen: listenUnix,
    accept: acceptUnix,
    pair(first, second) {
      unix.join(first, second)
      return 0
    },
    localAddress: sock => sock.name,
    remoteAddress,
    send: (sock, buffer, offset, length, flags, address, control) => sock.type === SOCK_STREAM
      ? sendStream(sock, buffer, offset, length, flags, address, control)
      : sendDatagram(unix, sock, buffer, offset, length, flags, address, control, sock.callerDirectory),
    receive: (sock, buffer, offset, length, flags, result) => sock.type === SOCK_STREAM
      ? receiveAt(sock, buffer, offset, length, flags, result)
      : receiveDatagram(sock, buffer, offset, length, flags, result),
    refusesToSend: refusesRecord,
    shutdown(sock, how) {
      unix.shutdown(sock, (how === SHUT_WR ? 0 : RCV_SHUTDOWN) | (how === SHUT_RD ? 0 : SEND_SHUTDOWN))
      return 0
    },
    release: sock => { unix.release(sock) },
    setOption: () => 'EOPNOTSUPP',
    getOption: () => 'EOPNOTSUPP',
    ioctl,
    readiness: sock => sock.readiness(),
    hasPeekOffset: () => true,
    isListening: sock => sock.state === 'listening',
    peerCredentials: sock => {
      const peer = sock.peerCredentials
      return peer === undefined ? [0, -1, -1] : [peer.pid, peer.uid, peer.gid]
    },
    queuedBytes: sock => ({ receive: sock.state === 'listening' ? sock.pending.length : unread(sock), send: sock.sentCharge }),
  }
  return { create: (family, type, protocol) => unix.create(family, type, protocol), ops: ops }
}
