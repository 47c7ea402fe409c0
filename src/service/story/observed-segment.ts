// A TCP segment as somebody beside the wire sees it: read out of a frame, numbers still absolute.

import { IpAddress } from '../../base/address/ip.ts'
import { IPPROTO_TCP } from '../../base/posix.ts'
import { EthernetView, ETHERNET_HEADER_BYTES, ETHERTYPE_IPV4, ETHERTYPE_IPV6 } from '../../wire/ethernet.ts'
import { Ipv4View } from '../../wire/ipv4.ts'
import { Ipv6View, IPV6_HEADER_BYTES } from '../../wire/ipv6.ts'
import { ACK, decodeTcp, FIN, SYN } from '../../wire/tcp.ts'
import type { TcpHeader } from '../../wire/tcp.ts'
import { tcpHeaderLength } from '../../wire/tcp.ts'
import type { TcpOption } from '../../wire/tcp-options.ts'

export interface ObservedSegment {
  readonly source: IpAddress
  readonly destination: IpAddress
  readonly header: TcpHeader
  readonly payloadLen: number
}

/** Undefined for everything that is not TCP in an Ethernet frame, and for fragments. */
export function readSegment(u8: Uint8Array, at: number, end: number): ObservedSegment | undefined {
  const ethernet = new EthernetView().wrapBytes(u8, at, end)
  if (ethernet.check() !== undefined) return undefined
  const ipAt = at + ETHERNET_HEADER_BYTES
  if (ethernet.etherType === ETHERTYPE_IPV4) {
    const ip = new Ipv4View().wrapBytes(u8, ipAt, end)
    if (ip.check() !== undefined || ip.protocol !== IPPROTO_TCP || ip.isFragment) return undefined
    return segmentAt(u8, ipAt + ip.headerLength, ipAt + ip.totalLength, IpAddress.v4(ip.source), IpAddress.v4(ip.destination))
  }
  if (ethernet.etherType !== ETHERTYPE_IPV6) return undefined
  const ip = new Ipv6View().wrapBytes(u8, ipAt, end)
  if (ip.check() !== undefined || ip.nextHeader !== IPPROTO_TCP) return undefined
  return segmentAt(u8, ipAt + IPV6_HEADER_BYTES, ipAt + IPV6_HEADER_BYTES + ip.payloadLength, ip.source, ip.destination)
}

function segmentAt(u8: Uint8Array, at: number, end: number, source: IpAddress, destination: IpAddress): ObservedSegment | undefined {
  const header = decodeTcp(u8, at, end)
  if (typeof header === 'string') return undefined
  return { source, destination, header, payloadLen: end - at - tcpHeaderLength(header) }
}

/** Sequence numbers it takes up: its bytes, SYN and FIN (RFC 9293 3.4). */
export function sequenceLength({ header, payloadLen }: ObservedSegment): number {
  return payloadLen + ((header.flags & SYN) === 0 ? 0 : 1) + ((header.flags & FIN) === 0 ? 0 : 1)
}

export function hasAck(segment: ObservedSegment): boolean { return (segment.header.flags & ACK) !== 0 }

/** Which copy of a segment it is: equal at the sender's end of the cable and at the receiver's. */
export function fingerprint({ header, payloadLen }: ObservedSegment): string {
  return `${header.seq}.${header.ack}.${header.flags}.${header.wnd}.${payloadLen}.${header.checksum}`
}

export function describeOption(option: TcpOption): string {
  switch (option.kind) {
    case 'mss': return `mss ${option.mss}`
    case 'wscale': return `wscale ${option.shift}`
    case 'timestamp': return `TS val ${option.value} ecr ${option.echo}`
    case 'sack': return `sack ${option.blocks.length} {${option.blocks.map(([left, right]) => `${left}:${right}`).join('}{')}}`
    case 'other': return `unknown-${option.option}`
    case 'eol':
    case 'nop':
    case 'sackOK':
    case 'malformed': return option.kind
  }
}
