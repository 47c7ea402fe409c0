// Bytes that a stream handle was given and the socket may not have taken yet.

import type { Errno } from '../../base/errno.ts'
import { MSG_NOSIGNAL } from '../../base/posix.ts'
import type { Sys } from '../../kernel/syscalls.ts'

export interface PendingWrite { chunks: readonly Uint8Array[], chunk: number, offset: number, done: (status: number) => void }

export function bytesLeft({ chunks, chunk, offset }: PendingWrite): number {
  let bytes = -offset
  for (let i = chunk; i < chunks.length; i++) bytes += chunks[i].length
  return bytes
}

/** Sends what the socket takes now; the errno when it refuses for good. */
export function pushOut(sys: Sys, descriptor: number, write: PendingWrite): Errno | undefined {
  const { chunks } = write
  while (write.chunk < chunks.length) {
    const chunk = chunks[write.chunk]
    const left = chunk.length - write.offset
    // Nothing is sent as well where there is nothing else: it tells what is wrong with the socket.
    if (left > 0 || chunks.length === 1) {
      const sent = sys.send(descriptor, chunk, write.offset, left, MSG_NOSIGNAL)
      if (sent === 'EAGAIN') return undefined
      if (typeof sent === 'string') return sent
      write.offset += sent
      if (sent < left) continue
    }
    write.chunk++
    write.offset = 0
  }
  return undefined
}
