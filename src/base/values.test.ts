import { describe, expect, it } from 'vitest'
import { describeEndpoint, endpoint } from './address/endpoint.ts'
import { IpAddress } from './address/ip.ts'
import { port } from './address/port.ts'
import { AssertionError, assert, unreachable } from './assert.ts'
import { arrayBufferPlatform } from './memory-platform.ts'
import { NEVER, after, elapsed, instant, ms, s, toMs, us } from './time.ts'
import { TokenBucket } from './token-bucket.ts'

describe('time', () => {
  it('is in microseconds whatever it was said in', () => {
    expect([us(5), ms(5), s(5)]).toEqual([5, 5000, 5_000_000])
    const later = after(instant(100), ms(2))
    expect(later).toBe(2100)
    expect(elapsed(instant(100), later)).toBe(2000)
    expect(toMs(later)).toBe(2.1)
    expect(NEVER).toBeGreaterThan(s(100 * 365 * 86400))
  })
})

describe('ports and endpoints (rows A4, A5)', () => {
  it('refuses what is no port', () => {
    expect([port(0), port(65535)]).toEqual([0, 65535])
    for (const n of [-1, 65536, 1.5, Number.NaN]) expect(() => port(n)).toThrow(RangeError)
  })

  it('prints IPv6 in brackets', () => {
    expect(describeEndpoint(endpoint(IpAddress.v4(0x01020304), port(80)))).toBe('1.2.3.4:80')
    expect(describeEndpoint(endpoint(IpAddress.LOOPBACK6, port(80)))).toBe('[::1]:80')
  })
})

describe('a token bucket', () => {
  it('gives its burst at once, then its rate, and never saves more than the burst', () => {
    const bucket = new TokenBucket(10, 3, instant(0))
    const takeAt = (time: number): boolean => bucket.take(1, instant(time))
    expect([takeAt(0), takeAt(0), takeAt(0), takeAt(0)]).toEqual([true, true, true, false])
    expect([takeAt(99_000), takeAt(100_000), takeAt(100_000)]).toEqual([false, true, false])
    expect([1, 2, 3, 4].map(() => takeAt(60_000_000))).toEqual([true, true, true, false])
  })
})

describe('assertions', () => {
  it('throw for all that is falsy', () => {
    for (const bad of [false, 0, '', null, undefined, Number.NaN]) {
      expect(() => { assert(bad, 'told') }).toThrow(AssertionError)
    }
    expect(() => { assert('x', 'told') }).not.toThrow()
    expect(() => unreachable('x' as never)).toThrow('unreachable: x')
  })
})

describe('the default packet memory', () => {
  it('sums what is in it', () => {
    const { buffer, checksummer } = arrayBufferPlatform.allocate(4096)
    new Uint8Array(buffer).set([0x12, 0x34, 0xff, 0xff, 0x80], 11)
    expect(checksummer.sum(11, 5)).toBe(0x9234)
  })
})
