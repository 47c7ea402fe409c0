import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sumBytes } from '../base/checksum.ts'
import { wasmPlatform } from './packet-platform.ts'

it('the SIMD checksum in a browser’s memory is the plain one at any offset and length', () => {
  const { buffer, checksummer } = wasmPlatform.allocate(1 << 20)
  const memory = new Uint8Array(buffer)
  for (let i = 0; i < memory.length; i++) memory[i] = i * 7919 >> 3
  fc.assert(fc.property(fc.nat(100_000), fc.oneof(fc.nat(300), fc.nat(70_000)), (offset, length) => {
    expect(checksummer.sum(offset, length)).toBe(sumBytes(memory, offset, length))
  }))
})
