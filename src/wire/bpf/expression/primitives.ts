// The primitives of pcap-filter(7): host, net, port and the protocols, as tests of header fields (libpcap: gencode.c).

import { parseIp } from '../../../base/address/ip.ts'
import { NEVER, and, constant, equals, load, masked, not, or } from './tree.ts'
import type { Condition } from './tree.ts'
import { FilterFault } from './tokens.ts'
import type { Token } from './tokens.ts'

export type LinkType = 'ethernet' | 'ip'
export type Direction = 'src' | 'dst' | 'either' | 'both'
export interface Qualifiers { readonly protocol: string | undefined, readonly direction: Direction, readonly type: string }

const ETHERTYPES: Readonly<Record<string, number>> = { ip: 0x0800, arp: 0x0806, rarp: 0x8035, ip6: 0x86dd }
const PROTOCOLS: Readonly<Record<string, number>> = {
  icmp: 1, igmp: 2, tcp: 6, udp: 17, gre: 47, esp: 50, ah: 51, icmp6: 58, sctp: 132,
}
const PORT_NAMES: Readonly<Record<string, number>> = {
  ftp: 21, ssh: 22, telnet: 23, smtp: 25, domain: 53, bootps: 67, bootpc: 68, http: 80, ntp: 123, https: 443,
}
const WITH_PORTS: readonly number[] = [6, 17, 132]
const FRAGMENT_HEADER = 44

export function isProtocol(name: string): boolean { return name in ETHERTYPES || name in PROTOCOLS || name === 'ether' }

export class Primitives {
  private readonly link: LinkType

  constructor(link: LinkType) { this.link = link }

  etherType(type: number): Condition {
    if (this.link === 'ethernet') return equals(load('link', 12, 2), type)
    const version = type === ETHERTYPES.ip ? 0x40 : type === ETHERTYPES.ip6 ? 0x60 : 0
    return version === 0 ? NEVER : equals(masked(load('network', 0, 1), 0xf0), version)
  }

  get ip(): Condition { return this.etherType(0x0800) }
  get ip6(): Condition { return this.etherType(0x86dd) }

  protocol4(number: number): Condition { return and(this.ip, equals(load('network', 9, 1), number)) }

  /** Directly behind the header, or behind a fragment header. */
  protocol6(number: number): Condition {
    const next = load('network', 6, 1)
    return and(this.ip6, or(equals(next, number), and(equals(next, FRAGMENT_HEADER), equals(load('network', 40, 1), number))))
  }

  /** A protocol by its name alone. */
  named(name: string): Condition {
    if (name in ETHERTYPES) return this.etherType(ETHERTYPES[name])
    const number = PROTOCOLS[name]
    if (name === 'icmp' || name === 'igmp') return this.protocol4(number)
    return name === 'icmp6' ? this.protocol6(number) : or(this.protocol4(number), this.protocol6(number))
  }

  notLaterFragment(): Condition {
    return not({ kind: 'test', value: load('network', 6, 2), relation: 'set', right: constant(0x1fff) })
  }

  /** What `proto NAME-OR-NUMBER` behind a protocol means. */
  protocolNumber(outer: string | undefined, token: Token): Condition {
    const number = token.kind === 'number' ? Number(token.text) : PROTOCOLS[token.text] ?? ETHERTYPES[token.text]
    if (number === undefined) throw new FilterFault(`${token.text}: no such protocol`, token.at)
    if (outer === 'ether') return this.etherType(number)
    if (outer === 'ip') return this.protocol4(number)
    if (outer === 'ip6') return this.protocol6(number)
    if (outer !== undefined) throw new FilterFault(`${outer} proto is not known`, token.at)
    return or(this.protocol4(number), this.protocol6(number))
  }

  ports(token: Token, qualifiers: Qualifiers, low: number, high: number): Condition {
    const { protocol, direction } = qualifiers
    const numbers = protocol === undefined ? WITH_PORTS : WITH_PORTS.filter(each => each === PROTOCOLS[protocol])
    if (numbers.length === 0) throw new FilterFault(`${protocol} has no ports`, token.at)
    const at = (base: 'network' | 'transport', offset: number): Condition => {
      const value = load(base, offset, 2)
      if (low === high) return equals(value, low)
      return and({ kind: 'test', value, relation: '>=', right: constant(low) },
        not({ kind: 'test', value, relation: '>', right: constant(high) }))
    }
    const four = and(this.ip, or(...numbers.map(each => equals(load('network', 9, 1), each))), this.notLaterFragment(),
      eitherWay(direction, at('transport', 0), at('transport', 2)))
    const six = and(this.ip6, or(...numbers.map(each => equals(load('network', 6, 1), each))),
      eitherWay(direction, at('network', 40), at('network', 42)))
    return or(four, six)
  }

