// A byte ring with a limit; its storage grows with use and goes when it is empty and large.

export class RingBuffer {
  limit: number
  private storage = new Uint8Array(0)
  private head = 0
  private used = 0

  constructor(limit: number) { this.limit = limit }

  get length(): number { return this.used }
  get room(): number { return Math.max(0, this.limit - this.used) }

  /** Takes as much as fits; answers how much. */
  write(from: Uint8Array, offset: number = 0, length: number = from.length - offset): number {
    const count = Math.min(length, this.room)
    if (this.used + count > this.storage.length) this.grow(this.used + count)
    const size = this.storage.length
    const tail = size === 0 ? 0 : (this.head + this.used) % size
    const first = Math.min(count, size - tail)
    this.storage.set(from.subarray(offset, offset + first), tail)
    if (count > first) this.storage.set(from.subarray(offset + first, offset + count), 0)
    this.used += count
    return count
  }

  /** Copies without taking, from `skip` bytes in. */
  peek(into: Uint8Array, offset: number, length: number, skip: number = 0): number {
    const count = Math.max(0, Math.min(length, this.used - skip))
    if (count === 0) return 0
    const at = (this.head + skip) % this.storage.length
    const first = Math.min(count, this.storage.length - at)
    into.set(this.storage.subarray(at, at + first), offset)
    if (count > first) into.set(this.storage.subarray(0, count - first), offset + first)
    return count
  }

  read(into: Uint8Array, offset: number, length: number): number {
    const count = this.peek(into, offset, length)
    this.skip(count)
    return count
  }

  skip(count: number): void {
    const gone = Math.min(count, this.used)
    this.used -= gone
    this.head = this.used === 0 ? 0 : (this.head + gone) % this.storage.length
    if (this.used === 0 && this.storage.length > 65536) this.storage = new Uint8Array(0)
  }

  clear(): void { this.skip(this.used) }

  private grow(needed: number): void {
    let size = Math.max(1024, this.storage.length)
    while (size < needed) size *= 2
    const bigger = new Uint8Array(Math.min(size, Math.max(needed, this.limit)))
    this.peek(bigger, 0, this.used)
    this.storage = bigger
    this.head = 0
  }
}
