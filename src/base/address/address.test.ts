import { isIP } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { inetAton } from './ip-text.ts'
import { IpAddress, parseIp, parseIpv4, parseIpv6 } from './ip.ts'
import { MacAddress } from './mac.ts'
import { Prefix } from './prefix.ts'

const word = fc.integer({ min: -2147483648, max: 2147483647 })

describe('IP addresses (row A2)', () => {
  it('text and bytes round-trip in both families', () => {
    const mapped = fc.tuple(fc.constant(0), fc.constant(0), fc.constant(0xffff), word)
    fc.assert(fc.property(fc.oneof(fc.tuple(word, word, word, word), mapped), ([a, b, c, d]) => {
      const ip = IpAddress.of(a, b, c, d)
      expect(parseIp(ip.toString())?.equals(ip)).toBe(true)
      expect(parseIp(ip.toMappedString())?.equals(ip)).toBe(true)
      const bytes = new Uint8Array(18)
      ip.writeTo(bytes, 1)
      expect(IpAddress.fromBytes(bytes, 1, ip.family).equals(ip)).toBe(true)
    }))
  })

  it('reads exactly the IPv6 texts that the platform reads', () => {
    const piece = fc.constantFrom(':', '::', '0', '1', 'ffff', 'abcde', '1.2.3.4', '01.2.3.4', 'g', '.')
    fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join('')
      expect(parseIpv6(text) !== undefined).toBe(isIP(text) === 6)
      expect(parseIpv4(text) !== undefined).toBe(isIP(text) === 4)
    }), { numRuns: 3000 })
  })

  it('writes IPv6 as RFC 5952 does', () => {
    expect(parseIp('1030::C9B4:FF12:48AA:1A2B')?.toString()).toBe('1030::c9b4:ff12:48aa:1a2b')
    expect(parseIp('2001:db8:0:0:1:0:0:1')?.toString()).toBe('2001:db8::1:0:0:1')
    expect(parseIp('2001:db8:0:1:1:1:1:1')?.toString()).toBe('2001:db8:0:1:1:1:1:1')
    expect(parseIp('::')?.toString()).toBe('::')
  })

  it('reads inet_aton’s classic forms', () => {
    expect(inetAton('127.1')).toBe(0x7f000001)
    expect(inetAton('0x7f.0.0.01')).toBe(0x7f000001)
    expect(inetAton('2130706433')).toBe(0x7f000001)
    expect(inetAton('1.2.3.256')).toBeUndefined()
  })

  it('knows kinds and scopes (row C10, RFC 6724 3.1)', () => {
    expect(parseIp('127.8.9.1')?.isLoopback).toBe(true)
    expect(parseIp('239.1.1.1')?.isMulticast).toBe(true)
    expect(parseIp('fe80::1')?.isLinkLocal).toBe(true)
    expect(parseIp('fe80::1')?.scope).toBe(2)
    expect(parseIp('fd00:5eed::1')?.isUniqueLocal).toBe(true)
    expect(parseIp('172.31.0.1')?.isPrivate).toBe(true)
    expect(parseIp('172.32.0.1')?.isPrivate).toBe(false)
    expect(parseIp('2001:db8::a1b2:c3d4')?.solicitedNode().toString()).toBe('ff02::1:ffb2:c3d4')
  })
})

describe('prefixes', () => {
  it('contain what shares their bits', () => {
    fc.assert(fc.property(word, word, fc.nat(32), (a, b, length) => {
      const prefix = new Prefix(IpAddress.v4(a), length)
      const same = length === 0 || (a >>> (32 - length)) === (b >>> (32 - length))
      expect(prefix.contains(IpAddress.v4(b))).toBe(same)
    }))
    expect(Prefix.parse('fd00:5eed::/32')?.contains(IpAddress.of(0xfd005eed, 1, 2, 3))).toBe(true)
    expect(Prefix.parse('fd00:5eed::/32')?.contains(IpAddress.of(0xfd005eee, 1, 2, 3))).toBe(false)
  })

  it('know network, broadcast and mask', () => {
    const prefix = Prefix.parse('192.168.1.77/26')
    expect(prefix?.network().toString()).toBe('192.168.1.64')
    expect(prefix?.broadcast().toString()).toBe('192.168.1.127')
    expect(prefix?.netmask().toString()).toBe('255.255.255.192')
    expect(Prefix.parse('1.2.3.4/33')).toBeUndefined()
  })
})

describe('MAC addresses (row A2)', () => {
  it('round-trip through text with either separator', () => {
    fc.assert(fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (bytes) => {
      const mac = MacAddress.fromBytes(bytes, 0)
      expect(MacAddress.parse(mac.toString())?.equals(mac)).toBe(true)
      expect(MacAddress.parse(mac.toString().replaceAll(':', '-').toUpperCase())?.equals(mac)).toBe(true)
      expect(mac.isMulticast).toBe((bytes[0] & 1) === 1)
      expect(mac.isLocal).toBe((bytes[0] & 2) === 2)
    }))
  })

  it('stand for multicast groups', () => {
    expect(MacAddress.forIpv4Multicast(0xe0810203 | 0).toString()).toBe('01:00:5e:01:02:03')
    expect(MacAddress.forIpv6Multicast(0xff010203 | 0).toString()).toBe('33:33:ff:01:02:03')
    expect(MacAddress.parse('02:00:00:00:00')).toBeUndefined()
  })
})
