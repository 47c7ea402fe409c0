// What MD5 and SHA-256 share (RFC 1321 3.1, 3.2; FIPS 180-4 5.1, 5.2): bytes come in any portions, blocks of 64 are
// compressed, and the length in bits ends the last one.

import { toHex } from './bytes.ts'

const BLOCK_BYTES = 64
/** Where the length stands in the last block. */
const LENGTH_AT = 56

export abstract class BlockHash {
  protected abstract readonly state: Int32Array
  private readonly block = new Uint8Array(BLOCK_BYTES)
  private readonly isLittleEndian: boolean
  private filled = 0
  private total = 0

  constructor(isLittleEndian: boolean) { this.isLittleEndian = isLittleEndian }

  /** Takes the block of 64 bytes at `at` into the state. */
  protected abstract compress(bytes: Uint8Array, at: number): void

  update(bytes: Uint8Array, offset: number = 0, length: number = bytes.length - offset): this {
    this.total += length
    let at = offset
    const end = offset + length
    if (this.filled > 0) {
      at = this.keep(bytes, at, end)
      if (this.filled < BLOCK_BYTES) return this
      this.compress(this.block, 0)
      this.filled = 0
    }
    for (; at + BLOCK_BYTES <= end; at += BLOCK_BYTES) this.compress(bytes, at)
    this.keep(bytes, at, end)
    return this
  }

  /** The state's words as bytes. The object must not be used after. */
  digest(): Uint8Array {
    const { total, isLittleEndian } = this
    const padding = new Uint8Array((this.filled < LENGTH_AT ? LENGTH_AT : LENGTH_AT + BLOCK_BYTES) - this.filled + 8)
    padding[0] = 0x80
    new DataView(padding.buffer).setBigUint64(padding.length - 8, BigInt(total) * 8n, isLittleEndian)
    this.update(padding)
    const out = new Uint8Array(4 * this.state.length)
    const words = new DataView(out.buffer)
    this.state.forEach((word, i) => { words.setInt32(4 * i, word, isLittleEndian) })
    return out
  }

  digestHex(): string { return toHex(this.digest()) }

  /** Fills the unfinished block. Answers where it stopped. */
  private keep(bytes: Uint8Array, from: number, end: number): number {
    let at = from
    while (at < end && this.filled < BLOCK_BYTES) {
      this.block[this.filled] = bytes[at]
      this.filled++
      at++
    }
    return at
  }
}
