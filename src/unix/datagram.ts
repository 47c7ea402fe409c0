// Messages with boundaries (Linux: unix_dgram_sendmsg, unix_seqpacket_sendmsg): datagrams to a name or the connected peer,
// and records over a seqpacket connection.

import type { Errno } from '../base/errno.ts'
import { MSG_OOB, MSG_PEEK, MSG_TRUNC, SOCK_SEQPACKET } from '../base/posix.ts'
import type { ControlMessage } from '../sock/control-message.ts'
import type { ReceiveReport } from '../sock/receive-report.ts'
import { RCV_SHUTDOWN, SEND_SHUTDOWN } from '../sock/sock.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import { readAncillary, reportAncillary } from './ancillary.ts'
import { maySend } from './connect.ts'
import { datagramCharge } from './message.ts'
import { nothingThere, push } from './stream.ts'
import type { UnixProtocol } from './unix-protocol.ts'
import { UNNAMED } from './unix-sock.ts'
import type { UnixSock } from './unix-sock.ts'

/** A message must leave this much of the send buffer. */
const SLACK = 32

export function sendDatagram(unix: UnixProtocol, sock: UnixSock, buffer: Uint8Array, offset: number, length: number, flags: number,
  address: SocketAddress | undefined, control: readonly ControlMessage[] | undefined, workingDirectory: string): number | Errno {
  const isSeqpacket = sock.type === SOCK_SEQPACKET
  if (isSeqpacket && sock.error !== undefined) return sock.takeError() ?? 'EPIPE'
  if (isSeqpacket && sock.state !== 'connected') return 'ENOTCONN'
  const ancillary = readAncillary(sock, control)
  if (typeof ancillary === 'string') return ancillary
  if ((flags & MSG_OOB) !== 0) return 'EOPNOTSUPP'
  const other = isSeqpacket || address === undefined ? sock.peer : unix.find(address, sock.type, workingDirectory)
  if (typeof other === 'string') return other
  if (other === undefined) return isSeqpacket ? 'EPIPE' : 'ENOTCONN'
  if (length > sock.sndbuf - SLACK) return 'EMSGSIZE'
  if ((sock.shutdownBits & SEND_SHUTDOWN) !== 0) return 'EPIPE'
  if (sock.sentCharge >= sock.sndbuf) return 'EAGAIN'
  if (other.isReleased) {
    // The peer is gone: told once, then there is none.
    sock.peer = undefined
    return 'ECONNREFUSED'
  }
  if (!isSeqpacket && !maySend(sock, other)) return 'EPERM'
  if ((other.shutdownBits & RCV_SHUTDOWN) !== 0) return 'EPIPE'
  if (!isSeqpacket && other.isFullFor(sock)) {
    other.waitingSenders.add(sock)
    return 'EAGAIN'
  }
  push(sock, other, buffer.slice(offset, offset + length), datagramCharge(length), ancillary)
  return length
}

export function receiveDatagram(sock: UnixSock, buffer: Uint8Array, offset: number, length: number, flags: number,
  report: ReceiveReport | undefined): number | Errno {
  if ((flags & MSG_OOB) !== 0) return 'EOPNOTSUPP'
  if (sock.type === SOCK_SEQPACKET && sock.state !== 'connected') return 'ENOTCONN'
  if (sock.error !== undefined) return sock.takeError() ?? 0
  const message = sock.queue[0]
  if (message === undefined) {
    const answer = nothingThere(sock, length)
    // A datagram reader that would not sleep is told to come again even after shutdown; only seqpacket has an end.
    return answer === 0 && sock.type !== SOCK_SEQPACKET ? 'EAGAIN' : answer
  }
  const count = Math.min(length, message.bytes.length)
  buffer.set(message.bytes.subarray(0, count), offset)
  if (report !== undefined) {
    report.address = message.from === UNNAMED ? undefined : message.from
    if (count < message.bytes.length) report.flags |= MSG_TRUNC
  }
  const isPeek = (flags & MSG_PEEK) !== 0
  reportAncillary(sock, message, report, isPeek)
  if (!isPeek) sock.takeMessage()
  return (flags & MSG_TRUNC) === 0 ? count : message.bytes.length
}
