// Node's SHA-256 behind the seam of the trace hash: for worlds that carry gigabytes.

import { createHash } from 'node:crypto'
import type { IncrementalHash } from '../sim/trace-hash.ts'

export function nativeSha256(): IncrementalHash {
  const hash = createHash('sha256')
  return {
    update: (bytes, offset, length) => { hash.update(bytes.subarray(offset, offset + length)) },
    digestHex: () => hash.digest('hex'),
  }
}
