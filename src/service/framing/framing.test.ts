import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AF_UNIX, SOCK_STREAM } from '../../base/posix.ts'
import { lone } from '../../../test/support/pair.ts'
import { DelimitedFramer, FixedLengthFramer } from './framer.ts'
import type { Framer } from './framer.ts'
import { HeaderTerminatedFramer, contentLengthFormat } from './header-terminated.ts'
import { LengthPrefixedFramer, encodeDelimited, encodeLengthPrefixed } from './length-prefixed.ts'
import { ObjectChannel } from './object-channel.ts'
import { calcsize, pack, unpack } from './struct.ts'

const bytes = (text: string): Uint8Array => Uint8Array.from(text, each => each.charCodeAt(0))
const text = (each: Uint8Array): string => String.fromCharCode(...each)
const LINE = bytes('\r\n')

function join(parts: readonly Uint8Array[]): Uint8Array { return Uint8Array.from(parts.flatMap(each => [...each])) }

/** Feeds a stream in pieces of the given sizes, again and again. */
function feed<T>(framer: Framer<T>, stream: Uint8Array, sizes: readonly number[]): T[] {
  const messages: T[] = []
  for (let at = 0, i = 0; at < stream.length; i++) {
    const size = sizes[i % sizes.length]
    messages.push(...framer.push(stream.subarray(at, at + size)))
    at += size
  }
  return messages
}

const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 })
const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 12 })

describe('framing (J1): however the stream is cut, the messages are the same', () => {
  it('length-prefixed, any size and order', () => {
    fc.assert(fc.property(messages, sizes, fc.constantFrom(2, 4, 8), fc.boolean(), fc.boolean(),
      (sent, cut, size, littleEndian, includesPrefix) => {
        const prefix = { size: size, littleEndian, includesPrefix, most: 300 }
        const framer = new LengthPrefixedFramer(prefix)
        expect(feed(framer, join(sent.map(each => encodeLengthPrefixed(each, prefix))), cut)).toEqual(sent)
        expect([framer.pending, framer.end()]).toEqual([0, undefined])
      }))
  })

  it('delimited', () => {
    const texts = fc.array(fc.array(fc.constantFrom(13, 65, 66)).map(each => Uint8Array.from(each)), { maxLength: 10 })
    fc.assert(fc.property(texts, sizes, (sent, cut) => {
      const framer = new DelimitedFramer(LINE, 300)
      const framed = sent.filter(each => each.at(-1) !== 13)
      expect(feed(framer, join(framed.map(each => encodeDelimited(each, LINE))), cut)).toEqual(framed)
    }))
    expect(() => encodeDelimited(bytes('a\r\nb'), LINE)).toThrow(RangeError)
  })

  it('fixed length', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 40 }), fc.nat(10), sizes, (size, count, cut) => {
      const framer = new FixedLengthFramer(size)
      expect(feed(framer, new Uint8Array(size * count + size - 1), cut)).toHaveLength(count)
      expect(framer.end()).toBe(size === 1 ? undefined : 'truncated')
    }))
  })

  it('header and terminator', () => {
    fc.assert(fc.property(messages, sizes, (sent, cut) => {
      const framer = new HeaderTerminatedFramer(contentLengthFormat(200, 300))
      const stream = join(sent.map(body => join([bytes(`POST / HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n`), body])))
      expect(feed(framer, stream, cut).map(each => each.body)).toEqual(sent)
      expect(framer.end()).toBeUndefined()
    }))
  })
})

