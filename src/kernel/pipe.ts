// Pipes (row G1): a bounded byte queue with a reading and a writing end. Writes of at most PIPE_BUF bytes go whole or not
// at all.

import type { Errno } from '../base/errno.ts'
import { FIONREAD, O_RDONLY, O_WRONLY, POLLERR, POLLHUP, POLLOUT, POLLWRNORM } from '../base/posix.ts'
import { RingBuffer } from '../base/ring-buffer.ts'
import { READABLE, WRITABLE } from '../sock/readiness.ts'
import { WaitQueue } from '../sock/wait-queue.ts'
import { OpenFile } from './open-file.ts'

const CAPACITY = 65_536
const PIPE_BUF = 4096

export class Pipe {
  readonly bytes = new RingBuffer(CAPACITY)
  /** Both ends sleep here, as on Linux's pipe inode. */
  readonly waitQueue = new WaitQueue()
  readers = 1
  writers = 1
}

export class PipeEnd extends OpenFile {
  readonly kind = 'pipe'
  readonly waitQueue: WaitQueue
  readonly id: number
  private readonly pipe: Pipe
  private readonly isReader: boolean

  constructor(pipe: Pipe, isReader: boolean, statusFlags: number, id: number) {
    super((isReader ? O_RDONLY : O_WRONLY) | statusFlags)
    this.pipe = pipe
    this.isReader = isReader
    this.waitQueue = pipe.waitQueue
    this.id = id
  }

  override read(buffer: Uint8Array, offset: number, length: number): number | Errno {
    if (!this.isReader) return 'EBADF'
    if (length === 0) return 0
    const { bytes } = this.pipe
    if (bytes.length === 0) return this.pipe.writers === 0 ? 0 : 'EAGAIN'
    const count = bytes.read(buffer, offset, length)
    if (bytes.room >= PIPE_BUF) this.waitQueue.wake(WRITABLE)
    return count
  }

  override write(buffer: Uint8Array, offset: number, length: number): number | Errno {
    if (this.isReader) return 'EBADF'
    if (length === 0) return 0
    if (this.pipe.readers === 0) return 'EPIPE'
    const { bytes } = this.pipe
    if (bytes.room === 0 || (length <= PIPE_BUF && bytes.room < length)) return 'EAGAIN'
    const count = bytes.write(buffer, offset, length)
    this.waitQueue.wake(READABLE)
    return count
  }

  /** Bytes that fit now, for a call that fills the pipe itself. */
  roomFor(): number | Errno {
    if (this.isReader) return 'EBADF'
    return this.pipe.readers === 0 ? 'EPIPE' : this.pipe.bytes.room
  }

  /** Offers at most `length` bytes to `take`; those it takes are gone. */
  pour(length: number, take: (buffer: Uint8Array, count: number) => number | Errno): number | Errno {
    if (!this.isReader) return 'EBADF'
    const { bytes } = this.pipe
    if (bytes.length === 0) return this.pipe.writers === 0 ? 0 : 'EAGAIN'
    const buffer = new Uint8Array(Math.min(length, bytes.length))
    const taken = take(buffer, bytes.peek(buffer, 0, buffer.length))
    if (typeof taken === 'string') return taken
    bytes.skip(taken)
    if (bytes.room >= PIPE_BUF) this.waitQueue.wake(WRITABLE)
    return taken
  }

  override ioctl(request: number, _argument: number): number | Errno { return request === FIONREAD ? this.pipe.bytes.length : 'ENOTTY' }

  override readiness(): number {
    const { bytes, readers, writers } = this.pipe
    if (this.isReader) return (bytes.length > 0 ? READABLE : 0) | (writers === 0 ? POLLHUP : 0)
    return (bytes.room >= PIPE_BUF ? POLLOUT | POLLWRNORM : 0) | (readers === 0 ? POLLERR : 0)
  }

  protected override onRelease(): void {
    if (this.isReader) this.pipe.readers--
    else this.pipe.writers--
    this.waitQueue.wake(POLLHUP | POLLERR | READABLE | WRITABLE)
  }
}
