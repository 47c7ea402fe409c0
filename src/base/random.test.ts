import fc from 'fast-check'
import { expect, it } from 'vitest'
import { SeededRandom, seededSource } from './random.ts'
import type { Random } from './random.ts'

function draw(random: Random, count: number): number[] { return Array.from({ length: count }, () => random.next32()) }

it('a seed repeats its stream, another gives another', () => {
  expect(draw(new SeededRandom(7), 8)).toEqual(draw(new SeededRandom(7), 8))
  expect(draw(new SeededRandom('a'), 8)).not.toEqual(draw(new SeededRandom('b'), 8))
  for (const word of draw(new SeededRandom(1), 1000)) expect(word === word >>> 0).toBe(true)
})

it('a fork depends on the seed and the label, not on what was drawn', () => {
  const used = new SeededRandom(3)
  draw(used, 5)
  expect(draw(used.fork('loss'), 4)).toEqual(draw(new SeededRandom(3).fork('loss'), 4))
  expect(draw(used.fork('loss'), 4)).not.toEqual(draw(used.fork('delay'), 4))
})

it('the public stream does not tell the secret one', () => {
  const { public: open, secret } = seededSource(1)
  const seen = new Set(draw(open, 1000))
  expect(draw(secret, 1000).some(word => seen.has(word))).toBe(false)
})

it('below stays below, evenly, and refuses what has nothing below it', () => {
  fc.assert(fc.property(fc.integer({ min: 1, max: 4294967296 }), fc.nat(), (n, seed) => {
    const value = new SeededRandom(seed).below(n)
    expect(Number.isInteger(value) && value >= 0 && value < n).toBe(true)
  }))
  const random = new SeededRandom('dice')
  const counts = [0, 0, 0, 0, 0, 0]
  for (let i = 0; i < 60_000; i++) counts[random.below(6)]++
  for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(500)
  for (const n of [0, -1, Number.NaN, 4294967297]) expect(() => random.below(n)).toThrow(RangeError)
})

it('float is in [0, 1), bytes are of every value', () => {
  const random = new SeededRandom('float')
  let sum = 0
  for (let i = 0; i < 10_000; i++) {
    const value = random.float()
    expect(value >= 0 && value < 1).toBe(true)
    sum += value
  }
  expect(Math.abs(sum / 10_000 - 0.5)).toBeLessThan(0.02)
  const bytes = new Uint8Array(8192)
  random.bytes(bytes)
  expect(new Set(bytes).size).toBe(256)
})
