// IPv6 beyond plain delivery: extension headers, addresses that are born and tested, routers heard (row C9).

import { describe, expect, it } from 'vitest'
import { cidr, ip, pattern, TestNet } from '../../../test/support/ip-host.ts'
import { IpAddress } from '../../base/address/ip.ts'
import { MacAddress } from '../../base/address/mac.ts'
import { addSums, finish, sumBytes } from '../../base/checksum.ts'
import { setU16, setU32 } from '../../base/bytes.ts'
import { encodeEthernet } from '../../wire/ethernet.ts'
import { encodeIpv6Extension, ipv6ExtensionEncodedLength } from '../../wire/ipv6-extensions.ts'
import type { Ipv6Extension } from '../../wire/ipv6-extensions.ts'
import { decodeIpv6, encodeIpv6, Ipv6View } from '../../wire/ipv6.ts'
import { encodeNdpOptions, ndpOptionsEncodedLength } from '../../wire/ndp-options.ts'
import type { NdpOption } from '../../wire/ndp-options.ts'
import { addressSum, pseudoHeaderSum } from '../../wire/pseudo-header.ts'
import { sourceAddress6 } from '../route/source-address.ts'

function listener() {
  const net = new TestNet()
  const host = net.host('h')
  const device = host.record()
  host.ip.addAddress(device, cidr('2001:db8::1/64'))
  const inject = (first: number, extensions: readonly Ipv6Extension[], payload: Uint8Array, destination = '2001:db8::1'): Uint8Array => {
    const length = extensions.reduce((sum, each) => sum + ipv6ExtensionEncodedLength(each), payload.length)
    const packet = new Uint8Array(40 + length)
    let at = encodeIpv6({
      trafficClass: 0, flowLabel: 0, payloadLength: length, nextHeader: first, hopLimit: 64, source: ip('2001:db8::9'), destination: ip(destination),
    }, packet)
    for (const extension of extensions) at = encodeIpv6Extension(extension, packet, at)
    packet.set(payload, at)
    host.inject(device, packet)
    return packet
  }
  const problems = (): number[][] => device.take().map(sent => [sent[40], sent[41], sent[47]])
  return { net, host, device, inject, problems }
}

const options = (kind: 'hop-by-hop' | 'destination', type: number, nextHeader = 17): Ipv6Extension =>
  ({ kind, nextHeader, options: [{ type, data: Uint8Array.of(1, 2) }] })

describe('extension headers', () => {
  it('are walked to the upper protocol', () => {
    const { host, inject } = listener()
    inject(0, [
      { kind: 'hop-by-hop', nextHeader: 43, options: [{ type: 5, data: Uint8Array.of(0, 0) }] },
      { kind: 'routing', nextHeader: 60, routingType: 0, segmentsLeft: 0, data: new Uint8Array(4) },
      { kind: 'destination', nextHeader: 17, options: [] },
    ], pattern(50))
    expect(host.udp.received.map(each => each.bytes)).toEqual([pattern(50)])
  })

  it.each([
    [0x1e, '2001:db8::1', true, []], [0x5e, '2001:db8::1', false, []], [0x9e, '2001:db8::1', false, [[4, 2, 42]]],
    [0xde, '2001:db8::1', false, [[4, 2, 42]]], [0xde, 'ff02::1', false, []], [0x9e, 'ff02::1', false, [[4, 2, 42]]],
  ] as const)('an unknown option 0x%s to %s (behaviour 30)', (type, destination, delivered, answer) => {
    for (const [kind, first] of [['hop-by-hop', 0], ['destination', 60]] as const) {
      const { host, inject, problems } = listener()
      inject(first, [options(kind, type)], pattern(10), destination)
      expect(host.udp.received.length).toBe(delivered ? 1 : 0)
      expect(problems()).toEqual(answer)
    }
  })

  it('an unknown next header draws code 1 with its place, and the packet (behaviour 31)', () => {
    const { inject, device } = listener()
    const packet = inject(253, [], pattern(10))
    const [sent] = device.take()
    expect([sent[40], sent[41], sent[47]]).toEqual([4, 1, 6])
    expect(sent.subarray(48)).toEqual(packet)
    inject(60, [options('destination', 0x1e, 253)], pattern(10))
    expect(device.take().map(each => each[47])).toEqual([40])
  })

  it('hop-by-hop options stand first or not at all; routing with segments left is refused (RFC 8200 4.1, 4.4)', () => {
    const { inject, problems } = listener()
    inject(60, [options('destination', 0x1e, 0), options('hop-by-hop', 0x1e)], pattern(10))
    expect(problems()).toEqual([[4, 1, 40]])
    inject(43, [{ kind: 'routing', nextHeader: 17, routingType: 0, segmentsLeft: 1, data: new Uint8Array(4) }], pattern(10))
    expect(problems()).toEqual([[4, 0, 42]])
  })

  it('a first fragment without the whole upper header is refused (RFC 8200 4.5, RFC 7112)', () => {
    const { net, host, inject, problems } = listener()
    // Eight octets of TCP, and only the start of a destination-options header before the cut.
    inject(44, [{ kind: 'fragment', nextHeader: 6, offset: 0, moreFragments: true, id: 1 }], pattern(8))
    expect(problems()).toEqual([[4, 3, 0]])
    inject(44, [{ kind: 'fragment', nextHeader: 60, offset: 0, moreFragments: true, id: 2 }, options('destination', 0x1e)], new Uint8Array(0))
    expect(problems()).toEqual([[4, 3, 0]])
    inject(44, [{ kind: 'fragment', nextHeader: 17, offset: 0, moreFragments: true, id: 3 }], pattern(8))
    expect(problems()).toEqual([])
    expect(host.drops).toEqual(['ip-fragment-malformed', 'ip-fragment-malformed'])
    net.run(61_000)
    expect(net.memory.leakReport()).toEqual([])
  })

  it('no next header: nothing happens', () => {
    const { host, inject, device } = listener()
    inject(59, [], pattern(10))
    expect([host.udp.received, device.take()]).toEqual([[], []])
  })
})

