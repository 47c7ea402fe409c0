import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { toHex } from './bytes.ts'
import { sipHash24 } from './hash.ts'
import { md5 } from './md5.ts'
import { Sha256 } from './sha256.ts'

it('SHA-256 in pieces equals the platform’s', () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (parts) => {
    const ours = new Sha256()
    const theirs = createHash('sha256')
    for (const part of parts) {
      ours.update(part)
      theirs.update(part)
    }
    expect(ours.digestHex()).toBe(theirs.digest('hex'))
  }))
})

it('MD5 equals the platform’s', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    expect(toHex(md5(bytes))).toBe(createHash('md5').update(bytes).digest('hex'))
  }))
})

it('SipHash-2-4 gives the reference vectors', () => {
  const key = new DataView(Uint8Array.from({ length: 16 }, (_, i) => i).buffer)
  const word = (i: number): number => key.getInt32(4 * i, true)
  const message = Uint8Array.from({ length: 64 }, (_, i) => i)
  const out = new Int32Array(2)
  const of = (length: number): string => {
    sipHash24(word(0), word(1), word(2), word(3), message, 0, length, out)
    return [out[1], out[0]].map(each => (each >>> 0).toString(16).padStart(8, '0')).join('')
  }
  expect(of(0)).toBe('726fdb47dd0e0e31')
  expect(of(1)).toBe('74f839c593dc67fd')
  expect(of(8)).toBe('93f5f5799a932462')
  expect(of(15)).toBe('a129ca6149be45e5')
})
