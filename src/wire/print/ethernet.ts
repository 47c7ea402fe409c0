// A frame as one line in tcpdump's words, from bytes alone: for `sockeye tcpdump`, the trace and test reports.

import { IpAddress } from '../../base/address/ip.ts'
import { MacAddress } from '../../base/address/mac.ts'
import { getU16 } from '../../base/bytes.ts'
import { describeIp } from './ip.ts'
import { SequenceBases } from './tcp.ts'

const VLAN = 0x8100

export interface LineOptions {
  /** `ip` when the bytes start at the IP header. */
  readonly medium: 'ethernet' | 'ip' | 'loopback'
  /** Ethernet addresses and type before the rest, as tcpdump -e. */
  readonly showsLink?: boolean
  /** Makes TCP sequence numbers relative. */
  readonly bases?: SequenceBases
}

/** One line for the frame in `bytes[at..at+length)`. */
export function describeFrame(bytes: Uint8Array, at: number, length: number, options: LineOptions): string {
  const end = at + length
  if (options.medium !== 'ethernet') return describeIp(bytes, at, end, options.bases)
  if (length < 14) return `[|ether] length ${length}`
  let type = getU16(bytes, at + 12)
  let payload = at + 14
  let prefix = ''
  if (options.showsLink === true) {
    const name = `${ETHERTYPES[type] ?? 'Unknown'} (0x${type.toString(16).padStart(4, '0')})`
    prefix = `${MacAddress.fromBytes(bytes, at + 6).toString()} > ${describeMac(bytes, at)}, ethertype ${name}, length ${length}: `
  }
  if (type === VLAN && length >= 18) {
    prefix += `vlan ${getU16(bytes, payload) & 0xfff}, `
    type = getU16(bytes, payload + 2)
    payload += 4
  }
  return `${prefix}${describeEtherPayload(bytes, type, payload, end, options)}`
}

export const ETHERTYPES: Readonly<Record<number, string>> = {
  0x0800: 'IPv4', 0x0806: 'ARP', 0x8035: 'Reverse ARP', 0x8100: '802.1Q', 0x86dd: 'IPv6', 0x8863: 'PPPoE D', 0x8864: 'PPPoE S',
}

function describeMac(bytes: Uint8Array, at: number): string {
  const address = MacAddress.fromBytes(bytes, at)
  return address.isBroadcast ? 'Broadcast' : address.toString()
}

function describeEtherPayload(bytes: Uint8Array, type: number, at: number, end: number, options: LineOptions): string {
  if (type === 0x0800 || type === 0x86dd) return describeIp(bytes, at, end, options.bases)
  if (type === 0x0806 || type === 0x8035) return describeArp(bytes, at, end, type === 0x8035)
  if (type < 0x0600) return `802.3, length ${type}`
  return `ethertype ${ETHERTYPES[type] ?? `Unknown (0x${type.toString(16).padStart(4, '0')})`}, length ${end - at}`
}

/** RFC 826 for IPv4 over Ethernet; tcpdump's length is that of the frame's body, padding included. */
function describeArp(bytes: Uint8Array, at: number, end: number, isReverse: boolean): string {
  const length = end - at
  if (length < 28) return `ARP, truncated, length ${length}`
  const operation = getU16(bytes, at + 6)
  const sender = IpAddress.fromBytes(bytes, at + 14, 4).toString()
  const target = IpAddress.fromBytes(bytes, at + 24, 4).toString()
  const senderMac = MacAddress.fromBytes(bytes, at + 8).toString()
  const targetMac = MacAddress.fromBytes(bytes, at + 18)
  const known = targetMac.equals(MacAddress.ZERO) ? '' : ` (${targetMac.isBroadcast ? 'Broadcast' : targetMac.toString()})`
  switch (operation) {
    case 1: return `ARP, ${sender === target ? 'Announcement' : `Request who-has ${target}${known} tell`} ${sender}, length ${length}`
    case 2: return `ARP, Reply ${sender} is-at ${senderMac}, length ${length}`
    case 3: return `${isReverse ? 'Reverse ARP' : 'RARP'}, Request who-is ${targetMac.toString()} tell ${senderMac}, length ${length}`
    case 4: return `${isReverse ? 'Reverse ARP' : 'RARP'}, Reply ${targetMac.toString()} at ${target}, length ${length}`
    default: return `ARP, operation ${operation}, length ${length}`
  }
}

/** Remembers connections, so that each line's sequence numbers are relative, as in tcpdump. */
export class LinePrinter {
  private readonly options: LineOptions

  constructor(options: LineOptions) { this.options = { bases: new SequenceBases(), ...options } }

  line(bytes: Uint8Array, at: number = 0, length: number = bytes.length - at): string {
    return describeFrame(bytes, at, length, this.options)
  }
}

/** `12:00:01.000200` of microseconds since midnight or the start of a world. */
export function describeTime(atUs: number): string {
  const seconds = Math.floor(atUs / 1e6)
  const two = (n: number): string => String(n).padStart(2, '0')
  const fraction = String(Math.floor(atUs % 1e6)).padStart(6, '0')
  return `${two(Math.floor(seconds / 3600) % 24)}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}.${fraction}`
}
