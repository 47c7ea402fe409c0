// The seam to chance. `public` bits decide what anyone may see (loss, jitter); `secret` bits what an attacker must not
// guess (sequence numbers, ports, hash keys). Worlds inject seeded streams, the edges the platform's generator.

export interface Random {
  /** 0 ... 2^32 - 1 */
  next32(): number
  /** 0 ... n - 1, unbiased. Throws RangeError unless n is 1 ... 2^32. */
  below(n: number): number
  /** [0, 1) with 53 bits. */
  float(): number
  bytes(into: Uint8Array): void
}

export interface RandomSource {
  readonly public: Random
  readonly secret: Random
}

/** A stream of 32-bit numbers made into the rest of the interface. */
export abstract class WordRandom implements Random {
  abstract next32(): number

  below(n: number): number {
    if (!(n >= 1 && n <= 4294967296)) throw new RangeError(`no number is below ${n}`)
    const limit = 4294967296 - 4294967296 % n
    for (;;) {
      const word = this.next32()
      if (word < limit) return word % n
    }
  }

  float(): number { return ((this.next32() >>> 5) * 67108864 + (this.next32() >>> 6)) / 9007199254740992 }

  bytes(into: Uint8Array): void {
    for (let i = 0; i < into.length; i++) into[i] = this.next32() >>> 11
  }
}

/** xoshiro128**, seeded through splitmix32: repeatable, not secret. */
export class SeededRandom extends WordRandom {
  private readonly seedText: string
  private a: number
  private b: number
  private c: number
  private d: number

  constructor(seed: number | string) {
    super()
    this.seedText = String(seed)
    let state = 0x9e3779b9
    for (let i = 0; i < this.seedText.length; i++) state = Math.imul(state ^ this.seedText.charCodeAt(i), 0x01000193) + 0x6d2b79f5 | 0
    const splitmix = (): number => {
      state = state + 0x9e3779b9 | 0
      let z = state
      z = Math.imul(z ^ (z >>> 16), 0x85ebca6b)
      z = Math.imul(z ^ (z >>> 13), 0xc2b2ae35)
      return z ^ (z >>> 16)
    }
    this.a = splitmix()
    this.b = splitmix()
    this.c = splitmix()
    this.d = splitmix() | 1
  }

  next32(): number {
    const product = Math.imul(this.b, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9)
    const t = this.b << 9
    this.c ^= this.a
    this.d ^= this.b
    this.b ^= this.c
    this.a ^= this.d
    this.c ^= t
    this.d = (this.d << 11) | (this.d >>> 21)
    return result >>> 0
  }

  /** A stream of its own for `label`, the same for the same seed whatever was drawn here. */
  fork(label: string): SeededRandom { return new SeededRandom(`${this.seedText}/${label}`) }
}

export function seededSource(seed: number | string): RandomSource {
  const root = new SeededRandom(seed)
  return { public: root.fork('public'), secret: root.fork('secret') }
}
