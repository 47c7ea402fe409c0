// An open regular file of the file system in memory (row G1): bytes of an inode, and a position of its own.

import type { Errno } from '../base/errno.ts'
import { FIONREAD, O_APPEND, O_RDONLY, O_RDWR, O_WRONLY, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../base/posix.ts'
import type { RegularInode } from '../vfs/inode.ts'
import { OpenFile } from './open-file.ts'

const ACCESS_MODE = O_WRONLY | O_RDWR

export class RegularFile extends OpenFile {
  readonly kind = 'regular'
  /** Always ready: nobody sleeps on it, and epoll refuses it. */
  readonly waitQueue = undefined
  readonly inode: RegularInode
  private position = 0

  constructor(inode: RegularInode, statusFlags: number) {
    super(statusFlags)
    this.inode = inode
  }

  get id(): number { return this.inode.id }

  get isReadable(): boolean { return (this.statusFlags & ACCESS_MODE) !== O_WRONLY }
  get isWritable(): boolean { return (this.statusFlags & ACCESS_MODE) !== O_RDONLY }

  /** The bytes from `at` on, at most `length`; a view of the inode's own. */
  bytesAt(at: number, length: number): Uint8Array { return this.inode.bytes.subarray(at, at + length) }

  /** Where the next read starts. */
  get offset(): number { return this.position }
  seek(position: number): void { this.position = position }

  override read(buffer: Uint8Array, offset: number, length: number): number | Errno {
    if (!this.isReadable) return 'EBADF'
    const bytes = this.bytesAt(this.position, length)
    buffer.set(bytes, offset)
    this.position += bytes.length
    return bytes.length
  }

  override write(buffer: Uint8Array, offset: number, length: number): number | Errno {
    if (!this.isWritable) return 'EBADF'
    const { inode } = this
    if ((this.statusFlags & O_APPEND) !== 0) this.position = inode.bytes.length
    if (this.position + length > inode.bytes.length) {
      const grown = new Uint8Array(this.position + length)
      grown.set(inode.bytes)
      inode.bytes = grown
    }
    inode.bytes.set(buffer.subarray(offset, offset + length), this.position)
    this.position += length
    return length
  }

  override ioctl(request: number, _argument: number): number | Errno {
    return request === FIONREAD ? Math.max(0, this.inode.bytes.length - this.position) : 'ENOTTY'
  }

  override readiness(): number { return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM }

  protected override onRelease(): void { /* the bytes stay with the name */ }
}
