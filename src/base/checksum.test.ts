import fc from 'fast-check'
import { expect, it } from 'vitest'
import { addSums, createChecksummer, finish, sumBytes, updateChecksum } from './checksum.ts'

/** RFC 1071's definition, word by word. */
function byDefinition(bytes: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i += 2) sum += bytes[i] * 256 + (bytes[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 65536)
  return sum
}

it('sums any stretch of a memory as RFC 1071 defines it', () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 0, maxLength: 400 }), fc.nat(7), (bytes, offset) => {
    const memory = new Uint8Array(512).fill(0xa5)
    memory.set(bytes, offset)
    const expected = byDefinition(bytes)
    expect(createChecksummer(memory.buffer).sum(offset, bytes.length)).toBe(expected)
    expect(sumBytes(memory, offset, bytes.length)).toBe(expected)
  }), { numRuns: 500 })
})

it('an updated checksum equals a computed one (RFC 1624)', () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), fc.nat(0xffff), (bytes, word) => {
    bytes[0] = 0x45
    const before = finish(sumBytes(bytes, 0, 20))
    const old = (bytes[8] << 8) | bytes[9]
    bytes[8] = word >>> 8
    bytes[9] = word
    expect(updateChecksum(before, old, word)).toBe(finish(sumBytes(bytes, 0, 20)))
  }))
})

it('adding sums carries around', () => {
  expect(addSums(0xffff, 1)).toBe(1)
  expect(addSums(0x8000, 0x8001)).toBe(2)
})
