// Fragments in every order, of every cut (row C2, behaviours 28 and 29).

import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cidr, ip, pattern, TestNet } from '../../test/support/ip-host.ts'
import { decodeIcmpv4, Icmpv4View } from '../wire/icmpv4.ts'
import { encodeIpv4 } from '../wire/ipv4.ts'
import { encodeIpv6Extension } from '../wire/ipv6-extensions.ts'
import { encodeIpv6 } from '../wire/ipv6.ts'
import { ecnOfWhole } from './reassembly.ts'

type Family = 4 | 6
interface Piece { readonly offset: number, readonly bytes: Uint8Array, readonly more: boolean }

function listener(family: Family) {
  const net = new TestNet()
  const host = net.host('h')
  const device = host.record()
  host.ip.addAddress(device, cidr(family === 4 ? '192.0.2.1/24' : '2001:db8::1/64'))
  const inject = (piece: Piece, id = 7): void => {
    host.inject(device, family === 4 ? wire4(piece, id) : wire6(piece, id))
  }
  return { net, host, device, inject }
}

function wire4({ offset, bytes, more }: Piece, id: number): Uint8Array {
  const packet = new Uint8Array(20 + bytes.length)
  encodeIpv4({
    trafficClass: 0, payloadLength: bytes.length, id, dontFragment: false, moreFragments: more, fragmentOffset: offset, ttl: 64,
    protocol: 17,
    source: ip('192.0.2.9'), destination: ip('192.0.2.1'), options: new Uint8Array(),
  }, packet)
  packet.set(bytes, 20)
  return packet
}

function wire6({ offset, bytes, more }: Piece, id: number): Uint8Array {
  const packet = new Uint8Array(48 + bytes.length)
  encodeIpv6({
    trafficClass: 0, flowLabel: 0, payloadLength: 8 + bytes.length, nextHeader: 44, hopLimit: 64, source: ip('2001:db8::9'),
    destination: ip('2001:db8::1'),
  }, packet)
  encodeIpv6Extension({ kind: 'fragment', nextHeader: 17, offset, moreFragments: more, id }, packet, 40)
  packet.set(bytes, 48)
  return packet
}

/** Cuts at multiples of eight. */
function cut(whole: Uint8Array, places: readonly number[]): Piece[] {
  const inner = places.map(each => each * 8).filter(each => each > 0 && each < whole.length)
  const edges = [...new Set([0, ...inner, whole.length])].sort((a, b) => a - b)
  return edges.slice(0, -1).map((start, i) => {
    const end = edges[i + 1]
    return { offset: start, bytes: whole.slice(start, end), more: end < whole.length }
  })
}

const shuffled = <T>(items: readonly T[], keys: readonly number[]): T[] =>
  items.map((item, i) => ({ item, key: keys[i % keys.length] })).sort((a, b) => a.key - b.key).map(each => each.item)

