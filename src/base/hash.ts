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

function littleWord(bytes: Uint8Array, at: number, end: number): number {
  if (at + 4 <= end) return bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24)
  let word = 0
  for (let i = 0; at + i < end; i++) word |= bytes[at + i] << (8 * i)
  return word
}

/** Was there a carry into the high half, when `sum` is the low one? */
function carry(sum: number, addend: number): number { return sum >>> 0 < addend >>> 0 ? 1 : 0 }

/**
 * SipHash-2-4 under a 128-bit key given as four little-endian int32 words; low and high half go to `out[0]`, `out[1]`. The four 64-bit
 * words stand in locals, as halves: every handshake takes several of these hashes.
 */
export function sipHash24(k0lo: number, k0hi: number, k1lo: number, k1hi: number, bytes: Uint8Array, offset: number, length: number,
  out: Int32Array): void {
  let l0 = k0lo ^ 0x70736575
  let h0 = k0hi ^ 0x736f6d65
  let l1 = k1lo ^ 0x6e646f6d
  let h1 = k1hi ^ 0x646f7261
  let l2 = k0lo ^ 0x6e657261
  let h2 = k0hi ^ 0x6c796765
  let l3 = k1lo ^ 0x79746573
  let h3 = k1hi ^ 0x74656462
  const end = offset + length
  const lastAt = end - (length & 7)
  for (let at = offset; at <= lastAt + 8; at += 8) {
    const isFinal = at > lastAt
    const low = isFinal ? 0 : littleWord(bytes, at, end)
    const high = isFinal ? 0 : littleWord(bytes, at + 4, end) | (at === lastAt ? length << 24 : 0)
    l3 ^= low
    h3 ^= high
    if (isFinal) l2 ^= 0xff
    for (let round = isFinal ? 4 : 2; round > 0; round--) {
      l0 = (l0 + l1) | 0
      h0 = (h0 + h1 + carry(l0, l1)) | 0
      const l1a = ((l1 << 13) | (h1 >>> 19)) ^ l0
      const h1a = ((h1 << 13) | (l1 >>> 19)) ^ h0
      l2 = (l2 + l3) | 0
      h2 = (h2 + h3 + carry(l2, l3)) | 0
      const l3a = ((l3 << 16) | (h3 >>> 16)) ^ l2
      const h3a = ((h3 << 16) | (l3 >>> 16)) ^ h2
      // The first word's halves have changed places.
      const l0a = (h0 + l3a) | 0
      h0 = (l0 + h3a + carry(l0a, l3a)) | 0
      l0 = l0a
      l3 = ((l3a << 21) | (h3a >>> 11)) ^ l0
      h3 = ((h3a << 21) | (l3a >>> 11)) ^ h0
      const l2a = (l2 + l1a) | 0
      const h2a = (h2 + h1a + carry(l2a, l1a)) | 0
      l1 = ((l1a << 17) | (h1a >>> 15)) ^ l2a
      h1 = ((h1a << 17) | (l1a >>> 15)) ^ h2a
      l2 = h2a
      h2 = l2a
    }
    l0 ^= low
    h0 ^= high
  }
  out[0] = l0 ^ l1 ^ l2 ^ l3
  out[1] = h0 ^ h1 ^ h2 ^ h3
}
