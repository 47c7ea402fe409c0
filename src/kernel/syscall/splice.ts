// sendfile and splice (row G1): bytes from one open file to another without the program's buffer between.

import type { Errno } from '../../base/errno.ts'
import { O_RDONLY, O_WRONLY, SIOCATMARK } from '../../base/posix.ts'
import type { OpenFile } from '../open-file.ts'
import { PipeEnd } from '../pipe.ts'
import type { ProcessState } from '../process-state.ts'
import { RegularFile } from '../regular-file.ts'
import { SocketFile } from '../socket-file.ts'

/** What one call moves at most: a pipe's worth. */
const MOST_BYTES = 65_536
const ACCESS_MODE = 3

/** `offset` given: read there, and told where it stopped; the file's own position stays. */
export interface FileOffset { value: number }

function isOpenFor(end: PipeEnd, way: number): boolean { return (end.statusFlags & ACCESS_MODE) === way }

export function sendfile(process: ProcessState, outFd: number, inFd: number, offset: FileOffset | undefined,
  count: number): number | Errno {
  const output = process.fds.get(outFd)
  const input = process.fds.get(inFd)
  if (offset !== undefined && !(offset.value >= 0)) return 'EINVAL'
  if (output === undefined || input === undefined) return 'EBADF'
  // The wrong end of a pipe.
  if ((input instanceof PipeEnd && !isOpenFor(input, O_RDONLY)) || (output instanceof PipeEnd && !isOpenFor(output, O_WRONLY))) return 'EBADF'
  if (!(input instanceof RegularFile) || !(count >= 0)) return 'EINVAL'
  if (!input.isReadable) return 'EBADF'
  const from = offset?.value ?? input.offset
  const bytes = input.bytesAt(from, count)
  const moved = bytes.length === 0 ? 0 : output.write(bytes, 0, bytes.length)
  if (typeof moved === 'string') return moved
  if (offset === undefined) input.seek(from + moved)
  else offset.value = from + moved
  return moved
}

export function splice(process: ProcessState, inFd: number, outFd: number, length: number): number | Errno {
  const input = process.fds.get(inFd)
  const output = process.fds.get(outFd)
  if (length === 0) return 0
  if (input === undefined || output === undefined) return 'EBADF'
  if (!(length >= 0)) return 'EINVAL'
  if (input instanceof PipeEnd) return input.pour(length, (buffer, count) => output.write(buffer, 0, count))
  return output instanceof PipeEnd ? intoPipe(input, output, Math.min(length, MOST_BYTES)) : 'EINVAL'
}

function intoPipe(input: OpenFile, output: PipeEnd, length: number): number | Errno {
  const room = output.roomFor()
  if (typeof room === 'string') return room
  if (room === 0) return 'EAGAIN'
  // The urgent byte is not spliced: a call that stands before it gives up instead of sleeping.
  if (input instanceof SocketFile && input.ioctl(SIOCATMARK, 0) === 1) return 0
  const buffer = new Uint8Array(Math.min(length, room))
  const count = input.read(buffer, 0, buffer.length)
  return typeof count === 'string' || count === 0 ? count : output.write(buffer, 0, count)
}
