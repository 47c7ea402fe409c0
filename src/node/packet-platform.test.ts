import fc from 'fast-check'
import { expect, it } from 'vitest'
import { sumBytes } from '../base/checksum.ts'
import { wasmPlatform } from './packet-platform.ts'

it('the SIMD checksum equals the plain one at any offset and length', () => {
  const { buffer, checksummer } = wasmPlatform.allocate(1 << 20)
  const memory = new Uint8Array(buffer)
  for (let i = 0; i < memory.length; i++) memory[i] = i * 7919 >> 3
  fc.assert(fc.property(fc.nat(100_000), fc.oneof(fc.nat(300), fc.nat(70_000)), (offset, length) => {
    expect(checksummer.sum(offset, length)).toBe(sumBytes(memory, offset, length))
  }))
  memory.fill(0xff)
  expect(checksummer.sum(1, 65536)).toBe(0xffff)
})

it('a gibibyte is there at once and summed to its last byte', () => {
  const { buffer, checksummer } = wasmPlatform.allocate(2 ** 30)
  const memory = new Uint8Array(buffer)
  memory[memory.length - 1] = 7
  memory[memory.length - 1500] = 3
  expect(memory.length).toBe(2 ** 30)
  expect(checksummer.sum(memory.length - 1500, 1500)).toBe(0x0307)
  expect(checksummer.sum(memory.length - 3, 3)).toBe(0x0700)
})
