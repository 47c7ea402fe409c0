// Hashes: a fast seeded mix for tables, and SipHash-2-4 for whatever an attacker may try to guess (cookies, ports).

/** Mixes one 32-bit word into a running hash; start with a secret seed, end with `finish32`. */
export function mix32(hash: number, word: number): number {
  let k = Math.imul(word, 0xcc9e2d51)
  k = (k << 15) | (k >>> 17)
  const h = hash ^ Math.imul(k, 0x1b873593)
  return Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64 | 0
}

export function finish32(hash: number): number {
  let h = hash
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return h ^ (h >>> 16)
}

/** Four 64-bit words as pairs of int32, and one SipRound. */
class SipState {
  l0 = 0; h0 = 0; l1 = 0; h1 = 0; l2 = 0; h2 = 0; l3 = 0; h3 = 0

  round(): void {
    this.add01()
    let l = this.l1
    let h = this.h1
    this.l1 = (l << 13 | h >>> 19) ^ this.l0
    this.h1 = (h << 13 | l >>> 19) ^ this.h0
    l = this.l0
    this.l0 = this.h0
    this.h0 = l
    this.add23()
    l = this.l3
    h = this.h3
    this.l3 = (l << 16 | h >>> 16) ^ this.l2
    this.h3 = (h << 16 | l >>> 16) ^ this.h2
    const carry03 = (this.l0 >>> 0) + (this.l3 >>> 0)
    this.h0 = this.h0 + this.h3 + (carry03 > 4294967295 ? 1 : 0) | 0
    this.l0 = carry03 | 0
    l = this.l3
    h = this.h3
    this.l3 = (l << 21 | h >>> 11) ^ this.l0
    this.h3 = (h << 21 | l >>> 11) ^ this.h0
    const carry21 = (this.l2 >>> 0) + (this.l1 >>> 0)
    this.h2 = this.h2 + this.h1 + (carry21 > 4294967295 ? 1 : 0) | 0
    this.l2 = carry21 | 0
    l = this.l1
    h = this.h1
    this.l1 = (l << 17 | h >>> 15) ^ this.l2
    this.h1 = (h << 17 | l >>> 15) ^ this.h2
    l = this.l2
    this.l2 = this.h2
    this.h2 = l
  }

  private add01(): void {
    const carry = (this.l0 >>> 0) + (this.l1 >>> 0)
    this.h0 = this.h0 + this.h1 + (carry > 4294967295 ? 1 : 0) | 0
    this.l0 = carry | 0
  }

  private add23(): void {
    const carry = (this.l2 >>> 0) + (this.l3 >>> 0)
    this.h2 = this.h2 + this.h3 + (carry > 4294967295 ? 1 : 0) | 0
    this.l2 = carry | 0
  }
}

function littleWord(bytes: Uint8Array, at: number, end: number): number {
  let word = 0
  for (let i = 0; i < 4 && at + i < end; i++) word |= bytes[at + i] << (8 * i)
  return word
}

/** SipHash-2-4 under a 128-bit key given as four little-endian int32 words; low and high half go to `out[0]`, `out[1]`. */
export function sipHash24(k0lo: number, k0hi: number, k1lo: number, k1hi: number, bytes: Uint8Array, offset: number, length: number,
  out: Int32Array): void {
  const v = new SipState()
  v.l0 = k0lo ^ 0x70736575
  v.h0 = k0hi ^ 0x736f6d65
  v.l1 = k1lo ^ 0x6e646f6d
  v.h1 = k1hi ^ 0x646f7261
  v.l2 = k0lo ^ 0x6e657261
  v.h2 = k0hi ^ 0x6c796765
  v.l3 = k1lo ^ 0x79746573
  v.h3 = k1hi ^ 0x74656462
  const end = offset + length
  for (let at = offset; at <= end - (length & 7); at += 8) {
    const isLast = at === end - (length & 7)
    const low = littleWord(bytes, at, end)
    const high = isLast ? littleWord(bytes, at + 4, end) | (length << 24) : littleWord(bytes, at + 4, end)
    v.l3 ^= low
    v.h3 ^= high
    v.round()
    v.round()
    v.l0 ^= low
    v.h0 ^= high
  }
  v.l2 ^= 0xff
  for (let i = 0; i < 4; i++) v.round()
  out[0] = v.l0 ^ v.l1 ^ v.l2 ^ v.l3
  out[1] = v.h0 ^ v.h1 ^ v.h2 ^ v.h3
}
