// Round trips of the headers of link and internet layer, and "never reads past the end". Numbers are the RFCs' own.

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { IpAddress } from '../base/address/ip.ts'
import { MacAddress } from '../base/address/mac.ts'
import { fromHex, toHex } from '../base/bytes.ts'
import { arpEncodedLength, ArpView, decodeArp, encodeArp } from './arp.ts'
import { decodeEthernet, encodeEthernet, ethernetEncodedLength, EthernetView } from './ethernet.ts'
import { decodeIcmpv4, encodeIcmpv4, icmpv4EncodedLength, Icmpv4View } from './icmpv4.ts'
import { decodeIcmpv6, encodeIcmpv6, icmpv6EncodedLength, Icmpv6View } from './icmpv6.ts'
import { decodeIpv4Options, encodeIpv4Options, ipv4OptionsEncodedLength } from './ipv4-options.ts'
import { decodeIpv4, encodeIpv4, ipv4EncodedLength, Ipv4View } from './ipv4.ts'
import { decodeIpv6Extension, encodeIpv6Extension, ipv6ExtensionEncodedLength, unknownOptionAction } from './ipv6-extensions.ts'
import type { Ipv6Extension } from './ipv6-extensions.ts'
import { decodeIpv6, encodeIpv6, ipv6EncodedLength, Ipv6View } from './ipv6.ts'
import { decodeNdpOptions, encodeNdpOptions, ndpOptionsEncodedLength } from './ndp-options.ts'
import type { NdpOption } from './ndp-options.ts'

const u8 = fc.integer({ min: 0, max: 255 })
const u16 = fc.integer({ min: 0, max: 65535 })
const u32 = fc.integer({ min: 0, max: 4294967295 })
const bytes = (max: number) => fc.uint8Array({ maxLength: max })
const mac = fc.tuple(u16, u32).map(([high, low]) => MacAddress.of(high, low | 0))
const v4 = u32.map(word => IpAddress.v4(word | 0))
const v6 = fc.tuple(u32, u32, u32, u32).map(([a, b, c, d]) => IpAddress.of(a | 0x20000000, b, c, d))

/** Encoded behind some other bytes, as in a packet. */
const AT = 3

