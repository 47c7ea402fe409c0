import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesEqual, fromHex, getU16, getU32, getU32Unsigned, latin1Decode, setU16, setU32, toHex, utf8Decode, utf8Encode } from './bytes.ts'

describe('numbers in bytes', () => {
  it('are big-endian at any offset', () => {
    fc.assert(fc.property(fc.nat(0xffffffff), fc.nat(9), (value, at) => {
      const bytes = new Uint8Array(16)
      const view = new DataView(bytes.buffer)
      setU32(bytes, at, value)
      expect(view.getUint32(at)).toBe(value)
      expect(getU32Unsigned(bytes, at)).toBe(value)
      expect(getU32(bytes, at)).toBe(value | 0)
      setU16(bytes, at, value & 0xffff)
      expect(view.getUint16(at)).toBe(value & 0xffff)
      expect(getU16(bytes, at)).toBe(value & 0xffff)
    }))
  })
})

describe('text of bytes', () => {
  it('hexadecimal goes there and back with any separator', () => {
    fc.assert(fc.property(fc.uint8Array(), fc.constantFrom('', ' ', ':'), (bytes, separator) => {
      const back = fromHex(toHex(bytes, separator))
      expect(back !== undefined && bytesEqual(back, bytes)).toBe(true)
    }))
    expect(fromHex('abc')).toBeUndefined()
    expect(fromHex('zz')).toBeUndefined()
  })

  it('UTF-8 is what the platform writes, lone surrogates replaced', () => {
    const unit = fc.oneof(fc.nat(0xffff), fc.constantFrom(0x7f, 0x80, 0x7ff, 0x800, 0xd800, 0xdbff, 0xdc00, 0xdfff))
    fc.assert(fc.property(fc.array(unit), units => {
      const text = String.fromCharCode(...units)
      expect(toHex(utf8Encode(text))).toBe(toHex(new TextEncoder().encode(text)))
    }))
    expect(toHex(utf8Encode('a\ud800b'))).toBe('61efbfbd62')
  })

  it('UTF-8 is read as the platform reads it, malformed or not', () => {
    const platform = new TextDecoder('utf-8', { ignoreBOM: true })
    const edge = fc.constantFrom(0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xed, 0xef, 0xf0, 0xf4, 0xf5, 0xff)
    fc.assert(fc.property(fc.array(edge, { maxLength: 12 }), octets => {
      const bytes = Uint8Array.from(octets)
      expect(utf8Decode(bytes)).toBe(platform.decode(bytes))
    }), { numRuns: 3000 })
  })

  it('Latin-1 is a character a byte', () => {
    expect(latin1Decode(Uint8Array.of(0x41, 0xe9, 0xff))).toBe('A\u00e9\u00ff')
  })
})
