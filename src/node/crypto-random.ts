// Chance from the platform's generator, drawn in blocks: one system call feeds a thousand draws.

import { randomFillSync } from 'node:crypto'
import type { RandomSource } from '../base/random.ts'
import { WordRandom } from '../base/random.ts'

const BLOCK_WORDS = 1024

class CryptoRandom extends WordRandom {
  private readonly words = new Uint32Array(BLOCK_WORDS)
  private used = BLOCK_WORDS

  next32(): number {
    if (this.used === BLOCK_WORDS) {
      randomFillSync(this.words)
      this.used = 0
    }
    const word = this.words[this.used]
    // Drawn once: what was handed out does not stay to be read.
    this.words[this.used] = 0
    this.used++
    return word
  }

  override bytes(into: Uint8Array): void { randomFillSync(into) }
}

export function cryptoRandomSource(): RandomSource {
  const random = new CryptoRandom()
  return { public: random, secret: random }
}
