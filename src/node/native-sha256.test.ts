import { expect, it } from 'vitest'
import { TraceHash } from '../sim/trace-hash.ts'
import { nativeSha256 } from './native-sha256.ts'

it('makes the same trace hash as the language alone', () => {
  const hashes = [new TraceHash(), new TraceHash(nativeSha256())]
  for (const hash of hashes) {
    for (let i = 0; i < 300; i++) {
      const bytes = new Uint8Array(i % 7 === 0 ? 65_530 : i * 5).fill(i)
      hash.frame(i * 1e9, 'pc', 'eth0', i % 2 === 0 ? 'in' : 'out', bytes, 0, bytes.length, undefined, bytes.length)
    }
  }
  expect(hashes[0].digest()).toBe(hashes[1].digest())
})