describe.each([4, 6] as const)('fragments of IPv%i', family => {
  it('make the datagram again, in every order and cut, repetitions or not', () => {
    fc.assert(fc.property(
      fc.integer({ min: 9, max: 5000 }), fc.array(fc.integer({ min: 1, max: 600 }), { minLength: 1, maxLength: 12 }),
      fc.array(fc.integer(), { minLength: 13, maxLength: 13 }), fc.array(fc.nat(12), { maxLength: 3 }),
      (length, places, keys, repeats) => {
        const { net, host, inject } = listener(family)
        const whole = pattern(length)
        const pieces = cut(whole, places)
        fc.pre(pieces.length > 1)
        const order = shuffled(pieces, keys)
        // A repetition of what is already there changes nothing.
        const last = order[order.length - 1]
        for (const piece of order.slice(0, -1)) inject(piece)
        for (const repeat of repeats) if (order[repeat] !== undefined && order[repeat] !== last) inject(order[repeat])
        expect(host.udp.received).toEqual([])
        inject(last)
        expect(host.udp.received.map(each => each.bytes)).toEqual([whole])
        expect(host.ip.rooms.reassembly4.reassembler.bytesHeld + host.ip.rooms.reassembly6.reassembler.bytesHeld).toBe(0)
        expect(net.memory.leakReport()).toEqual([])
      }), { numRuns: 60 })
  })

  it('that overlap take the whole datagram with them (RFC 5722 3)', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 20 }), (start, length) => {
      const { net, host, inject } = listener(family)
      const whole = pattern(320)
      inject({ offset: 0, bytes: whole.slice(0, 80), more: true })
      inject({ offset: 160, bytes: whole.slice(160, 320), more: false })
      const piece = { offset: start * 8, bytes: whole.slice(start * 8, Math.min(312, (start + length) * 8)), more: true }
      const end = piece.offset + piece.bytes.length
      const inside = end <= 80 || piece.offset >= 160
      const fits = piece.offset >= 80 && end <= 160
      inject(piece)
      inject({ offset: 80, bytes: whole.slice(80, 160), more: true })
      if (inside) expect(host.udp.received.length).toBe(1)
      else if (!fits) expect([host.udp.received, host.drops.includes('ip-fragment-overlap')]).toEqual([[], true])
      net.run(61_000)
      expect(net.memory.leakReport()).toEqual([])
    }), { numRuns: 60 })
  })

  it('whose end is told twice differently are discarded', () => {
    const { host, inject, net } = listener(family)
    inject({ offset: 80, bytes: pattern(80), more: false })
    inject({ offset: 160, bytes: pattern(80), more: true })
    expect(host.drops).toEqual(['ip-fragment-overlap', 'ip-fragment-overlap'])
    expect(net.memory.leakReport()).toEqual([])
  })

  it('expire, with Time Exceeded only if the first is there (RFC 1122 3.3.2, behaviour 29)', () => {
    const { net, host, device, inject } = listener(family)
    inject({ offset: 80, bytes: pattern(80), more: true }, 1)
    inject({ offset: 0, bytes: pattern(80), more: true }, 2)
    net.run(family === 4 ? 29_900 : 59_900)
    expect(host.drops).toEqual([])
    net.run(300)
    expect(host.drops).toEqual(['ip-reassembly-timeout', 'ip-reassembly-timeout'])
    const sent = device.take()
    expect(sent.length).toBe(1)
    if (family === 4) {
      const message = decodeIcmpv4(new Icmpv4View().wrapBytes(sent[0], 20))
      expect([message.type, message.code, message.body.length]).toEqual([11, 1, 100])
    } else {
      expect([sent[0][40], sent[0][41]]).toEqual([3, 1])
    }
    const mib = family === 4 ? host.namespace.mib.ip : host.namespace.mib.ip6
    expect([mib.ReasmTimeout, mib.ReasmFails]).toEqual([2, 2])
    expect(net.memory.leakReport()).toEqual([])
  })

  it('are refused above the memory limit', () => {
    const { net, host, inject } = listener(family)
    host.namespace.sysctl.set(family === 4 ? 'net.ipv4.ipfrag_high_thresh' : 'net.ipv6.ip6frag_high_thresh', '10000')
    for (let i = 0; i < 20; i++) inject({ offset: 80, bytes: pattern(80), more: true }, i)
    expect(host.drops.length).toBe(15)
    expect(new Set(host.drops)).toEqual(new Set(['ip-reassembly-memory']))
    net.run(61_000)
    expect(net.memory.leakReport()).toEqual([])
  })

  it('of different datagrams are kept apart', () => {
    const { host, inject } = listener(family)
    const [a, b] = [pattern(160, 1), pattern(160, 2)]
    inject({ offset: 0, bytes: a.slice(0, 80), more: true }, 1)
    inject({ offset: 0, bytes: b.slice(0, 80), more: true }, 2)
    inject({ offset: 80, bytes: b.slice(80), more: false }, 2)
    inject({ offset: 80, bytes: a.slice(80), more: false }, 1)
    expect(host.udp.received.map(each => each.bytes)).toEqual([b, a])
  })
})

describe('IPv4', () => {
  it('a datagram that would be longer than 65,535 bytes is refused (RFC 791 3.2)', () => {
    const { host, inject } = listener(4)
    inject({ offset: 65_528, bytes: pattern(80), more: false })
    expect(host.drops).toEqual(['ip-fragment-malformed'])
  })

  it('congestion seen by one piece is congestion of the whole (RFC 3168 5.3)', () => {
    expect([1, 2, 4, 8, 2 | 4, 4 | 8, 2 | 8].map(ecnOfWhole)).toEqual([0, 1, 2, 3, 2, 3, 3])
    expect([1 | 8, 1 | 4, 1 | 2].map(ecnOfWhole)).toEqual([-1, -1, -1])
  })
})

describe('IPv6', () => {
  const problem = (sent: Uint8Array): number[] => [sent[40], sent[41], (sent[44] << 24) | (sent[45] << 16) | (sent[46] << 8) | sent[47]]

  it('a piece that is not the last must be a multiple of eight: pointer to Payload Length (behaviour 29)', () => {
    const { host, device, inject } = listener(6)
    inject({ offset: 0, bytes: pattern(81), more: true })
    expect(device.take().map(problem)).toEqual([[4, 0, 4]])
    expect(host.drops).toEqual(['ip-fragment-malformed'])
  })

  it('a whole beyond 65,535: pointer to the fragment offset (behaviour 29)', () => {
    const { device, inject } = listener(6)
    inject({ offset: 65_528, bytes: pattern(80), more: false })
    expect(device.take().map(problem)).toEqual([[4, 0, 42]])
  })

  it('an atomic fragment stands alone, whatever waits under its id (RFC 6946)', () => {
    const { host, inject, net } = listener(6)
    inject({ offset: 0, bytes: pattern(80), more: true }, 5)
    inject({ offset: 0, bytes: pattern(33), more: false }, 5)
    expect(host.udp.received.map(each => each.bytes)).toEqual([pattern(33)])
    net.run(61_000)
    expect(net.memory.leakReport()).toEqual([])
  })
})
