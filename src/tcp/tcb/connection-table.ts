// The demultiplexer's exact matches (row A6): four-tuple to connection, half-open request or TIME-WAIT record. Open
// addressing with keys inline in one Int32Array and a seeded hash, so that strangers cannot aim collisions.
// Values are small integers: `tagged index`, what they name is the caller's.

const WORDS = 10 // remote 4, local 4, ports, value
const EMPTY = 0
const DELETED = -1

/** The key of a look-up, reused. */
export class TupleKey {
  r0 = 0
  r1 = 0
  r2 = 0
  r3 = 0
  l0 = 0
  l1 = 0
  l2 = 0
  l3 = 0
  /** remote port << 16 | local port. */
  ports = 0
}

export class ConnectionTable {
  private words: Int32Array
  private capacity: number
  private filled = 0
  count = 0
  private readonly seed0: number
  private readonly seed1: number

  constructor(seed0: number, seed1: number) {
    this.seed0 = seed0 | 0
    this.seed1 = seed1 | 1
    this.capacity = 64
    this.words = new Int32Array(this.capacity * WORDS)
  }

  private hash(key: TupleKey): number {
    let h = this.seed0 ^ key.ports
    h = Math.imul(h ^ (h >>> 15), 0x85ebca6b) ^ key.r3
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35) ^ key.l3
    h = Math.imul(h ^ (h >>> 16), this.seed1) ^ key.r0
    h = Math.imul(h ^ (h >>> 15), 0x27d4eb2f) ^ key.r1 ^ Math.imul(key.l1, 31)
    h = Math.imul(h ^ (h >>> 13), 0x165667b1) ^ key.r2 ^ Math.imul(key.l2, 31) ^ key.l0
    h = Math.imul(h ^ (h >>> 16), 0x9e3779b1)
    return (h ^ (h >>> 15)) & (this.capacity - 1)
  }

  private matches(at: number, key: TupleKey): boolean {
    const { words } = this
    return words[at + 8] === key.ports && words[at + 3] === key.r3 && words[at + 7] === key.l3 && words[at] === key.r0
      && words[at + 1] === key.r1 && words[at + 2] === key.r2 && words[at + 4] === key.l0 && words[at + 5] === key.l1
        && words[at + 6] === key.l2
  }

  /** The value (above 0), or 0. */
  find(key: TupleKey): number {
    const at = this.locate(key)
    return at < 0 ? 0 : this.words[at + 9]
  }

  private locate(key: TupleKey): number {
    const mask = this.capacity - 1
    for (let slot = this.hash(key); ; slot = (slot + 1) & mask) {
      const at = slot * WORDS
      const value = this.words[at + 9]
      if (value === EMPTY) return -1
      if (value !== DELETED && this.matches(at, key)) return at
    }
  }

  /** Sets or replaces. `value` is above 0. */
  set(key: TupleKey, value: number): void {
    const known = this.locate(key)
    if (known >= 0) {
      this.words[known + 9] = value
      return
    }
    if ((this.filled + 1) * 4 > this.capacity * 3) this.rebuild()
    this.insert(key, value)
    this.count++
  }

  private insert(key: TupleKey, value: number): void {
    const mask = this.capacity - 1
    let slot = this.hash(key)
    while (this.words[slot * WORDS + 9] > 0) slot = (slot + 1) & mask
    const at = slot * WORDS
    const { words } = this
    if (words[at + 9] === EMPTY) this.filled++
    words[at] = key.r0
    words[at + 1] = key.r1
    words[at + 2] = key.r2
    words[at + 3] = key.r3
    words[at + 4] = key.l0
    words[at + 5] = key.l1
    words[at + 6] = key.l2
    words[at + 7] = key.l3
    words[at + 8] = key.ports
    words[at + 9] = value
  }

  remove(key: TupleKey): void {
    const at = this.locate(key)
    if (at < 0) return
    this.words[at + 9] = DELETED
    this.count--
    this.clearMarks(at / WORDS)
  }

  /** Marks that no chain of collisions passes over any more: look-ups of what is not there end sooner. */
  private clearMarks(from: number): void {
    const { words } = this
    const mask = this.capacity - 1
    if (words[((from + 1) & mask) * WORDS + 9] !== EMPTY) return
    for (let slot = from; words[slot * WORDS + 9] === DELETED; slot = (slot - 1) & mask) {
      words[slot * WORDS + 9] = EMPTY
      this.filled--
    }
  }

  private rebuild(): void {
    const old = this.words
    const oldCapacity = this.capacity
    while (this.capacity < (this.count + 1) * 2) this.capacity *= 2
    this.words = new Int32Array(this.capacity * WORDS)
    this.filled = 0
    const key = new TupleKey()
    for (let slot = 0; slot < oldCapacity; slot++) {
      const at = slot * WORDS
      if (old[at + 9] <= 0) continue
      readKey(key, old, at)
      this.insert(key, old[at + 9])
    }
  }

  /** Cold: for tools. */
  forEach(visit: (key: TupleKey, value: number) => void): void {
    const key = new TupleKey()
    for (let at = 0; at < this.words.length; at += WORDS) {
      if (this.words[at + 9] <= 0) continue
      readKey(key, this.words, at)
      visit(key, this.words[at + 9])
    }
  }
}

function readKey(key: TupleKey, words: Int32Array, at: number): void {
  key.r0 = words[at]
  key.r1 = words[at + 1]
  key.r2 = words[at + 2]
  key.r3 = words[at + 3]
  key.l0 = words[at + 4]
  key.l1 = words[at + 5]
  key.l2 = words[at + 6]
  key.l3 = words[at + 7]
  key.ports = words[at + 8]
}
