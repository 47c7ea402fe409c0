// A frame as nested layers of fields with their byte ranges (row A1): what the dissector of the lab shows and `-v` prints.

import { IpAddress } from '../../base/address/ip.ts'
import { MacAddress } from '../../base/address/mac.ts'
import { getU16, getU32Unsigned } from '../../base/bytes.ts'
import { sumBytes } from '../../base/checksum.ts'
import { ETHERTYPES, describeFrame } from './ethernet.ts'
import { describeIcmp4, describeIcmp6 } from './icmp.ts'
import { findIpv6Payload, protocolName } from './ip.ts'
import { describeTcpFlags, describeTcpOptions } from './tcp.ts'

/** `from` and `to` are byte positions in what was dissected; `to` is one past the last. */
export interface FieldNode {
  readonly name: string
  readonly value: string
  readonly from: number
  readonly to: number
  readonly children: readonly FieldNode[]
}

/** The frame as a nest: Ethernet > IP > TCP > data. */
export function dissect(bytes: Uint8Array, medium: 'ethernet' | 'ip' | 'loopback'): FieldNode {
  const children = medium === 'ethernet' ? ethernetLayer(bytes) : ipLayer(bytes, 0, bytes.length)
  return { name: 'frame', value: describeFrame(bytes, 0, bytes.length, { medium }), from: 0, to: bytes.length, children }
}

/** The tree as indented lines, each with its byte range. */
export function describeTree(node: FieldNode, depth: number = 0): string[] {
  const line = `${'  '.repeat(depth)}${node.name}${node.value === '' ? '' : `: ${node.value}`} [${node.from}..${node.to})`
  return [line, ...node.children.flatMap(each => describeTree(each, depth + 1))]
}

function field(name: string, value: string | number, from: number, length: number): FieldNode {
  return { name, value: String(value), from, to: from + length, children: [] }
}

function layer(name: string, from: number, to: number, children: readonly FieldNode[]): FieldNode {
  return { name, value: '', from, to, children }
}

function hex(value: number, digits: number): string { return `0x${value.toString(16).padStart(digits, '0')}` }

function data(name: string, from: number, to: number): FieldNode[] {
  return to > from ? [field(name, `${to - from} bytes`, from, to - from)] : []
}

function ethernetLayer(bytes: Uint8Array): FieldNode[] {
  if (bytes.length < 14) return data('truncated Ethernet header', 0, bytes.length)
  const type = getU16(bytes, 12)
  const header = layer('Ethernet', 0, 14, [
    field('destination', MacAddress.fromBytes(bytes, 0).toString(), 0, 6),
    field('source', MacAddress.fromBytes(bytes, 6).toString(), 6, 6),
    field('type', `${ETHERTYPES[type] ?? 'unknown'} (${hex(type, 4)})`, 12, 2),
  ])
  if (type === 0x0800 || type === 0x86dd) return [header, ...ipLayer(bytes, 14, bytes.length)]
  if (type === 0x0806 || type === 0x8035) return [header, ...arpLayer(bytes, 14)]
  return [header, ...data('data', 14, bytes.length)]
}

function arpLayer(bytes: Uint8Array, at: number): FieldNode[] {
  if (at + 28 > bytes.length) return data('truncated ARP', at, bytes.length)
  const ip = (from: number): string => IpAddress.fromBytes(bytes, from, 4).toString()
  return [layer('ARP', at, at + 28, [
    field('hardware type', getU16(bytes, at), at, 2),
    field('protocol type', hex(getU16(bytes, at + 2), 4), at + 2, 2),
    field('address lengths', `${bytes[at + 4]}, ${bytes[at + 5]}`, at + 4, 2),
    field('operation', getU16(bytes, at + 6), at + 6, 2),
    field('sender hardware address', MacAddress.fromBytes(bytes, at + 8).toString(), at + 8, 6),
    field('sender protocol address', ip(at + 14), at + 14, 4),
    field('target hardware address', MacAddress.fromBytes(bytes, at + 18).toString(), at + 18, 6),
    field('target protocol address', ip(at + 24), at + 24, 4),
  ]), ...data('padding', at + 28, bytes.length)]
}

function ipLayer(bytes: Uint8Array, at: number, frameEnd: number): FieldNode[] {
  const version = at < frameEnd ? bytes[at] >>> 4 : 0
  if (version === 4 && at + 20 <= frameEnd) return ipv4Layer(bytes, at, frameEnd)
  if (version === 6 && at + 40 <= frameEnd) return ipv6Layer(bytes, at, frameEnd)
  return data('not IP', at, frameEnd)
}

function ipv4Layer(bytes: Uint8Array, at: number, frameEnd: number): FieldNode[] {
  const headerLength = Math.max(20, (bytes[at] & 15) * 4)
  const end = Math.min(frameEnd, at + Math.max(headerLength, getU16(bytes, at + 2)))
  const payloadAt = Math.min(at + headerLength, end)
  const fragment = getU16(bytes, at + 6)
  const flags = `${(fragment & 0x4000) === 0 ? '' : 'DF '}${(fragment & 0x2000) === 0 ? '' : 'MF '}offset ${(fragment & 0x1fff) * 8}`
  const isGood = sumBytes(bytes, at, payloadAt - at) === 0xffff
  const header = layer('IPv4', at, payloadAt, [
    field('version and header length', `4, ${headerLength} bytes`, at, 1),
    field('DSCP and ECN', `${bytes[at + 1] >>> 2}, ${bytes[at + 1] & 3}`, at + 1, 1),
    field('total length', getU16(bytes, at + 2), at + 2, 2),
    field('identification', getU16(bytes, at + 4), at + 4, 2),
    field('fragment', flags, at + 6, 2),
    field('TTL', bytes[at + 8], at + 8, 1),
    field('protocol', `${protocolName(bytes[at + 9])} (${bytes[at + 9]})`, at + 9, 1),
    field('header checksum', `${hex(getU16(bytes, at + 10), 4)} (${isGood ? 'correct' : 'wrong'})`, at + 10, 2),
    field('source', IpAddress.fromBytes(bytes, at + 12, 4).toString(), at + 12, 4),
    field('destination', IpAddress.fromBytes(bytes, at + 16, 4).toString(), at + 16, 4),
    ...data('options', at + 20, payloadAt),
  ])
  const pseudo = sumBytes(bytes, at + 12, 8)
  const payload = (fragment & 0x3fff) === 0
    ? transportLayer(bytes, bytes[at + 9], payloadAt, end, pseudo)
    : data('fragment', payloadAt, end)
  return [header, ...payload, ...data('padding', end, frameEnd)]
}