describe('framing (J1): hostile peers', () => {
  it('a length over the limit ends it before a byte of the body is kept', () => {
    const framer = new LengthPrefixedFramer({ size: 8, most: 1000 })
    expect(framer.push(new Uint8Array(7).fill(255))).toEqual([])
    expect([framer.push(Uint8Array.of(255)), framer.failure, framer.pending]).toEqual([[], 'message-too-long', 0])
    expect(framer.push(new Uint8Array(100_000))).toEqual([])
    expect(framer.pending).toBe(0)
    const own = new LengthPrefixedFramer({ size: 2, includesPrefix: true, most: 10 })
    own.push(Uint8Array.of(0, 1))
    expect(own.failure).toBe('bad-length')
  })

  it('delimiters and headers that never come, and lengths that are none', () => {
    const lines = new DelimitedFramer(LINE, 10)
    expect([lines.push(bytes('0123456789\r')), lines.failure]).toEqual([[], undefined])
    expect([lines.push(bytes('\n')).map(text), lines.push(bytes('0123456789ab')), lines.failure]).toEqual([['0123456789'], [], 'message-too-long'])
    for (const value of ['-1', '1e3', '0x10', '', '5, 6', '99999999999999999999', '1\r\nContent-Length: 2']) {
      const framer = new HeaderTerminatedFramer(contentLengthFormat(100, 100))
      expect([framer.push(bytes(`X\r\nContent-Length: ${value}\r\n\r\n`)), framer.failure]).toEqual([[], 'bad-length'])
    }
    const cut = new HeaderTerminatedFramer(contentLengthFormat(100, 100))
    cut.push(bytes('X\r\nContent-Length: 5\r\n\r\n'))
    expect(cut.end()).toBe('truncated')
  })

  it('any bytes in any pieces: bounded, and never an exception', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 2000 }), sizes, (stream, cut) => {
      for (const framer of [new LengthPrefixedFramer({ size: 1, most: 60 }), new LengthPrefixedFramer({ size: 4, most: 60 }),
        new DelimitedFramer(Uint8Array.of(0), 60), new HeaderTerminatedFramer(contentLengthFormat(60, 60))]) {
        feed(framer as Framer<unknown>, stream, cut)
        expect(framer.pending).toBeLessThanOrEqual(124)
      }
    }))
  })
})

describe('pack, unpack, calcsize (J1)', () => {
  it('agrees with C and Python', () => {
    expect(['<IHB', 'bI', '@bq', '=bq', 'hl', '3s2x4H', '', '0q'].map(calcsize)).toEqual([7, 8, 16, 9, 16, 14, 0, 0])
    expect([...pack('!IH', 0x01020304, 0x0506)]).toEqual([1, 2, 3, 4, 5, 6])
    expect([...pack('<hB3s', -2, 255, bytes('ab'))]).toEqual([254, 255, 255, 97, 98, 0])
    expect([...pack('bI', -1, 1)]).toEqual([255, 0, 0, 0, 1, 0, 0, 0])
    expect(unpack('>qQd?', pack('>qQd?', -5n, 2n ** 63n, 0.5, true))).toEqual([-5n, 2n ** 63n, 0.5, true])
    expect(unpack('I', new Uint8Array(3))).toBeUndefined()
  })

  it('refuses what does not fit', () => {
    for (const wrong of [() => pack('B', 256), () => pack('b', -129), () => pack('H', -1), () => pack('I', 1.5), () => pack('2B', 1), () => pack('B', 1, 2), () => calcsize('3'), () => calcsize('z'), () => pack('c', 65), () => pack('s', 1)]) expect(wrong).toThrow()
  })

  it('round trips', () => {
    fc.assert(fc.property(fc.constantFrom('<', '>', '!', '=', '@'), fc.integer({ min: -128, max: 127 }), fc.nat(65535), fc.maxSafeNat(),
      fc.uint8Array({ minLength: 5, maxLength: 5 }),
      (order, a, b, c, d) => { expect(unpack(`${order}bHQ5s`, pack(`${order}bHQ5s`, a, b, BigInt(c), d))).toEqual([a, b, BigInt(c), d]) }))
  })
})

describe('requests and replies (J2)', () => {
  it('many in flight, answered in another order; the end is told to all who wait', async () => {
    const { host, run } = lone()
    const process = host.spawn()
    const [a, b] = process.sys.socketpair(AF_UNIX, SOCK_STREAM, 0) as readonly [number, number]
    const codec = {
      encode: (value: unknown) => bytes(JSON.stringify(value)),
      decode: (each: Uint8Array) => JSON.parse(text(each)) as unknown,
    }
    const order: number[] = []
    const server = new ObjectChannel(process, b, { codec, most: 1000, onRequest: async n => {
      await process.sleep(10 - (n as number))
      order.push(n as number)
      return { square: (n as number) ** 2 }
    } })
    const client = new ObjectChannel(process, a, { codec, most: 1000 })
    const replies = await run(() => Promise.all([1, 2, 3, 4].map(n => client.request(n))))
    expect(replies).toEqual([1, 4, 9, 16].map(square => ({ value: { square } })))
    expect([order, client.inFlight]).toEqual([[4, 3, 2, 1], 0])
    const late = client.request(-100)
    process.sys.shutdown(b, 2)
    expect(await run(() => Promise.all([late, client.ended, server.ended]))).toEqual(['ended', 'ended', 'ended'])
  })
})
