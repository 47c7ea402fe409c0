// The Internet checksum (RFC 1071) and its incremental update (RFC 1624). Sums are ones-complement sums of big-endian
// 16-bit words, folded to 16 bits; `finish` complements one into the value a header carries.

export interface Checksummer {
  /** Folded sum of `length` bytes at `offset`, an odd last byte padded with zero. */
  sum(offset: number, length: number): number
}

/** Ones-complement addition of two folded sums. */
export function addSums(a: number, b: number): number {
  const sum = a + b
  return (sum & 0xffff) + (sum >>> 16)
}

export function finish(sum: number): number { return ~sum & 0xffff }

/** RFC 1624 eqn. 3: the new checksum when one 16-bit word changes. */
export function updateChecksum(checksum: number, oldWord: number, newWord: number): number {
  let sum = (~checksum & 0xffff) + (~oldWord & 0xffff) + newWord
  sum = (sum & 0xffff) + (sum >>> 16)
  return ~(sum + (sum >>> 16)) & 0xffff
}

/** Folded sum over any byte array; for small or cold ones. */
export function sumBytes(bytes: Uint8Array, offset: number, length: number): number {
  let sum = 0
  const even = offset + (length & ~1)
  for (let i = offset; i < even; i += 2) sum += (bytes[i] << 8) | bytes[i + 1]
  if ((length & 1) === 1) sum += bytes[even] << 8
  return foldDouble(sum)
}

/** Folds a sum of up to 2^53 to 16 bits. */
function foldDouble(sum: number): number {
  const high = Math.floor(sum / 4294967296)
  const low = sum >>> 0
  let folded = (low & 0xffff) + (low >>> 16) + (high & 0xffff) + (high >>> 16)
  folded = (folded & 0xffff) + (folded >>> 16)
  return (folded & 0xffff) + (folded >>> 16)
}

function swap16(word: number): number { return ((word & 0xff) << 8) | (word >>> 8) }

/**
 * Sums a whole memory through 32-bit words. The machine's words are little-endian everywhere JavaScript runs today; a
 * sum of swapped words is the swapped sum (RFC 1071 2 (B)), and so is one that starts at an odd offset.
 */
export function createChecksummer(buffer: ArrayBufferLike): Checksummer {
  const u8 = new Uint8Array(buffer)
  const u32 = new Uint32Array(buffer, 0, buffer.byteLength >>> 2)
  return {
    sum(offset: number, length: number): number {
      let at = offset
      const end = offset + length
      let sum = 0 // of little-endian words, relative to a start that is even
      let odd = false
      if ((at & 1) === 1 && at < end) {
        odd = true
        sum += u8[at] << 8
        at++
      }
      if ((at & 2) === 2 && at + 2 <= end) {
        sum += u8[at] | (u8[at + 1] << 8)
        at += 2
      }
      const words = (end - at) >>> 2
      let i = at >>> 2
      const last = i + words
      for (const last4 = i + (words & ~3); i < last4; i += 4) sum += u32[i] + u32[i + 1] + u32[i + 2] + u32[i + 3]
      for (; i < last; i++) sum += u32[i]
      at = Math.max(at, last << 2)
      for (; at + 2 <= end; at += 2) sum += u8[at] | (u8[at + 1] << 8)
      if (at < end) sum += u8[at]
      const folded = foldDouble(sum)
      return odd ? folded : swap16(folded)
    },
  }
}
