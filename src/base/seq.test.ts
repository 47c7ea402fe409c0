import fc from 'fast-check'
import { expect, it } from 'vitest'
import * as seq from './seq.ts'

const CIRCLE = 2 ** 32
const point = fc.oneof(fc.nat(CIRCLE - 1), fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff))
const step = fc.integer({ min: -0x7fffffff, max: 0x7fffffff })

it('a step and its distance agree anywhere on the circle', () => {
  fc.assert(fc.property(point, step, (start, n) => {
    const a = seq.seqOf(start)
    const b = seq.add(a, n)
    expect(seq.toUint32(b)).toBe((start + n + CIRCLE) % CIRCLE)
    expect(seq.toInt32(b)).toBe((start + n) | 0)
    expect(seq.diff(b, a)).toBe(n)
    expect([seq.lt(a, b), seq.leq(a, b), seq.gt(a, b), seq.geq(a, b)]).toEqual([n > 0, n >= 0, n < 0, n <= 0])
    expect(seq.later(a, b)).toBe(n > 0 ? b : a)
    expect(seq.earlier(a, b)).toBe(n < 0 ? b : a)
  }))
})

it('between counts both ends and crosses zero', () => {
  fc.assert(fc.property(point, fc.nat(CIRCLE - 1), fc.nat(CIRCLE - 1), (low, width, at) => {
    expect(seq.between(seq.seqOf(low), seq.seqOf(low + at), seq.seqOf(low + width))).toBe(at <= width)
  }))
  expect(seq.between(seq.seqOf(0xfffffff0), seq.seqOf(4), seq.seqOf(8))).toBe(true)
})
