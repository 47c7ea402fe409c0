// Pipes (row G1): a bounded byte queue with a reading and a writing end. Writes of at most PIPE_BUF bytes go whole or not
// at all.

import type { Errno } from '../base/errno.ts'
import { FIONREAD, O_RDONLY, O_WRONLY, POLLERR, POLLHUP, POLLOUT, POLLWRNORM } from '../base/posix.ts'
import { RingBuffer } from '../base/ring-buffer.ts'
import { READABLE, WRITABLE } from '../sock/readiness.ts'
import { WaitQueue } from '../sock/wait-queue.ts'
import { OpenFile } from './open-file.ts'

const CAPACITY = 65_536
const PAGE = 4096
const SLOTS = 16

/** How Linux cuts a pipe's bytes into pages: a page counts whole until all of it was read. */
class Pages {
  /** Bytes at the front that were read, and bytes left, of each page in use. */
  private readonly pages: { read: number, left: number }[] = []

  get isFull(): boolean { return this.pages.length >= SLOTS }

  /** How many of `length` bytes fit; they are in then. */
  add(length: number): number {
    let left = length
    const tail = length % PAGE
    const last = this.pages.at(-1)
    if (tail > 0 && last !== undefined && last.read + last.left + tail <= PAGE) {
      last.left += tail
      left -= tail
    }
    for (; left > 0 && !this.isFull; left -= Math.min(left, PAGE)) this.pages.push({ read: 0, left: Math.min(left, PAGE) })
    return length - left
  }

  take(count: number): void {
    let left = count
    while (left > 0) {
      const [first] = this.pages
      const some = Math.min(left, first.left)
      first.read += some
      first.left -= some
      left -= some
      if (first.left === 0) this.pages.shift()
    }
  }

  /** Bytes that a long write would find room for. */
  get room(): number { return (SLOTS - this.pages.length) * PAGE }
}

export class Pipe {
  readonly bytes = new RingBuffer(CAPACITY)
  readonly pages = new Pages()
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
    const { bytes, pages } = this.pipe
    if (bytes.length === 0) return this.pipe.writers === 0 ? 0 : 'EAGAIN'
    const count = bytes.read(buffer, offset, length)
    pages.take(count)
    if (!pages.isFull) this.waitQueue.wake(WRITABLE)
    return count
  }

  override write(buffer: Uint8Array, offset: number, length: number): number | Errno {
    if (this.isReader) return 'EBADF'
    if (length === 0) return 0
    return this.pipe.readers === 0 ? 'EPIPE' : this.put(buffer, offset, length)
  }

  /** Whether or not someone is left to read it. */
  put(buffer: Uint8Array, offset: number, length: number): number | 'EAGAIN' {
    // Up to PIPE_BUF bytes go whole: they need one page at most.
    const count = this.pipe.pages.add(length)
    if (count === 0) return 'EAGAIN'
    this.pipe.bytes.write(buffer, offset, count)
    this.waitQueue.wake(READABLE)
    return count
  }

  isOfPipe(other: PipeEnd): boolean { return this.pipe === other.pipe }
  get isAtEnd(): boolean { return this.pipe.bytes.length === 0 && this.pipe.writers === 0 }

  /** Bytes that fit now, for a call that fills the pipe itself. */
  roomFor(): number | Errno {
    if (this.isReader) return 'EBADF'
    return this.pipe.readers === 0 ? 'EPIPE' : this.pipe.pages.room
  }

  /** Offers at most `length` bytes to `take`; those it takes are gone. */
  pour(length: number, take: (buffer: Uint8Array, count: number) => number | Errno): number | Errno {
    if (!this.isReader) return 'EBADF'
    const { bytes, pages } = this.pipe
    if (bytes.length === 0) return this.pipe.writers === 0 ? 0 : 'EAGAIN'
    const buffer = new Uint8Array(Math.min(length, bytes.length))
    const taken = take(buffer, bytes.peek(buffer, 0, buffer.length))
    if (typeof taken === 'string') return taken
    bytes.skip(taken)
    pages.take(taken)
    if (!pages.isFull) this.waitQueue.wake(WRITABLE)
    return taken
  }

  override ioctl(request: number, _argument: number): number | Errno { return request === FIONREAD ? this.pipe.bytes.length : 'ENOTTY' }

  override readiness(): number {
    const { bytes, pages, readers, writers } = this.pipe
    if (this.isReader) return (bytes.length > 0 ? READABLE : 0) | (writers === 0 ? POLLHUP : 0)
    return (!pages.isFull ? POLLOUT | POLLWRNORM : 0) | (readers === 0 ? POLLERR : 0)
  }

  protected override onRelease(): void {
    if (this.isReader) this.pipe.readers--
    else this.pipe.writers--
    this.waitQueue.wake(POLLHUP | POLLERR | READABLE | WRITABLE)
  }
}
