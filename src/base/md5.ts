// MD5 (RFC 1321), incremental: TCP-MD5 signatures (RFC 2385) and sequence numbers (RFC 6528), which name it.

import { BlockHash } from './block-hash.ts'

const SHIFTS = new Int32Array([7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21])
const SINES = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 4294967296) | 0)

export class Md5 extends BlockHash {
  protected readonly state = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476])
  private readonly words = new Int32Array(16)

  constructor() { super(true) }

  protected compress(bytes: Uint8Array, at: number): void {
    const { state, words } = this
    for (let i = 0; i < 16; i++) {
      const j = at + 4 * i
      words[i] = bytes[j] | (bytes[j + 1] << 8) | (bytes[j + 2] << 16) | (bytes[j + 3] << 24)
    }
    let a = state[0], b = state[1], c = state[2], d = state[3]
    for (let i = 0; i < 64; i++) {
      const round = i >> 4
      const f = round === 0 ? (b & c) | (~b & d) : round === 1 ? (d & b) | (~d & c) : round === 2 ? b ^ c ^ d : c ^ (b | ~d)
      const word = round === 0 ? i : round === 1 ? 5 * i + 1 & 15 : round === 2 ? 3 * i + 5 & 15 : 7 * i & 15
      const sum = a + f + SINES[i] + words[word] | 0
      const shift = SHIFTS[4 * round + (i & 3)]
      a = d
      d = c
      c = b
      b = b + (sum << shift | sum >>> (32 - shift)) | 0
    }
    state[0] += a
    state[1] += b
    state[2] += c
    state[3] += d
  }
}

/** Digest of the concatenated parts, 16 bytes. */
export function md5(...parts: readonly Uint8Array[]): Uint8Array {
  const hash = new Md5()
  for (const part of parts) hash.update(part)
  return hash.digest()
}
