// Bytes that have arrived and belong to no whole message yet. Memory is what waits, at most doubled; taking is a copy.

export class ByteQueue {
  private bytes = new Uint8Array(64)
  private head = 0
  private tail = 0

  get length(): number { return this.tail - this.head }

  push(more: Uint8Array): void {
    if (this.tail + more.length > this.bytes.length) this.makeRoom(more.length)
    this.bytes.set(more, this.tail)
    this.tail += more.length
  }

  /** Only what `length` says is there. */
  peek(count: number): Uint8Array { return this.bytes.subarray(this.head, this.head + Math.min(count, this.length)) }

  take(count: number): Uint8Array {
    const taken = this.peek(count).slice()
    this.skip(taken.length)
    return taken
  }

  skip(count: number): void {
    this.head += Math.min(count, this.length)
    if (this.head !== this.tail) return
    this.head = 0
    this.tail = 0
  }

  /** Where `wanted` begins, not before `from`; -1. */
  indexOf(wanted: Uint8Array, from: number): number {
    const last = this.tail - wanted.length
    for (let at = this.bytes.indexOf(wanted[0] ?? 0, this.head + Math.max(0, from)); at !== -1 && at <= last;
      at = this.bytes.indexOf(wanted[0] ?? 0, at + 1)) {
      if (wanted.every((each, i) => this.bytes[at + i] === each)) return at - this.head
    }
    return -1
  }

  private makeRoom(more: number): void {
    const { length } = this
    const target = length + more > this.bytes.length ? new Uint8Array(Math.max(this.bytes.length * 2, length + more)) : this.bytes
    if (target === this.bytes) this.bytes.copyWithin(0, this.head, this.tail)
    else target.set(this.bytes.subarray(this.head, this.tail))
    this.bytes = target
    this.head = 0
    this.tail = length
  }
}