  portNumber(token: Token): number {
    const number = token.kind === 'number' ? Number(token.text) : PORT_NAMES[token.text]
    if (number === undefined || number > 65_535) throw new FilterFault(`${token.text}: no such port`, token.at)
    return number
  }

  hardwareHost(token: Token, direction: Direction): Condition {
    if (this.link !== 'ethernet') throw new FilterFault('there are no link addresses here', token.at)
    const bytes = token.text.split(':').map(each => Number.parseInt(each, 16))
    const at = (offset: number): Condition => and(
      equals(load('link', offset + 2, 4), bytes[2] << 24 | bytes[3] << 16 | bytes[4] << 8 | bytes[5]),
      equals(load('link', offset, 2), bytes[0] << 8 | bytes[1]))
    return eitherWay(direction, at(6), at(0))
  }

  network(token: Token, { protocol, direction, type }: Qualifiers): Condition {
    const [text, length] = token.text.split('/')
    if (token.kind === 'ipv6') return this.network6(token, text, length === undefined ? 128 : Number(length), protocol, direction)
    const parts = text.split('.').map(Number)
    if (parts.some(each => each > 255)) throw new FilterFault(`${text}: no address`, token.at)
    if (parts.length < 4 && type !== 'net') throw new FilterFault(`${text}: an address has four parts`, token.at)
    const bits = length === undefined ? (type === 'net' ? parts.length * 8 : 32) : Number(length)
    if (bits > 32) throw new FilterFault(`/${length}: at most 32`, token.at)
    const mask = maskOf(bits)
    const word = parts.reduce((sum, each, index) => sum | each << (24 - 8 * index), 0)
    if ((word & ~mask) !== 0) throw new FilterFault(`${token.text}: bits beyond the mask`, token.at)
    const at = (offset: number): Condition => equals(mask === -1 ? load('network', offset, 4) : masked(load('network', offset, 4), mask), word)
    const both = (source: number, destination: number): Condition => eitherWay(direction, at(source), at(destination))
    const ip = and(this.ip, both(12, 16))
    const arp = and(this.etherType(0x0806), both(14, 24))
    if (protocol === undefined) return or(ip, arp, and(this.etherType(0x8035), both(14, 24)))
    if (protocol === 'ip') return ip
    if (protocol === 'arp') return arp
    if (protocol === 'rarp') return and(this.etherType(0x8035), both(14, 24))
    if (protocol in PROTOCOLS) return and(this.named(protocol), ip)
    throw new FilterFault(`${protocol} has no IPv4 addresses`, token.at)
  }

  private network6(token: Token, text: string, bits: number, protocol: string | undefined, direction: Direction): Condition {
    const address = parseIp(text)
    if (address === undefined || bits > 128) throw new FilterFault(`${token.text}: no address`, token.at)
    if (protocol !== undefined && protocol !== 'ip6') throw new FilterFault(`${protocol} has no IPv6 addresses`, token.at)
    const words = [address.w0, address.w1, address.w2, address.w3]
    if (words.some((word, index) => (word & ~maskOf(bits - 32 * index)) !== 0)) throw new FilterFault(`${token.text}: bits beyond the mask`, token.at)
    const at = (offset: number): Condition => {
      const tests = words.flatMap((word, index) => {
        const mask = maskOf(bits - 32 * index)
        const value = load('network', offset + 4 * index, 4)
        return mask === 0 ? [] : [equals(mask === -1 ? value : masked(value, mask), word)]
      })
      return tests.length === 0 ? this.ip6 : and(...tests)
    }
    return and(this.ip6, eitherWay(direction, at(8), at(24)))
  }
}

/** The first `bits` of a word, as far as it has them. */
function maskOf(bits: number): number { return bits <= 0 ? 0 : bits >= 32 ? -1 : -1 << (32 - bits) }

function eitherWay(direction: Direction, source: Condition, destination: Condition): Condition {
  switch (direction) {
    case 'src': return source
    case 'dst': return destination
    case 'both': return and(source, destination)
    case 'either': return or(source, destination)
  }
}
