// SO_PEEK_OFF on streams, Unix and TCP (Linux: sk_peek_offset): a peek begins so many bytes behind the head and moves on by what it saw; a
// read moves the place back with the data. While it is off, -1, receiving is what it was.

import type { Errno } from '../base/errno.ts'
import { MSG_ERRQUEUE, MSG_OOB, MSG_PEEK } from '../base/posix.ts'
import { RCV_SHUTDOWN } from '../sock/sock.ts'
import type { Sock } from '../sock/sock.ts'
import type { ProtocolOps, ReceiveResult } from './protocol-ops.ts'

export type Receive<S extends Sock> = ProtocolOps<S>['receive']

/** While the offset is off, a receive costs one comparison more. */
export function receiveWithPeekOffset<S extends Sock>(receive: Receive<S>): Receive<S> {
  return (sock, buffer, offset, length, flags, result) =>
    sock.options.peekOffset < 0 || (flags & (MSG_OOB | MSG_ERRQUEUE)) !== 0 ? receive(sock, buffer, offset, length, flags, result)
      : (flags & MSG_PEEK) === 0 ? readOn(receive, sock, buffer, offset, length, flags, result)
          : peekOn(receive, sock, buffer, offset, length, flags, result)
}

function peekOn<S extends Sock>(receive: Receive<S>, sock: S, buffer: Uint8Array, offset: number, length: number, flags: number,
  result: ReceiveResult | undefined): number | Errno {
  const from = sock.options.peekOffset
  const whole = new Uint8Array(from + length)
  const count = receive(sock, whole, 0, whole.length, flags, result)
  if (typeof count === 'string') return count
  if (count <= from) return (sock.shutdownBits & RCV_SHUTDOWN) !== 0 || length === 0 ? 0 : 'EAGAIN'
  buffer.set(whole.subarray(from, count), offset)
  sock.setOptions({ peekOffset: count })
  return count - from
}

function readOn<S extends Sock>(receive: Receive<S>, sock: S, buffer: Uint8Array, offset: number, length: number, flags: number,
  result: ReceiveResult | undefined): number | Errno {
  const count = receive(sock, buffer, offset, length, flags, result)
  if (typeof count === 'number' && count > 0) sock.setOptions({ peekOffset: Math.max(0, sock.options.peekOffset - count) })
  return count
}
