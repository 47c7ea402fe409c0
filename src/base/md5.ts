// MD5 (RFC 1321), whole messages: TCP-MD5 signatures (RFC 2385) and sequence numbers (RFC 6528), which name it.

const SHIFTS = new Int32Array([7, 12, 17, 22, 5, 9, 14, 20, 4, 11, 16, 23, 6, 10, 15, 21])
const SINES = Int32Array.from({ length: 64 }, (_, i) => Math.floor(Math.abs(Math.sin(i + 1)) * 4294967296) | 0)

/** Digest of the concatenated parts, 16 bytes. */
export function md5(...parts: readonly Uint8Array[]): Uint8Array {
  const length = parts.reduce((sum, part) => sum + part.length, 0)
  const padded = new Uint8Array(((length + 8) >> 6 << 6) + 64)
  let at = 0
  for (const part of parts) {
    padded.set(part, at)
    at += part.length
  }
  padded[length] = 0x80
  const view = new DataView(padded.buffer)
  view.setUint32(padded.length - 8, length * 8 >>> 0, true)
  view.setUint32(padded.length - 4, Math.floor(length / 536870912), true)
  const state = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476])
  for (let block = 0; block < padded.length; block += 64) compress(state, view, block)
  const out = new Uint8Array(16)
  const words = new DataView(out.buffer)
  state.forEach((word, i) => { words.setInt32(4 * i, word, true) })
  return out
}

function compress(state: Int32Array, view: DataView, at: number): void {
  let [a, b, c, d] = state
  for (let i = 0; i < 64; i++) {
    const round = i >> 4
    const f = round === 0 ? (b & c) | (~b & d) : round === 1 ? (d & b) | (~d & c) : round === 2 ? b ^ c ^ d : c ^ (b | ~d)
    const word = round === 0 ? i : round === 1 ? 5 * i + 1 & 15 : round === 2 ? 3 * i + 5 & 15 : 7 * i & 15
    const sum = a + f + SINES[i] + view.getInt32(at + 4 * word, true) | 0
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