describe('records and bytes are the same thing twice', () => {
  it('Ethernet', () => {
    fc.assert(fc.property(fc.record({ destination: mac, source: mac, etherType: u16 }), header => {
      const into = new Uint8Array(AT + ethernetEncodedLength(header))
      encodeEthernet(header, into, AT)
      const view = new EthernetView().wrapBytes(into, AT)
      expect(view.check()).toBeUndefined()
      expect(decodeEthernet(view)).toEqual(header)
    }))
  })

  it('ARP', () => {
    fc.assert(fc.property(fc.record({
      operation: u16, senderHardware: mac, senderProtocol: v4, targetHardware: mac, targetProtocol: v4,
    }), message => {
      const into = new Uint8Array(AT + arpEncodedLength(message))
      encodeArp(message, into, AT)
      const view = new ArpView().wrapBytes(into, AT)
      expect(view.check()).toBeUndefined()
      expect(decodeArp(view)).toEqual(message)
    }))
  })

  it('IPv4, with a checksum that sums to all ones', () => {
    const options = fc.integer({ min: 0, max: 10 }).chain(words => fc.uint8Array({ minLength: words * 4, maxLength: words * 4 }))
    fc.assert(fc.property(fc.record({
      trafficClass: u8, payloadLength: fc.integer({ min: 0, max: 1000 }), id: u16, dontFragment: fc.boolean(), moreFragments: fc.boolean(),
      fragmentOffset: fc.integer({ min: 0, max: 8191 }).map(n => n * 8), ttl: u8, protocol: u8, source: v4, destination: v4, options,
    }), header => {
      const into = new Uint8Array(AT + ipv4EncodedLength(header) + header.payloadLength)
      encodeIpv4(header, into, AT)
      const view = new Ipv4View().wrapBytes(into, AT)
      expect(view.check()).toBeUndefined()
      expect(view.isChecksumGood).toBe(true)
      expect(decodeIpv4(view)).toEqual(header)
    }))
  })

  it('IPv4 options', () => {
    const option = fc.record({ type: fc.integer({ min: 2, max: 255 }), data: bytes(6) })
    fc.assert(fc.property(fc.array(option, { maxLength: 5 }), options => {
      const into = new Uint8Array(ipv4OptionsEncodedLength(options))
      encodeIpv4Options(options, into)
      expect(into.length % 4).toBe(0)
      expect(decodeIpv4Options(into)).toEqual(options)
    }))
  })

  it('IPv6', () => {
    fc.assert(fc.property(fc.record({
      trafficClass: u8, flowLabel: fc.integer({ min: 0, max: 0xfffff }), payloadLength: u16, nextHeader: u8, hopLimit: u8, source: v6,
      destination: v6,
    }), header => {
      const into = new Uint8Array(AT + ipv6EncodedLength(header) + header.payloadLength)
      encodeIpv6(header, into, AT)
      const view = new Ipv6View().wrapBytes(into, AT)
      expect(view.check()).toBeUndefined()
      expect(decodeIpv6(view)).toEqual(header)
    }))
  })

  it('IPv6 extension headers', () => {
    const option = fc.record({ type: fc.integer({ min: 2, max: 255 }), data: bytes(20) })
    const extension: fc.Arbitrary<Ipv6Extension> = fc.oneof(
      fc.record({ kind: fc.constantFrom('hop-by-hop' as const, 'destination' as const), nextHeader: u8, options: fc.array(option, { maxLength: 4 }) }),
      fc.record({
        kind: fc.constant('routing' as const), nextHeader: u8, routingType: u8, segmentsLeft: u8,
        data: fc.integer({ min: 0, max: 3 }).chain(n => fc.uint8Array({ minLength: 4 + 8 * n, maxLength: 4 + 8 * n })),
      }),
      fc.record({
        kind: fc.constant('fragment' as const), nextHeader: u8, offset: fc.integer({ min: 0, max: 8191 }).map(n => n * 8),
        moreFragments: fc.boolean(), id: u32,
      }),
    )
    fc.assert(fc.property(extension, each => {
      const into = new Uint8Array(AT + ipv6ExtensionEncodedLength(each))
      encodeIpv6Extension(each, into, AT)
      expect((into.length - AT) % 8).toBe(0)
      expect(decodeIpv6Extension(each.kind, into, AT)).toEqual(each)
    }))
  })

  it('ICMP and ICMPv6', () => {
    const message = fc.record({ type: u8, code: u8, rest: u32, body: bytes(40) })
    fc.assert(fc.property(message, each => {
      const into = new Uint8Array(icmpv4EncodedLength(each))
      encodeIcmpv4(each, into)
      expect(decodeIcmpv4(new Icmpv4View().wrapBytes(into))).toEqual(each)
    }))
    fc.assert(fc.property(message, u16, (each, checksum) => {
      const into = new Uint8Array(icmpv6EncodedLength({ ...each, checksum }))
      encodeIcmpv6({ ...each, checksum }, into)
      expect(decodeIcmpv6(new Icmpv6View().wrapBytes(into))).toEqual({ ...each, checksum })
    }))
  })

  it('options of neighbour discovery', () => {
    const option: fc.Arbitrary<NdpOption> = fc.oneof(
      fc.record({ kind: fc.constantFrom('source-link-layer' as const, 'target-link-layer' as const), mac }),
      fc.record({ kind: fc.constant('mtu' as const), mtu: u32 }),
      fc.record({
        kind: fc.constant('prefix' as const), length: fc.integer({ min: 0, max: 128 }), onLink: fc.boolean(), autonomous: fc.boolean(),
        validSec: u32, preferredSec: u32, prefix: v6,
      }),
      fc.record({ kind: fc.constant('dns-servers' as const), lifetimeSec: u32, servers: fc.array(v6, { minLength: 1, maxLength: 3 }) }),
      fc.record({ kind: fc.constant('other' as const), type: fc.integer({ min: 100, max: 200 }), data: fc.uint8Array({ minLength: 6, maxLength: 6 }) }),
    )
    fc.assert(fc.property(fc.array(option, { maxLength: 5 }), options => {
      const into = new Uint8Array(AT + ndpOptionsEncodedLength(options))
      encodeNdpOptions(options, into, AT)
      expect(decodeNdpOptions(into, AT)).toEqual(options)
    }))
  })
})

