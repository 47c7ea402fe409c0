// Messages with boundaries (Linux: unix_dgram_sendmsg, unix_seqpacket_sendmsg): datagrams to a name or the connected peer,
// and records over a seqpacket connection.

import type { Errno } from '../base/errno.ts'
import { MSG_OOB, MSG_PEEK, MSG_TRUNC, SOCK_SEQPACKET } from '../base/posix.ts'
import type { ControlMessage } from '../sock/control-message.ts'
import { WRITABLE } from '../sock/readiness.ts'
import type { ReceiveReport } from '../sock/receive-report.ts'
import { RCV_SHUTDOWN, SEND_SHUTDOWN } from '../sock/sock.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import { readAncillary, reportAncillary } from './ancillary.ts'
import { maySend } from './connect.ts'
import { datagramCharge } from './message.ts'
import type { Message } from './message.ts'
import { nothingThere, push } from './stream.ts'
import type { UnixProtocol } from './unix-protocol.ts'
import { UNNAMED } from './unix-sock.ts'
import type { UnixSock } from './unix-sock.ts'

/** A message must leave this much of the send buffer. */
const SLACK = 32

/** Seqpacket tells of errors first. */
export function refusesRecord(sock: UnixSock): Errno | undefined {
  if (sock.type !== SOCK_SEQPACKET) return undefined
  return sock.takeError() ?? (sock.state === 'connected' ? undefined : 'ENOTCONN')
}

export function sendDatagram(unix: UnixProtocol, sock: UnixSock, buffer: Uint8Array, offset: number, length: number, flags: number,
  address: SocketAddress | undefined, control: readonly ControlMessage[] | undefined, workingDirectory: string): number | Errno {
  const isSeqpacket = sock.type === SOCK_SEQPACKET
  const refused = refusesRecord(sock)
  if (refused !== undefined) return refused
  const ancillary = readAncillary(sock, control)
  if (typeof ancillary === 'string') return ancillary
  if ((flags & MSG_OOB) !== 0) return 'EOPNOTSUPP'
  const to = isSeqpacket ? undefined : address
  if (to !== undefined && (to.family !== 'AF_UNIX' || to.path === undefined)) return 'EINVAL'
  if (sock.options.passCredentials) unix.autobind(sock)
  if (length > sock.sndbuf - SLACK) return 'EMSGSIZE'
  if (sock.error !== undefined) return sock.takeError() ?? 'EPIPE'
  if ((sock.shutdownBits & SEND_SHUTDOWN) !== 0) return 'EPIPE'
  if (sock.sentCharge >= sock.sndbuf) return 'EAGAIN'
  const other = receiverOf(unix, sock, to, workingDirectory)
  if (typeof other === 'string') {
    // The message was made already: its room is free again (Linux: sock_wfree).
    if (other !== 'EAGAIN' && sock.hasRoom) sock.wake(WRITABLE)
    return other
  }
  const { filter } = other.options
  const wanted = filter === undefined ? length : Math.min(length, filter.run(filter.subject.ofBytes(buffer, offset, offset + length)))
  // The sender is not told what the receiver's filter threw away.
  if (filter === undefined || wanted > 0) push(sock, other, buffer.slice(offset, offset + wanted), datagramCharge(length), ancillary)
  return length
}

/** Who is to have it, if it may. */
function receiverOf(unix: UnixProtocol, sock: UnixSock, to: SocketAddress | undefined, workingDirectory: string): UnixSock | Errno {
  const other = to === undefined ? sock.peer : unix.find(to, sock.type, workingDirectory)
  if (typeof other === 'string') return other
  if (other === undefined) return sock.type === SOCK_SEQPACKET ? 'EPIPE' : 'ENOTCONN'
  if (other.isReleased) {
    // The peer is gone: told once, then there is none.
    sock.peer = undefined
    sock.discardQueue()
    return 'ECONNREFUSED'
  }
  if (sock.type !== SOCK_SEQPACKET && !maySend(sock, other)) return 'EPERM'
  if ((other.shutdownBits & RCV_SHUTDOWN) !== 0) return 'EPIPE'
  if (sock.type !== SOCK_SEQPACKET && other.isFullFor(sock)) {
    other.waitingSenders.add(sock)
    return 'EAGAIN'
  }
  return other
}

export function receiveDatagram(sock: UnixSock, buffer: Uint8Array, offset: number, length: number, flags: number,
  report: ReceiveReport | undefined): number | Errno {
  if (sock.type === SOCK_SEQPACKET && sock.state !== 'connected') return 'ENOTCONN'
  if ((flags & MSG_OOB) !== 0) return 'EOPNOTSUPP'
  if (sock.error !== undefined) return sock.takeError() ?? 0
  const isPeek = (flags & MSG_PEEK) !== 0
  const [message, from] = isPeek && sock.options.peekOffset >= 0 ? messageAt(sock, sock.options.peekOffset) : [sock.queue.at(0), 0]
  if (message === undefined) {
    const answer = nothingThere(sock)
    // A datagram reader that would not sleep is told to come again even after shutdown; only seqpacket has an end.
    return answer === 0 && sock.type !== SOCK_SEQPACKET ? 'EAGAIN' : answer
  }
  const rest = message.bytes.length - from
  const count = Math.min(length, rest)
  buffer.set(message.bytes.subarray(from, from + count), offset)
  if (report !== undefined) {
    report.address = message.sender.name === UNNAMED ? undefined : message.sender.name
    if (count < rest) report.flags |= MSG_TRUNC
  }
  reportAncillary(sock, message, report, isPeek)
  if (!isPeek) sock.takeMessage()
  else if (message.bytes.length === 0) message.isPeeked = true
  movePeekOffset(sock, isPeek ? count : -message.bytes.length)
  return (flags & MSG_TRUNC) === 0 ? count : rest
}

function movePeekOffset(sock: UnixSock, by: number): void {
  const { peekOffset } = sock.options
  if (peekOffset >= 0) sock.setOptions({ peekOffset: Math.max(0, peekOffset + by) })
}

/** SO_PEEK_OFF: the message in which the byte at `offset` lies, and where (Linux: __skb_try_recv_from_queue). */
function messageAt(sock: UnixSock, offset: number): readonly [Message | undefined, number] {
  let left = offset
  for (const each of sock.queue) {
    const { length } = each.bytes
    if (left < length || (left === 0 && each.isPeeked !== true)) return [each, left]
    left -= length
  }
  return [undefined, 0]
}
