// IPv4 and IPv6 packets in tcpdump's words: family, ends, then what they carry.

import { IpAddress } from '../../base/address/ip.ts'
import { getU16, getU32Unsigned } from '../../base/bytes.ts'
import { describeIcmp4, describeIcmp6 } from './icmp.ts'
import { describeTcp } from './tcp.ts'
import type { SequenceBases } from './tcp.ts'
import { describeUdp } from './udp.ts'

const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  0: 'HBH', 1: 'ICMP', 2: 'igmp', 6: 'TCP', 17: 'UDP', 43: 'RT6', 44: 'frag', 50: 'ESP', 51: 'AH', 58: 'ICMP6', 59: 'no next header', 60: 'DSTOPT',
}

export function protocolName(protocol: number): string { return PROTOCOL_NAMES[protocol] ?? `ip-proto-${protocol}` }

/** Where an IPv6 packet's payload begins behind its extension headers, and what it is. */
export interface PayloadOfIpv6 {
  readonly protocol: number
  readonly at: number
  readonly fragmentOffset: number
  readonly extensions: readonly string[]
}

export function findIpv6Payload(bytes: Uint8Array, at: number, end: number): PayloadOfIpv6 {
  let protocol = bytes[at + 6]
  let next = at + 40
  let fragmentOffset = 0
  const extensions: string[] = []
  while (next + 8 <= end && fragmentOffset === 0 && (protocol === 0 || protocol === 43 || protocol === 44 || protocol === 60)) {
    if (protocol === 44) {
      fragmentOffset = getU16(bytes, next + 2) & 0xfff8
      const more = (bytes[next + 3] & 1) === 1 ? '+' : ''
      extensions.push(`frag (0x${getU32Unsigned(bytes, next + 4).toString(16).padStart(8, '0')}:${fragmentOffset}|${end - next - 8}${more})`)
    } else {
      extensions.push(protocolName(protocol))
    }
    const length = protocol === 44 ? 8 : (bytes[next + 1] + 1) * 8
    protocol = bytes[next]
    next += length
  }
  return { protocol, at: Math.min(next, end), fragmentOffset, extensions }
}

/** A line for the IP packet in `bytes[at..end)`; `end` may lie behind its padding. */
export function describeIp(bytes: Uint8Array, at: number, end: number, bases?: SequenceBases): string {
  const version = at < end ? bytes[at] >>> 4 : 0
  if (version === 4) return describeIpv4(bytes, at, end, bases)
  if (version === 6) return describeIpv6(bytes, at, end, bases)
  return `unknown ip version ${version}, length ${end - at}`
}

function describeIpv4(bytes: Uint8Array, at: number, frameEnd: number, bases: SequenceBases | undefined): string {
  const headerLength = (bytes[at] & 15) * 4
  if (at + 20 > frameEnd || headerLength < 20 || at + headerLength > frameEnd) return `IP truncated-ip, length ${frameEnd - at}`
  // A super-segment of more than 64 KB could say zero.
  const total = getU16(bytes, at + 2) || frameEnd - at
  if (total < headerLength) return `IP bad-len ${total}`
  const end = Math.min(at + total, frameEnd)
  const source = IpAddress.fromBytes(bytes, at + 12, 4).toString()
  const destination = IpAddress.fromBytes(bytes, at + 16, 4).toString()
  const fragment = getU16(bytes, at + 6)
  const offset = (fragment & 0x1fff) * 8
  const truncated = at + total > frameEnd ? `truncated-ip - ${at + total - frameEnd} bytes missing! ` : ''
  const isFragment = (fragment & 0x3fff) !== 0
  const note = isFragment ? ` (frag ${getU16(bytes, at + 4)}:${total - headerLength}@${offset}${(fragment & 0x2000) === 0 ? '' : '+'})` : ''
  const body = describePayload(bytes, bytes[at + 9], at + headerLength, end, offset, source, destination, bases)
  return `IP ${truncated}${body}${note}`
}

function describeIpv6(bytes: Uint8Array, at: number, frameEnd: number, bases: SequenceBases | undefined): string {
  if (at + 40 > frameEnd) return `IP6 truncated-ip6, length ${frameEnd - at}`
  const length = getU16(bytes, at + 4) || frameEnd - at - 40
  const end = Math.min(at + 40 + length, frameEnd)
  const truncated = at + 40 + length > frameEnd ? `truncated-ip6 - ${at + 40 + length - frameEnd} bytes missing! ` : ''
  const source = IpAddress.fromBytes(bytes, at + 8, 6).toString()
  const destination = IpAddress.fromBytes(bytes, at + 24, 6).toString()
  const payload = findIpv6Payload(bytes, at, end)
  const extensions = payload.extensions.map(each => `${each} `).join('')
  const body = describePayload(bytes, payload.protocol, payload.at, end, payload.fragmentOffset, source, destination, bases, extensions)
  return `IP6 ${truncated}${body}`
}

function describePayload(bytes: Uint8Array, protocol: number, at: number, end: number, offset: number, source: string, destination: string,
  bases: SequenceBases | undefined, before: string = ''): string {
  if (offset > 0) return `${source} > ${destination}: ${before}${protocolName(protocol).toLowerCase()}`
  if ((protocol === 6 || protocol === 17) && at + 4 <= end) {
    const from = `${source}.${getU16(bytes, at)}`
    const to = `${destination}.${getU16(bytes, at + 2)}`
    const text = protocol === 6 ? describeTcp(bytes, at, end, { source: from, destination: to }, bases) : describeUdp(bytes, at, end)
    return `${from} > ${to}: ${before}${text}`
  }
  const ends = `${source} > ${destination}: ${before}`
  if (protocol === 1) return `${ends}${describeIcmp4(bytes, at, end)}`
  if (protocol === 58) return `${ends}${describeIcmp6(bytes, at, end)}`
  return `${ends}${protocolName(protocol)} ${end - at}`
}
