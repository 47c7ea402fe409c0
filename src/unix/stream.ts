// Bytes over a joined pair (row H2; Linux: unix_stream_sendmsg, unix_stream_read_generic): from one process's buffer to the
// other's, in pieces charged to the sender.

import type { Errno } from '../base/errno.ts'
import { MSG_OOB, MSG_PEEK, POLLPRI, SCM_CREDENTIALS, SOL_SOCKET } from '../base/posix.ts'
import type { ControlMessage } from '../sock/control-message.ts'
import { READABLE } from '../sock/readiness.ts'
import type { ReceiveReport } from '../sock/receive-report.ts'
import { RCV_SHUTDOWN, SEND_SHUTDOWN } from '../sock/sock.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import { readAncillary, reportAncillary, sameCredentials } from './ancillary.ts'
import type { Ancillary } from './ancillary.ts'
import { STREAM_PIECE, streamCharge } from './message.ts'
import type { Credentials, Message } from './message.ts'
import { UNNAMED } from './unix-sock.ts'
import type { UnixSock } from './unix-sock.ts'
import { passMarks, receiveUrgent } from './urgent.ts'

const NOBODY: Credentials = { pid: 0, uid: 65_534, gid: 65_534 }

export function sendStream(sock: UnixSock, buffer: Uint8Array, offset: number, length: number, flags: number,
  address: SocketAddress | undefined, control: readonly ControlMessage[] | undefined): number | Errno {
  const ancillary = readAncillary(sock, control)
  if (typeof ancillary === 'string') return ancillary
  const hasUrgent = (flags & MSG_OOB) !== 0
  if (hasUrgent && length === 0) return 'EOPNOTSUPP'
  if (address !== undefined) return sock.state === 'connected' ? 'EISCONN' : 'EOPNOTSUPP'
  const { peer } = sock
  if (peer === undefined && sock.state !== 'connected') return 'ENOTCONN'
  if ((sock.shutdownBits & SEND_SHUTDOWN) !== 0 || peer === undefined) return 'EPIPE'
  if ((peer.shutdownBits & RCV_SHUTDOWN) !== 0) return 'EPIPE'
  // MSG_OOB: the last byte is the urgent one.
  const plain = hasUrgent ? length - 1 : length
  let done = 0
  while (done < plain) {
    if (sock.sentCharge >= sock.sndbuf) break
    const piece = Math.min(plain - done, STREAM_PIECE, Math.max(1, (sock.sndbuf >> 1) - 64))
    push(sock, peer, buffer.slice(offset + done, offset + done + piece), streamCharge(piece), done === 0 ? ancillary : { ...ancillary,
      files: undefined })
    done += piece
  }
  if (hasUrgent && done === plain && sock.sentCharge < sock.sndbuf) {
    peer.urgent = push(sock, peer, buffer.slice(offset + done, offset + length), streamCharge(1), done === 0 ? ancillary : {
      ...ancillary, files: undefined,
    }, true)
    done++
  }
  if (done === 0 && length > 0) return sock.takeError() ?? 'EAGAIN'
  return done
}

/** Hands one message over; its files are retained for it. */
export function push(sock: UnixSock, peer: UnixSock, bytes: Uint8Array, charge: number, ancillary: Ancillary,
  isUrgent: boolean = false): Message {
  for (const file of ancillary.files ?? []) file.retain()
  sock.sentCharge += charge
  const { files } = ancillary
  // Who sends is noted only where somebody asked for it.
  const isNoted = ancillary.isTold || sock.options.passCredentials || peer.options.passCredentials || peer.isEmbryo
  const credentials = isNoted ? ancillary.credentials : NOBODY
  const message: Message = { bytes, taken: 0, sender: sock, charge, credentials, files }
  if (isUrgent) {
    message.isUrgent = true
    peer.urgent = message
  }
  peer.queue.push(message)
  peer.wake(isUrgent ? READABLE | POLLPRI : READABLE)
  return message
}

export function receiveStream(sock: UnixSock, buffer: Uint8Array, offset: number, length: number, flags: number,
  report: ReceiveReport | undefined): number | Errno {
  if (sock.state !== 'connected') return 'EINVAL'
  const isPeek = (flags & MSG_PEEK) !== 0
  if ((flags & MSG_OOB) !== 0) return receiveUrgent(sock, buffer, offset, length, isPeek, report)
  if (sock.queue.length === 0) return endOfQueue(sock, report)
  let done = 0
  let at = 0
  let first: Message | undefined = undefined
  // A look goes on past its bytes for descriptors, as Linux's does.
  while (isPeek || done < length || first === undefined) {
    at = passMarks(sock, at, done > 0, isPeek)
    const message = at < 0 ? undefined : sock.queue[at]
    if (message === undefined) {
      if (first === undefined) return endOfQueue(sock, report)
      break
    }
    // Bytes of different writers are not glued together where the reader asked who wrote them.
    if (first !== undefined && sock.options.passCredentials && !sameCredentials(first.credentials, message.credentials)) break
    if (first === undefined && report !== undefined) report.address = message.sender.name === UNNAMED ? undefined : message.sender.name
    const count = Math.min(length - done, message.bytes.length - message.taken)
    buffer.set(message.bytes.subarray(message.taken, message.taken + count), offset + done)
    done += count
    const hadFiles = message.files !== undefined
    if (first === undefined || hadFiles) reportAncillary(sock, message, report, isPeek)
    first = message
    const isWhole = message.taken + count === message.bytes.length
    if (isPeek) {
      at++
      if (hadFiles) break
      continue
    } else {
      message.taken += count
      if (isWhole) sock.takeMessage()
    }
    // Nothing is read past a message that carried files (behaviour 58).
    if (!isWhole || hadFiles) break
  }
  return done
}

/** At the end a stream tells credentials like any read, nobody's (Linux: unix_stream_read_generic). */
function endOfQueue(sock: UnixSock, report: ReceiveReport | undefined): number | Errno {
  const told = nothingThere(sock)
  if (told === 0 && report !== undefined && sock.options.passCredentials) {
    report.control.push({ level: SOL_SOCKET, type: SCM_CREDENTIALS, data: new Uint8Array(12) })
  }
  return told
}

/** What a reader is told while the queue is empty: a pending error once, then end-of-file, else to come again. */
export function nothingThere(sock: UnixSock): number | Errno {
  if (sock.error !== undefined) return sock.takeError() ?? 0
  return (sock.shutdownBits & RCV_SHUTDOWN) === 0 ? 'EAGAIN' : 0
}
