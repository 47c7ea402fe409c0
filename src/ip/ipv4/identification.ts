// The IPv4 identification field (RFC 791, RFC 6864): counters picked by a secret hash of the address pair, as Linux does,
// so that no two fragments of one pair are confused and no stranger learns how much we send elsewhere.

import { finish32, mix32 } from '../../base/hash.ts'
import type { RandomSource } from '../../base/random.ts'

const COUNTERS = 2048

export class Identification {
  private readonly counters = new Uint16Array(COUNTERS)
  private readonly secret: number

  constructor(random: RandomSource) {
    this.secret = random.secret.next32() | 0
    for (let i = 0; i < COUNTERS; i++) this.counters[i] = mix32(this.secret, i)
  }

  /** The first of `count` consecutive values, never zero (a super-segment takes one for each piece). */
  take(source: number, destination: number, protocol: number, count: number): number {
    const hash = finish32(mix32(mix32(this.secret, source), destination) ^ protocol)
    const slot = hash & (COUNTERS - 1)
    const id = this.counters[slot] + 1 & 0xffff
    this.counters[slot] = id + count - 1
    return id === 0 ? this.take(source, destination, protocol, count) : id
  }
}
