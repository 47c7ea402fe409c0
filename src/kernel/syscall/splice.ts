// sendfile and splice (row G1): bytes from one open file to another without the program's buffer between.

import type { Errno } from '../../base/errno.ts'
import { AF_UNIX, MSG_MORE, O_APPEND, O_RDONLY, O_WRONLY, SIOCATMARK } from '../../base/posix.ts'
import { RCV_SHUTDOWN } from '../../sock/sock.ts'
import type { OpenFile } from '../open-file.ts'
import { PipeEnd } from '../pipe.ts'
import type { ProcessState } from '../process-state.ts'
import { RegularFile } from '../regular-file.ts'
import { signalBrokenPipe } from '../signal.ts'
import { SocketFile } from '../socket-file.ts'

/** What one call moves at most: a pipe's worth. */
const MOST_BYTES = 65_536
const ACCESS_MODE = 3
/** More follows at once: a socket may hold back a part of a segment. */
const SPLICE_F_MORE = 4

/** `offset` given: read there, and told where it stopped; the file's own position stays. */
export interface FileOffset { value: number }

function openFor(process: ProcessState, fd: number, not: number): OpenFile | undefined {
  const file = process.fds.get(fd)
  return file === undefined || (file.statusFlags & ACCESS_MODE) === not ? undefined : file
}

/** Counters and epoll instances cannot be spliced, nor is anything put at a place in a file that only grows. */
function takesSplices(file: OpenFile): boolean {
  if ((file.statusFlags & O_APPEND) !== 0) return false
  return file instanceof SocketFile || file instanceof PipeEnd || file instanceof RegularFile
}

export function sendfile(process: ProcessState, outFd: number, inFd: number, offset: FileOffset | undefined,
  count: number): number | Errno {
  const input = openFor(process, inFd, O_WRONLY)
  if (input === undefined) return 'EBADF'
  if (offset !== undefined && !(input instanceof RegularFile)) return 'ESPIPE'
  if (!(count >= 0) || (offset !== undefined && !(offset.value >= 0))) return 'EINVAL'
  const output = openFor(process, outFd, O_RDONLY)
  if (output === undefined) return 'EBADF'
  if (output instanceof PipeEnd && !(input instanceof RegularFile)) {
    return signalBrokenPipe(process, output, intoPipe(input, output, Math.min(count, MOST_BYTES)), 0)
  }
  // What cannot be put back must not be taken.
  if (input instanceof SocketFile || input instanceof PipeEnd) return 'EINVAL'
  // Even of nothing a pipe tells that nobody reads it.
  if (count === 0 && !(input instanceof RegularFile && output instanceof PipeEnd)) return 0
  if (!(input instanceof RegularFile)) return 'EINVAL'
  return fromFile(process, input, output, offset, count)
}

function fromFile(process: ProcessState, input: RegularFile, output: OpenFile, offset: FileOffset | undefined,
  count: number): number | Errno {
  if (output instanceof PipeEnd) {
    const room = output.roomFor()
    if (room === 'EPIPE') return signalBrokenPipe(process, output, room, 0)
  }
  const from = offset?.value ?? input.offset
  const bytes = input.bytesAt(from, count)
  if (bytes.length > 0 && !takesSplices(output)) return 'EINVAL'
  const moved = bytes.length === 0 ? 0 : output.write(bytes, 0, bytes.length)
  if (typeof moved === 'string') return signalBrokenPipe(process, output, moved, 0)
  if (offset === undefined) input.seek(from + moved)
  else offset.value = from + moved
  return moved
}

export function splice(process: ProcessState, inFd: number, outFd: number, length: number, flags: number): number | Errno {
  if (length === 0) return 0
  const input = openFor(process, inFd, O_WRONLY)
  const output = openFor(process, outFd, O_RDONLY)
  if (input === undefined || output === undefined) return 'EBADF'
  if (!(length >= 0)) return 'EINVAL'
  return signalBrokenPipe(process, output, move(input, output, length, flags), 0)
}

function move(input: OpenFile, output: OpenFile, length: number, flags: number): number | Errno {
  if (!(input instanceof PipeEnd)) return output instanceof PipeEnd ? intoPipe(input, output, Math.min(length, MOST_BYTES)) : 'EINVAL'
  if (!takesSplices(output)) return 'EINVAL'
  if (output instanceof PipeEnd) {
    if (output.isOfPipe(input)) return 'EINVAL'
    if (input.isAtEnd && output.roomFor() === 'EPIPE') return 'EPIPE'
  }
  if (output instanceof SocketFile && (flags & SPLICE_F_MORE) !== 0) {
    const { ops, sock } = output.socket
    return input.pour(length, (buffer, count) => ops.send(sock, buffer, 0, count, MSG_MORE, undefined, undefined))
  }
  return input.pour(length, (buffer, count) => output.write(buffer, 0, count))
}

/** A call that would have slept has nothing to sleep for: bytes are there (Linux: tcp_splice_read). */
function waitsAtMark({ isNonBlocking, socket: { sock } }: SocketFile): boolean {
  return isNonBlocking && sock.family !== AF_UNIX && (sock.shutdownBits & RCV_SHUTDOWN) === 0
}

function intoPipe(input: OpenFile, output: PipeEnd, length: number): number | Errno {
  const room = output.roomFor()
  if (typeof room === 'string') return room
  if (room === 0) return 'EAGAIN'
  if (length === 0) return 0
  if (!(input instanceof SocketFile || input instanceof RegularFile)) return 'EINVAL'
  // The urgent byte is not spliced: a call that stands before it gives up.
  if (input instanceof SocketFile && input.ioctl(SIOCATMARK, 0) === 1) return waitsAtMark(input) ? 'EAGAIN' : 0
  const buffer = new Uint8Array(Math.min(length, room))
  const count = input.read(buffer, 0, buffer.length)
  // The pipe's last reader may have come, and gone, with the message.
  return typeof count === 'string' || count === 0 ? count : output.put(buffer, 0, count)
}