describe('a fresh address', () => {
  it('is tentative until nobody objects (RFC 4862 5.4)', () => {
    const net = new TestNet()
    const a = net.host('a', { 'net.ipv6.conf.default.dad_transmits': 1 })
    const b = net.host('b')
    const [left] = net.join(a, b)
    a.ip.addAddress(left, cidr('fd00::1/64'))
    expect(a.ip.addressKind(ip('fd00::1'))).toBe('unicast')
    expect(a.send(a.flow('fd00::2'), pattern(8))).toBe('EADDRNOTAVAIL')
    net.run(2100)
    expect(a.ip.addressKind(ip('fd00::1'))).toBe('local')
    expect(a.ip.addresses().filter(each => each.device === left).map(each => each.state)).toEqual(['preferred', 'preferred'])
    expect(net.memory.leakReport()).toEqual([])
  })

  it('that somebody has is never used', () => {
    const net = new TestNet()
    const a = net.host('a', { 'net.ipv6.conf.default.dad_transmits': 1 })
    const b = net.host('b')
    const [left, right] = net.join(a, b)
    b.ip.addAddress(right, cidr('fd00::1/64'))
    a.ip.addAddress(left, cidr('fd00::1/64'))
    a.ip.addAddress(left, cidr('fd00::3/64'), { noDad: true })
    expect(a.ip.addressKind(ip('fd00::3'))).toBe('local')
    net.run(5000)
    expect(a.ip.addresses().find(each => each.address.equals(ip('fd00::1')))?.state).toBe('duplicate')
    expect(a.ip.addressKind(ip('fd00::1'))).toBe('unicast')
    expect(net.memory.leakReport()).toEqual([])
  })
})

