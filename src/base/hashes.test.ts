import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { toHex } from './bytes.ts'
import { finish32, mix32, sipHash24 } from './hash.ts'
import { Md5, md5 } from './md5.ts'
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

it('MD5, whole or in pieces, equals the platform’s', () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 8 }), (parts) => {
    const ours = new Md5()
    const theirs = createHash('md5')
    for (const part of parts) {
      const framed = new Uint8Array(part.length + 5)
      framed.set(part, 3)
      ours.update(framed, 3, part.length)
      theirs.update(part)
    }
    const expected = theirs.digest('hex')
    expect(ours.digestHex()).toBe(expected)
    expect(toHex(md5(...parts))).toBe(expected)
  }))
})

it('the table hash is MurmurHash3 and spreads neighbours', () => {
  // MurmurHash3_x86_32 of 'test' under seed 0, whose last step mixes in the length.
  expect(finish32(mix32(0, 0x74736574) ^ 4) >>> 0).toBe(0xba6bd213)
  const buckets = new Int32Array(256)
  for (let i = 0; i < 25_600; i++) buckets[finish32(mix32(0x5eed, i)) & 255]++
  expect(Math.max(...buckets)).toBeLessThan(160)
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
