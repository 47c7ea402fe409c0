// ICMP and ICMPv6 messages in tcpdump's words.

import { IpAddress } from '../../base/address/ip.ts'
import { getU16, getU32Unsigned } from '../../base/bytes.ts'

const UNREACHABLE4: Readonly<Record<number, string>> = {
  0: 'net %s unreachable', 1: 'host %s unreachable', 2: '%s protocol %n unreachable', 3: '%s %p port %t unreachable',
  4: '%s unreachable - need to frag (mtu %m)', 5: '%s unreachable - source route failed', 9: 'net %s unreachable - admin prohibited',
  10: 'host %s unreachable - admin prohibited', 13: 'host %s unreachable - admin prohibited filter',
}
const REDIRECT4: Readonly<Record<number, string>> = { 0: 'net', 1: 'host', 2: 'tos and net', 3: 'tos and host' }
const UNREACHABLE6: Readonly<Record<number, string>> = {
  0: 'unreachable route', 1: 'unreachable prohibited', 2: 'beyond scope', 3: 'unreachable address', 4: 'unreachable port', 5: 'source failed policy',
  6: 'reject route',
}
const PROTOCOLS: Readonly<Record<number, string>> = { 1: 'icmp', 6: 'tcp', 17: 'udp', 58: 'icmp6' }

export function describeIcmp4(bytes: Uint8Array, at: number, end: number): string {
  if (at + 8 > end) return `ICMP truncated, length ${end - at}`
  const type = bytes[at]
  const code = bytes[at + 1]
  const rest = `, length ${end - at}`
  switch (type) {
    case 0: case 8: return `ICMP echo ${type === 8 ? 'request' : 'reply'}, id ${getU16(bytes, at + 4)}, seq ${getU16(bytes, at + 6)}${rest}`
    case 3: return `ICMP ${describeUnreachable4(bytes, at, end, code)}${rest}`
    case 4: return `ICMP source quench${rest}`
    case 5: {
      const gateway = IpAddress.fromBytes(bytes, at + 4, 4).toString()
      return `ICMP redirect ${quotedDestination(bytes, at + 8, end)} to ${REDIRECT4[code] ?? `code ${code}`} ${gateway}${rest}`
    }
    case 11: return `ICMP ${code === 0 ? 'time exceeded in-transit' : 'ip reassembly time exceeded'}${rest}`
    case 12: return `ICMP parameter problem - octet ${bytes[at + 4]}${rest}`
    case 13: case 14: return `ICMP time stamp ${type === 13 ? 'query' : 'reply'} id ${getU16(bytes, at + 4)} seq ${getU16(bytes, at + 6)}${rest}`
    default: return `ICMP type-#${type} code ${code}${rest}`
  }
}

function describeUnreachable4(bytes: Uint8Array, at: number, end: number, code: number): string {
  const quoted = at + 8
  const hasQuote = quoted + 28 <= end
  const protocol = hasQuote ? bytes[quoted + 9] : 0
  const port = hasQuote ? getU16(bytes, quoted + (bytes[quoted] & 15) * 4 + 2) : 0
  return (UNREACHABLE4[code] ?? `%s unreachable - code ${code}`)
    .replace('%s', quotedDestination(bytes, quoted, end)).replace('%p', PROTOCOLS[protocol] ?? String(protocol))
    .replace('%n', String(protocol)).replace('%t', String(port)).replace('%m', String(getU16(bytes, at + 6)))
}

function quotedDestination(bytes: Uint8Array, quoted: number, end: number): string {
  return quoted + 20 <= end ? IpAddress.fromBytes(bytes, quoted + 16, 4).toString() : '?'
}

export function describeIcmp6(bytes: Uint8Array, at: number, end: number): string {
  if (at + 8 > end) return `ICMP6, truncated, length ${end - at}`
  return `ICMP6, ${describeIcmp6Body(bytes, at, end)}, length ${end - at}`
}

function describeIcmp6Body(bytes: Uint8Array, at: number, end: number): string {
  const code = bytes[at + 1]
  const target = (): string => at + 24 <= end ? IpAddress.fromBytes(bytes, at + 8, 6).toString() : '?'
  switch (bytes[at]) {
    case 1: return `destination unreachable, ${UNREACHABLE6[code] ?? `code ${code}`}${describeQuoted6(bytes, at + 8, end)}`
    case 2: return `packet too big, mtu ${getU32Unsigned(bytes, at + 4)}`
    case 3: return code === 0 ? 'time exceeded in-transit' : 'time exceeded in reassembly'
    case 4: return `parameter problem, ${['errorneous', 'next header', 'option'][code] ?? `code ${code}`} - octet ${getU32Unsigned(bytes, at + 4)}`
    case 128: return `echo request, id ${getU16(bytes, at + 4)}, seq ${getU16(bytes, at + 6)}`
    case 129: return `echo reply, id ${getU16(bytes, at + 4)}, seq ${getU16(bytes, at + 6)}`
    case 130: return `multicast listener query, max resp delay ${getU16(bytes, at + 4)} addr ${target()}`
    case 131: return `multicast listener report, addr ${target()}`
    case 132: return `multicast listener done, addr ${target()}`
    case 133: return 'router solicitation'
    case 134: return 'router advertisement'
    case 135: return `neighbor solicitation, who has ${target()}`
    case 136: return `neighbor advertisement, tgt is ${target()}`
    case 137: return `redirect, ${target()}`
    case 143: return `multicast listener report v2, ${getU16(bytes, at + 6)} group record(s)`
    default: return `type-#${bytes[at]} code ${code}`
  }
}

function describeQuoted6(bytes: Uint8Array, quoted: number, end: number): string {
  if (quoted + 44 > end) return ''
  const destination = IpAddress.fromBytes(bytes, quoted + 24, 6).toString()
  const protocol = bytes[quoted + 6]
  return protocol === 6 || protocol === 17 ? `, ${destination} ${PROTOCOLS[protocol]} port ${getU16(bytes, quoted + 42)}` : `, ${destination}`
}