describe('a router on the link', () => {
  const ROUTER = ip('fe80::ff')
  const advertisement = (lifetimeSec: number, prefixes: readonly NdpOption[]): Uint8Array => {
    const all: NdpOption[] = [{ kind: 'source-link-layer', mac: MacAddress.of(0x0200, 0xff) }, { kind: 'mtu', mtu: 1400 }, ...prefixes]
    const length = 16 + ndpOptionsEncodedLength(all)
    const frame = new Uint8Array(54 + length)
    encodeEthernet({ destination: MacAddress.forIpv6Multicast(1), source: MacAddress.of(0x0200, 0xff), etherType: 0x86dd }, frame)
    encodeIpv6({
      trafficClass: 0, flowLabel: 0, payloadLength: length, nextHeader: 58, hopLimit: 255, source: ROUTER, destination: IpAddress.ALL_NODES,
    }, frame, 14)
    frame[54] = 134
    setU32(frame, 58, (64 << 24) | lifetimeSec)
    encodeNdpOptions(all, frame, 70)
    const pseudo = pseudoHeaderSum(addressSum(ROUTER, IpAddress.ALL_NODES), 58, length)
    setU16(frame, 56, finish(addSums(pseudo, sumBytes(frame, 54, length))))
    return frame
  }
  const prefix = (validSec: number, preferredSec: number): NdpOption =>
    ({ kind: 'prefix', length: 64, onLink: true, autonomous: true, validSec, preferredSec, prefix: ip('2001:db8:1::') })

  function station(sysctls = {}) {
    const net = new TestNet()
    const host = net.host('h', { 'net.ipv6.conf.default.dad_transmits': 1, 'net.ipv6.conf.default.router_solicitations': 3, ...sysctls })
    const device = host.record('ethernet')
    return { net, host, device }
  }
  const stateless = '2001:db8:1:0:0:ff:fe00:1'

  it('is asked for three times', () => {
    const { net, device } = station()
    net.run(30_000)
    const solicitations = device.take().filter(each => each[54] === 133)
    expect(solicitations.length).toBe(3)
    const header = decodeIpv6(new Ipv6View().wrapBytes(solicitations[0], 14))
    expect([header.destination.toString(), header.hopLimit, header.source.toString()]).toEqual(['ff02::2', 255, 'fe80::ff:fe00:1'])
  })

  it('gives addresses, an on-link prefix and a default route, each for a time (RFC 4862 5.5)', () => {
    const { net, host, device } = station()
    net.run(2500)
    host.inject(device, advertisement(1800, [prefix(10_000, 5000)]))
    net.run(3000)
    expect(host.ip.addressKind(ip(stateless))).toBe('local')
    const far = host.flow('2606:4700::1')
    expect(host.ip.resolve(far)).toBeUndefined()
    expect([far.source.toString(), far.route?.gateway?.toString(), far.route?.mtu]).toEqual([stateless.replace('0:0:ff', ':ff'), 'fe80::ff', 1400])
    const near = host.flow('2001:db8:1::77')
    expect([host.ip.resolve(near), near.route?.gateway]).toEqual([undefined, undefined])
    net.run(1_800_000)
    expect(host.ip.resolve(host.flow('2606:4700::1'))).toBe('ENETUNREACH')
    net.run(5_000_000 - 1_800_000)
    expect(host.ip.addresses().find(each => each.origin === 'router')?.state).toBe('deprecated')
    net.run(5_010_000)
    expect(host.ip.addressKind(ip(stateless))).toBe('unicast')
    expect(host.namespace.timers.armedCount).toBe(0)
  })

  it('may not shorten an address to less than two hours (RFC 4862 5.5.3 (e))', () => {
    const { net, host, device } = station()
    net.run(2500)
    host.inject(device, advertisement(1800, [prefix(86_400, 86_400)]))
    net.run(3000)
    host.inject(device, advertisement(1800, [prefix(60, 60)]))
    net.run(7_000_000)
    expect(host.ip.addressKind(ip(stateless))).toBe('local')
    net.run(400_000)
    expect(host.ip.addressKind(ip(stateless))).toBe('unicast')
  })

  it('is not believed by a router, nor through another router (hop limit)', () => {
    const { net, host, device } = station()
    net.run(2500)
    const forged = advertisement(1800, [prefix(86_400, 86_400)])
    forged[21] = 254
    host.inject(device, forged)
    expect(host.drops).toEqual(['neighbour-malformed'])
    expect(host.ip.resolve(host.flow('2606:4700::1'))).toBe('ENETUNREACH')
  })
})

describe('source addresses (RFC 6724 5)', () => {
  const net = new TestNet()
  const host = net.host('h')
  const [one, two] = [host.record('ethernet'), host.record('ethernet')]
  for (const text of ['2001:db8:1::1/64', '2001:db8:2::1/64', 'fd00::1/64']) host.ip.addAddress(one, cidr(text))
  host.ip.addAddress(two, cidr('2001:db8:3::1/64'))
  const choose = (destination: string, device = one): string | undefined =>
    sourceAddress6(host.ip.rooms.addresses, device, ip(destination))?.toString()

  it.each([
    ['2001:db8:2::99', '2001:db8:2::1'], ['2001:db8:1::1', '2001:db8:1::1'], ['fd12::1', 'fd00::1'], ['fe80::99', 'fe80::ff:fe00:1'],
    ['ff02::1', 'fe80::ff:fe00:1'],
  ])('%s is spoken to from %s', (destination, source) => { expect(choose(destination)).toBe(source) })

  it('the outgoing device’s own come first, deprecated ones last', () => {
    expect(choose('2001:db8:9::1', two)).toBe('2001:db8:3::1')
    const entry = host.ip.addresses().find(each => each.address.equals(ip('2001:db8:2::1')))
    if (entry !== undefined) entry.state = 'deprecated'
    expect(choose('2001:db8:2::99')).toBe('2001:db8:1::1')
  })
})