function ipv6Layer(bytes: Uint8Array, at: number, frameEnd: number): FieldNode[] {
  const end = Math.min(frameEnd, at + 40 + getU16(bytes, at + 4))
  const first = getU32Unsigned(bytes, at)
  const payload = findIpv6Payload(bytes, at, end)
  const header = layer('IPv6', at, at + 40, [
    field('version', 6, at, 1),
    field('traffic class', hex(first >>> 20 & 255, 2), at, 2),
    field('flow label', hex(first & 0xfffff, 5), at + 1, 3),
    field('payload length', getU16(bytes, at + 4), at + 4, 2),
    field('next header', `${protocolName(bytes[at + 6])} (${bytes[at + 6]})`, at + 6, 1),
    field('hop limit', bytes[at + 7], at + 7, 1),
    field('source', IpAddress.fromBytes(bytes, at + 8, 6).toString(), at + 8, 16),
    field('destination', IpAddress.fromBytes(bytes, at + 24, 6).toString(), at + 24, 16),
  ])
  const extensions = payload.extensions.length === 0 ? [] : [field('extension headers', payload.extensions.join(', '), at + 40, payload.at - at - 40)]
  const isFragment = payload.extensions.some(each => each.startsWith('frag'))
  const rest = isFragment ? data('fragment', payload.at, end) : transportLayer(bytes, payload.protocol, payload.at, end, sumBytes(bytes, at + 8, 32))
  return [header, ...extensions, ...rest, ...data('padding', end, frameEnd)]
}

function transportLayer(bytes: Uint8Array, protocol: number, at: number, end: number, addresses: number): FieldNode[] {
  const verdict = (covered: number): string => {
    let sum = addresses + protocol + (end - at) + sumBytes(bytes, at, end - at) - (covered === 0 ? addresses + protocol + end - at : 0)
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
    return sum === 0xffff ? 'correct' : 'wrong'
  }
  if (protocol === 6 && at + 20 <= end) return tcpLayer(bytes, at, end, verdict(1))
  if (protocol === 17 && at + 8 <= end) return udpLayer(bytes, at, end, getU16(bytes, at + 6) === 0 ? 'none' : verdict(1))
  if ((protocol === 1 || protocol === 58) && at + 8 <= end) return icmpLayer(bytes, protocol, at, end, verdict(protocol === 1 ? 0 : 1))
  return data(protocolName(protocol), at, end)
}

function tcpLayer(bytes: Uint8Array, at: number, end: number, verdict: string): FieldNode[] {
  const headerEnd = Math.min(end, at + Math.max(20, (bytes[at + 12] >>> 4) * 4))
  const options = headerEnd > at + 20 ? [field('options', describeTcpOptions(bytes, at + 20, headerEnd), at + 20, headerEnd - at - 20)] : []
  return [layer('TCP', at, headerEnd, [
    field('source port', getU16(bytes, at), at, 2),
    field('destination port', getU16(bytes, at + 2), at + 2, 2),
    field('sequence number', getU32Unsigned(bytes, at + 4), at + 4, 4),
    field('acknowledgement number', getU32Unsigned(bytes, at + 8), at + 8, 4),
    field('data offset', `${headerEnd - at} bytes`, at + 12, 1),
    field('flags', describeTcpFlags(bytes[at + 13]), at + 13, 1),
    field('window', getU16(bytes, at + 14), at + 14, 2),
    field('checksum', `${hex(getU16(bytes, at + 16), 4)} (${verdict})`, at + 16, 2),
    field('urgent pointer', getU16(bytes, at + 18), at + 18, 2),
    ...options,
  ]), ...data('data', headerEnd, end)]
}

function udpLayer(bytes: Uint8Array, at: number, end: number, verdict: string): FieldNode[] {
  return [layer('UDP', at, at + 8, [
    field('source port', getU16(bytes, at), at, 2),
    field('destination port', getU16(bytes, at + 2), at + 2, 2),
    field('length', getU16(bytes, at + 4), at + 4, 2),
    field('checksum', `${hex(getU16(bytes, at + 6), 4)} (${verdict})`, at + 6, 2),
  ]), ...data('data', at + 8, end)]
}

function icmpLayer(bytes: Uint8Array, protocol: number, at: number, end: number, verdict: string): FieldNode[] {
  const describe = protocol === 1 ? describeIcmp4 : describeIcmp6
  return [{
    name: protocolName(protocol), value: describe(bytes, at, end), from: at, to: at + 8, children: [
      field('type', bytes[at], at, 1),
      field('code', bytes[at + 1], at + 1, 1),
      field('checksum', `${hex(getU16(bytes, at + 2), 4)} (${verdict})`, at + 2, 2),
      field('rest of header', hex(getU32Unsigned(bytes, at + 4), 8), at + 4, 4),
    ],
  }, ...data('data', at + 8, end)]
}
