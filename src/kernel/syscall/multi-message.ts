// sendmmsg and recvmmsg (row F4): several messages in one call. An error after the first message is for the next call,
// except that a sender meets it again by itself.

import type { Errno } from '../../base/errno.ts'
import { MSG_DONTWAIT, MSG_WAITFORONE } from '../../base/posix.ts'
import { SocketFile } from '../socket-file.ts'
import type { ProcessState } from '../process-state.ts'
import type { MultiMessage } from '../syscalls.ts'

/** UIO_MAXIOV. */
const MOST_MESSAGES = 1024

type Move<R> = (each: MultiMessage, flags: number) => R

export function manyMessages(messages: readonly MultiMessage[], flags: number, move: Move<number | Errno>): number | Errno {
  let count = 0
  for (const each of messages.slice(0, MOST_MESSAGES)) {
    const result = move(each, flags)
    if (typeof result === 'string') return count === 0 ? result : count
    each.length = result
    count++
  }
  return count
}

export function keepForNextCall(process: ProcessState, fd: number, error: Errno): void {
  const file = process.fds.get(fd)
  if (error !== 'EAGAIN' && error !== 'EINTR' && file instanceof SocketFile) file.socket.sock.error ??= error
}

/** Sleeps for each message; after the first one with MSG_WAITFORONE no more. `isOver` is asked after each. */
export async function manySleepingMessages(messages: readonly MultiMessage[], flags: number, move: Move<Promise<number | Errno>>,
  isOver: () => boolean, onLateError: (error: Errno) => void): Promise<number | Errno> {
  let count = 0
  for (const each of messages.slice(0, MOST_MESSAGES)) {
    const result = await move(each, count > 0 && (flags & MSG_WAITFORONE) !== 0 ? flags | MSG_DONTWAIT : flags & ~MSG_WAITFORONE)
    if (typeof result === 'string') {
      if (count === 0) return result
      onLateError(result)
      break
    }
    each.length = result
    count++
    if (isOver()) break
  }
  return count
}
