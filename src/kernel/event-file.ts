// eventfd: a counter of 64 bits that can be waited for. A read takes it all (or one, as a semaphore) and gives eight
// bytes; a write adds.

import type { Errno } from '../base/errno.ts'
import { O_RDWR, POLLIN, POLLOUT } from '../base/posix.ts'
import { READABLE, WRITABLE } from '../sock/readiness.ts'
import { WaitQueue } from '../sock/wait-queue.ts'
import { OpenFile } from './open-file.ts'

const BYTES = 8
/** ULLONG_MAX - 1 is the largest value held. */
const LARGEST = 0xffff_ffff_ffff_fffen

export class EventFile extends OpenFile {
  readonly kind = 'eventfd'
  readonly waitQueue = new WaitQueue()
  readonly id: number
  private count: bigint
  private readonly isSemaphore: boolean

  constructor(initial: number, isSemaphore: boolean, statusFlags: number, id: number) {
    super(O_RDWR | statusFlags)
    this.count = BigInt(initial >>> 0)
    this.isSemaphore = isSemaphore
    this.id = id
  }

  override read(buffer: Uint8Array, offset: number, length: number): number | Errno {
    if (length < BYTES) return 'EINVAL'
    if (this.count === 0n) return 'EAGAIN'
    const taken = this.isSemaphore ? 1n : this.count
    this.count -= taken
    new DataView(buffer.buffer, buffer.byteOffset + offset, BYTES).setBigUint64(0, taken, true)
    this.waitQueue.wake(WRITABLE)
    return BYTES
  }

  override write(buffer: Uint8Array, offset: number, length: number): number | Errno {
    if (length !== BYTES) return 'EINVAL'
    const added = new DataView(buffer.buffer, buffer.byteOffset + offset, BYTES).getBigUint64(0, true)
    if (added > LARGEST) return 'EINVAL'
    if (LARGEST - this.count < added) return 'EAGAIN'
    this.count += added
    if (this.count > 0n) this.waitQueue.wake(READABLE)
    return BYTES
  }

  override readiness(): number { return (this.count > 0n ? POLLIN : 0) | (this.count < LARGEST ? POLLOUT : 0) }

  protected override onRelease(): void { /* nothing but a number */ }
}
