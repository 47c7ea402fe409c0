// What every call checks before it does anything: the descriptor, then the buffer. A buffer that is no bytes is the one
// thing that throws (row F4): the encoding of text is the caller's business.

import type { Errno } from '../../base/errno.ts'
import type { OpenFile } from '../open-file.ts'
import type { ProcessState } from '../process-state.ts'
import { SocketFile } from '../socket-file.ts'
import type { IoVec } from '../syscalls.ts'

export function requireBytes(buffer: Uint8Array): void {
  if (!(buffer instanceof Uint8Array)) throw new TypeError('a buffer must be a Uint8Array')
}

/** EINVAL for a length that is none, EFAULT for one that leaves the buffer. */
export function checkRange(buffer: Uint8Array, offset: number, length: number): Errno | undefined {
  if (!(length >= 0) || !Number.isInteger(length)) return 'EINVAL'
  if (!(offset >= 0) || !Number.isInteger(offset) || offset + length > buffer.length) return 'EFAULT'
  return undefined
}

export function fileAt(process: ProcessState, fd: number): OpenFile | undefined { return process.fds.get(fd) }

export function socketAt(process: ProcessState, fd: number): SocketFile | Errno {
  const file = process.fds.get(fd)
  if (file === undefined) return 'EBADF'
  return file instanceof SocketFile ? file : 'ENOTSOCK'
}

/** IOV_MAX. */
const MOST_VECTORS = 1024

export function checkVectors(vectors: readonly IoVec[]): Errno | undefined {
  for (const each of vectors) requireBytes(each.buffer)
  if (vectors.length > MOST_VECTORS) return 'EMSGSIZE'
  for (const each of vectors) {
    const wrong = checkRange(each.buffer, each.offset, each.length)
    if (wrong !== undefined) return wrong
  }
  return undefined
}

export function vectorsLength(vectors: readonly IoVec[]): number { return vectors.reduce((sum, each) => sum + each.length, 0) }

export function gather(vectors: readonly IoVec[]): Uint8Array {
  const whole = new Uint8Array(vectorsLength(vectors))
  let at = 0
  for (const { buffer, offset, length } of vectors) {
    whole.set(buffer.subarray(offset, offset + length), at)
    at += length
  }
  return whole
}

export function scatter(bytes: Uint8Array, count: number, vectors: readonly IoVec[]): void {
  let at = 0
  for (const { buffer, offset, length } of vectors) {
    const part = Math.min(length, count - at)
    if (part < 0) return
    buffer.set(bytes.subarray(at, at + part), offset)
    at += part
  }
}
