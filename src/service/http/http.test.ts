import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BodyDecoder } from './body-decoder.ts'
import { parseRange } from './byte-range.ts'
import { latin1, latin1Bytes, MAX_FIELDS, parseHead } from './message-head.ts'
import { parseRequest } from './request.ts'
import { decodeTarget } from './site.ts'

describe('range field', () => {
  it.each([
    ['bytes=0-0', { from: 0, to: 1 }], ['bytes=10-', { from: 10, to: 100 }], ['bytes=-5', { from: 95, to: 100 }], ['bytes=-500', { from: 0, to: 100 }],
    ['bytes=90-200', { from: 90, to: 100 }], ['bytes=100-', 'unsatisfiable'], ['bytes=-0', 'unsatisfiable'], ['bytes=5-2', undefined],
    ['bytes=-', undefined], ['bytes=0-1,5-6', undefined], ['lines=1-2', undefined], [undefined, undefined],
  ])('%s of 100 bytes', (text, expected) => { expect(parseRange(text, 100)).toEqual(expected) })
})

describe('request target', () => {
  it.each([
    ['/', '/'], ['/a/b?x=/../y', '/a/b'], ['/a/./b/', '/a/b/'], ['/a/../b', '/b'], ['//a///b', '/a/b'], ['/a/..', '/'], ['/%61%20b', '/a b'],
    ['http://host/x', '/x'], ['http://host', '/'], ['/..', undefined], ['/a/../../b', undefined], ['/%2e%2e/x', undefined],
    ['/%', undefined], ['/%00', undefined], ['*', undefined], ['/%ff', undefined],
  ])('%s', (target, path) => { expect(decodeTarget(target)).toBe(path) })

  it('never leaves the root, whatever comes', () => {
    fc.assert(fc.property(fc.array(fc.constantFrom('..', '.', 'a', '%2e%2e', '%2f', '', '%5c')), parts => {
      const path = decodeTarget(`/${parts.join('/')}`)
      expect(path === undefined || path.startsWith('/') && !path.split('/').includes('..')).toBe(true)
    }))
  })
})

describe('request head', () => {
  const head = (lines: string): string => `${lines.split('\n').join('\r\n')}\r\n\r\n`

  it.each([
    ['GET / HTTP/1.1\nHost: a', 'keep'], ['GET / HTTP/1.1\nHost: a\nConnection: Close', 'close'], ['GET / HTTP/1.0', 'close'],
    ['GET / HTTP/1.0\nConnection: Keep-Alive', 'keep'], ['GET / HTTP/1.1', 400], ['GET / HTTP/1.1\nHost: a\nHost: b', 400], ['GET / HTTP/2.0', 505],
    ['GET /\nHost: a', 400], ['GET / HTTP/1.1\nHost: a\n folded', 400], ['GET / HTTP/1.1\nHost : a', 400],
    ['POST / HTTP/1.1\nHost: a\nContent-Length: 1, 2', 400], ['GET / HTTP/1.1\nHost: a\nX: \u0001', 400], [`GET /${'x'.repeat(9000)} HTTP/1.1\nHost: a`, 414],
  ])('%s', (lines, expected) => {
    const request = parseRequest(head(lines))
    expect(typeof request === 'number' ? request : request.keepAlive ? 'keep' : 'close').toBe(expected)
  })

  it('is bounded in its number of fields', () => {
    expect(parseHead(head(`GET / HTTP/1.1\n${Array.from({ length: MAX_FIELDS + 1 }, (_, i) => `X${i}: y`).join('\n')}`))).toBe('too-many-fields')
  })
})

describe('response body', () => {
  const chunked = new Map([['transfer-encoding', 'chunked']])

  function decode(fields: ReadonlyMap<string, string>, pieces: readonly Uint8Array[]): { text: string, end: string | undefined } | string {
    const decoder = BodyDecoder.forResponse('GET', 200, fields)
    if (typeof decoder === 'string') return decoder
    let text = ''
    for (const piece of pieces) {
      const bytes = piece.slice()
      const length = decoder.take(bytes, bytes.length)
      if (typeof length === 'string') return length
      text += latin1(bytes, 0, length)
    }
    return { text, end: decoder.end() }
  }

  it('comes out of chunks the same however the stream is cut', () => {
    const stream = latin1Bytes('5\r\nhello\r\n1;ext=1\r\n,\r\n06\r\n world\r\n0\r\nTrailer: x\r\n\r\n')
    fc.assert(fc.property(fc.array(fc.nat(stream.length)), cuts => {
      const at = [0, ...cuts.sort((a, b) => a - b), stream.length]
      const pieces = at.slice(1).map((to, i) => stream.subarray(at[i], to))
      expect(decode(chunked, pieces)).toEqual({ text: 'hello, world', end: undefined })
    }))
  })

  it('says what is missing when the connection ends early', () => {
    expect(decode(new Map([['content-length', '10']]), [latin1Bytes('abc')])).toEqual({ text: 'abc', end: 'the connection ended early: 3 of 10 bytes' })
    expect(decode(chunked, [latin1Bytes('5\r\nhel')])).toEqual({ text: 'hel', end: 'the connection ended early: 3 bytes' })
    expect(decode(new Map(), [latin1Bytes('abc')])).toEqual({ text: 'abc', end: undefined })
  })

  it.each([['zz\r\n', 'a chunk size is malformed'], ['1\r\nab', 'a chunk is longer than its size says'], ['1'.repeat(5000), 'a chunk line is too long']])(
    'refuses chunks that are none: %j', (text, wrong) => {
      expect(decode(chunked, [latin1Bytes(text), latin1Bytes('\r\n')])).toBe(wrong)
    })
})
