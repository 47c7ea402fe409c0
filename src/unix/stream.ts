// Bytes over a joined pair (row H2; Linux: unix_stream_sendmsg, unix_stream_read_generic): from one process's buffer to the
// other's, in pieces charged to the sender.

import type { Errno } from '../base/errno.ts'
import { MSG_OOB, MSG_PEEK } from '../base/posix.ts'
import type { ControlMessage } from '../sock/control-message.ts'
import { READABLE } from '../sock/readiness.ts'
import type { ReceiveReport } from '../sock/receive-report.ts'
import { RCV_SHUTDOWN, SEND_SHUTDOWN } from '../sock/sock.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import { readAncillary, reportAncillary, sameCredentials } from './ancillary.ts'
import type { Ancillary } from './ancillary.ts'
import { STREAM_PIECE, streamCharge } from './message.ts'
import type { Message } from './message.ts'
import { UNNAMED } from './unix-sock.ts'
import type { UnixSock } from './unix-sock.ts'

export function sendStream(sock: UnixSock, buffer: Uint8Array, offset: number, length: number, flags: number,
  address: SocketAddress | undefined, control: readonly ControlMessage[] | undefined): number | Errno {
  if ((flags & MSG_OOB) !== 0) return 'EOPNOTSUPP'
  const ancillary = readAncillary(sock, control)
  if (typeof ancillary === 'string') return ancillary
  if (address !== undefined) return sock.state === 'connected' ? 'EISCONN' : 'EOPNOTSUPP'
  const { peer } = sock
  if (peer === undefined && sock.state !== 'connected') return 'ENOTCONN'
  if ((sock.shutdownBits & SEND_SHUTDOWN) !== 0 || peer === undefined) return 'EPIPE'
  if ((peer.shutdownBits & RCV_SHUTDOWN) !== 0) return 'EPIPE'
  let done = 0
  while (done < length) {
    if (sock.sentCharge >= sock.sndbuf) break
    const piece = Math.min(length - done, STREAM_PIECE, Math.max(1, (sock.sndbuf >> 1) - 64))
    push(sock, peer, buffer.slice(offset + done, offset + done + piece), streamCharge(piece), done === 0 ? ancillary : { ...ancillary,
      files: undefined })
    done += piece
  }
  if (done === 0 && length > 0) return sock.takeError() ?? 'EAGAIN'
  return done
}

/** Hands one message over; its files are retained for it. */
export function push(sock: UnixSock, peer: UnixSock, bytes: Uint8Array, charge: number, ancillary: Ancillary): void {
  for (const file of ancillary.files ?? []) file.retain()
  sock.sentCharge += charge
  const { files, credentials } = ancillary
  peer.queue.push({ bytes, taken: 0, sender: sock, charge, from: sock.name, credentials, files })
  peer.wake(READABLE)
}

export function receiveStream(sock: UnixSock, buffer: Uint8Array, offset: number, length: number, flags: number,
  report: ReceiveReport | undefined): number | Errno {
  if ((flags & MSG_OOB) !== 0) return 'EOPNOTSUPP'
  if (sock.state !== 'connected') return 'EINVAL'
  if (sock.queue.length === 0) return nothingThere(sock, length)
  const isPeek = (flags & MSG_PEEK) !== 0
  let done = 0
  let at = 0
  let first: Message | undefined = undefined
  while (done < length || first === undefined) {
    const message = sock.queue[at]
    if (message === undefined) break
    // Bytes of different writers are not glued together where the reader asked who wrote them.
    if (first !== undefined && sock.options.passCredentials && !sameCredentials(first.credentials, message.credentials)) break
    if (first === undefined && report !== undefined) report.address = message.from === UNNAMED ? undefined : message.from
    const count = Math.min(length - done, message.bytes.length - message.taken)
    buffer.set(message.bytes.subarray(message.taken, message.taken + count), offset + done)
    done += count
    const hadFiles = message.files !== undefined
    if (first === undefined || hadFiles) reportAncillary(sock, message, report, isPeek)
    first = message
    const isWhole = message.taken + count === message.bytes.length
    if (isPeek) {
      at++
    } else {
      message.taken += count
      if (isWhole) sock.takeMessage()
    }
    // Nothing is read past a message that carried files (behaviour 58).
    if (!isWhole || hadFiles) break
  }
  return done
}

/** What a reader is told while the queue is empty: a pending error once, then end-of-file, else to come again. */
export function nothingThere(sock: UnixSock, length: number): number | Errno {
  if (length === 0 && sock.isConnectionOriented && sock.type === 1) return 0
  if (sock.error !== undefined) return sock.takeError() ?? 0
  return (sock.shutdownBits & RCV_SHUTDOWN) === 0 ? 'EAGAIN' : 0
}