describe('whatever arrives', () => {
  it('is read within its bounds or refused', () => {
    // A guard byte behind the end: any getter that strays would see it.
    fc.assert(fc.property(bytes(100), data => {
      const guarded = new Proxy(data, {
        get(target, key) {
          if (typeof key === 'string' && /^\d+$/.test(key)) expect(Number(key)).toBeLessThan(target.length)
          const value: unknown = Reflect.get(target, key, target)
          return typeof value === 'function' ? value.bind(target) as unknown : value
        },
      })
      const v4View = new Ipv4View().wrapBytes(guarded, 0, data.length)
      if (v4View.check() === undefined) void [v4View.isChecksumGood, decodeIpv4(v4View)]
      const v6View = new Ipv6View().wrapBytes(guarded, 0, data.length)
      if (v6View.check() === undefined) decodeIpv6(v6View)
      const arp = new ArpView().wrapBytes(guarded, 0, data.length)
      if (arp.check() === undefined) decodeArp(arp)
      decodeIpv4Options(guarded, 0, data.length)
      decodeNdpOptions(guarded, 0, data.length)
      for (const kind of ['hop-by-hop', 'destination', 'routing', 'fragment'] as const) decodeIpv6Extension(kind, guarded, 0, data.length)
      const icmp = new Icmpv6View().wrapBytes(guarded, 0, data.length)
      if (icmp.check() === undefined && icmp.fixedLength <= data.length) decodeIcmpv6(icmp)
    }), { numRuns: 500 })
  })

  it('of an unknown option, the two top bits say what is owed (RFC 8200 4.2, behaviour 30)', () => {
    expect([0x3e, 0x7e, 0xbe, 0xfe].map(unknownOptionAction)).toEqual(['skip', 'discard', 'report', 'report-unless-multicast'])
  })
})

describe('bytes of the wild', () => {
  it('an ARP request as tcpdump shows it', () => {
    const frame = fromHex('ffffffffffff 020000000001 0806 0001 0800 06 04 0001 020000000001 c0a80101 000000000000 c0a80102') ?? new Uint8Array()
    const ethernet = new EthernetView().wrapBytes(frame)
    expect([ethernet.isBroadcast, ethernet.etherType, ethernet.source.toString()]).toEqual([true, 0x0806, '02:00:00:00:00:01'])
    const arp = decodeArp(new ArpView().wrapBytes(frame, 14))
    expect([arp.operation, arp.senderProtocol.toString(), arp.targetProtocol.toString()]).toEqual([1, '192.168.1.1', '192.168.1.2'])
    const again = new Uint8Array(28)
    encodeArp(arp, again)
    expect(toHex(again)).toBe(toHex(frame.subarray(14)))
  })

  it('the IPv4 header of Wikipedia’s checksum example: b861', () => {
    const header = fromHex('4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7') ?? new Uint8Array()
    const view = new Ipv4View().wrapBytes(header)
    expect([view.checkHeader(), view.isChecksumGood, view.dontFragment, view.totalLength]).toEqual([undefined, true, true, 115])
    view.refreshChecksum()
    expect(view.checksum).toBe(0xb861)
  })
})
