// The urgent byte of a Unix stream (row H2; Linux: manage_oob, unix_stream_recv_urg): MSG_OOB takes it out of the stream, a
// mark stays where it was, and reads end before it.

import type { Errno } from '../base/errno.ts'
import { MSG_OOB } from '../base/posix.ts'
import type { ReceiveReport } from '../sock/receive-report.ts'
import type { Message } from './message.ts'
import type { UnixSock } from './unix-sock.ts'

/** MSG_OOB: the urgent byte alone; its place in the stream stays marked. */
export function receiveUrgent(sock: UnixSock, buffer: Uint8Array, offset: number, length: number, isPeek: boolean,
  report: ReceiveReport | undefined): number | Errno {
  const { urgent } = sock
  if (urgent === undefined || sock.options.oobInline) return 'EINVAL'
  if (length > 0) buffer[offset] = urgent.bytes[0]
  if (report !== undefined) report.flags |= MSG_OOB
  if (!isPeek) {
    sock.urgent = undefined
    urgent.taken = 1
    const before = sock.queue[sock.queue.indexOf(urgent) - 1] as Message | undefined
    if (before !== undefined && isMark(before)) sock.removeMessage(before)
  }
  return 1
}

/** An urgent byte that was read: nothing is left of it but where it was. */
export function isMark(message: Message): boolean { return message.isUrgent === true && message.taken === 1 }

/** Where reading goes on at `at`: marks are passed, a read ends before the urgent byte; -1: here is an end (Linux: manage_oob). */
export function passMarks(sock: UnixSock, at: number, hasRead: boolean, isPeek: boolean): number {
  let next = at
  const mark = sock.queue.at(next)
  if (mark !== undefined && isMark(mark)) {
    if (hasRead && sock.urgent === undefined) return -1
    if (isPeek) next++
    else sock.removeMessage(mark)
  }
  const message = sock.queue.at(next)
  if (message === undefined || message !== sock.urgent) return next
  if (hasRead) return -1
  if (!isPeek) {
    sock.urgent = undefined
    if (!sock.options.oobInline) {
      sock.removeMessage(message)
      sock.passedUrgent++
    }
  } else if (!sock.options.oobInline) {
    next++
  }
  return next
}

/** SIOCATMARK. A listener is at one as long as somebody waits to be accepted: what waits there holds no bytes either. */
export function isAtMark({ pending, queue, urgent }: UnixSock): boolean {
  const first = queue.at(0)
  if (first === undefined) return pending.length > 0
  return first === urgent || (isMark(first) && (urgent === undefined || queue.at(1) === urgent))
}

/** Is there anything but a mark? */
export function hasUnread({ queue }: UnixSock): boolean {
  return queue.length > 1 || (queue.length === 1 && queue[0].taken < queue[0].bytes.length)
}
