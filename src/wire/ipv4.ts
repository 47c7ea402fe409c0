// The IPv4 header (RFC 791 3.1; row C1).

import { IpAddress } from '../base/address/ip.ts'
import { viewOf } from '../base/bytes.ts'
import { finish } from '../base/checksum.ts'
import type { DropReason } from '../base/drop-reason.ts'
import type { Packet } from './packet.ts'

export const IPV4_MIN_HEADER_BYTES = 20
export const IPV4_MAX_HEADER_BYTES = 60
export const IPV4_MAX_PACKET_BYTES = 65535

const DONT_FRAGMENT = 0x4000
const MORE_FRAGMENTS = 0x2000
const OFFSET_MASK = 0x1fff

export class Ipv4View {
  u8: Uint8Array = new Uint8Array(0)
  private view: DataView = viewOf(this.u8)
  at = 0
  end = 0

  wrap({ memory, start, end }: Packet, at: number = start): this { return this.wrapView(memory.u8, memory.view, at, end) }

  wrapBytes(u8: Uint8Array, at: number = 0, end: number = u8.length): this { return this.wrapView(u8, viewOf(u8), at, end) }

  private wrapView(u8: Uint8Array, view: DataView, at: number, end: number): this {
    this.u8 = u8
    this.view = view
    this.at = at
    this.end = end
    return this
  }

  /** Lengths and version; the checksum apart, since some readers (a quoted header) must not ask for it. */
  check(): DropReason | undefined {
    const reason = this.checkHeader()
    if (reason !== undefined) return reason
    const total = this.totalLength
    return total < this.headerLength ? 'ip-malformed' : total > this.end - this.at ? 'ip-truncated' : undefined
  }

  /** As `check`, for a header whose payload was cut off (quoted in an ICMP error). */
  checkHeader(): DropReason | undefined {
    const room = this.end - this.at
    if (room < IPV4_MIN_HEADER_BYTES) return 'ip-malformed'
    if (this.u8[this.at] >>> 4 !== 4) return 'ip-version'
    const length = this.headerLength
    return length < IPV4_MIN_HEADER_BYTES || length > room ? 'ip-malformed' : undefined
  }

  get version(): number { return this.u8[this.at] >>> 4 }
  get headerLength(): number { return (this.u8[this.at] & 0xf) * 4 }
  get trafficClass(): number { return this.u8[this.at + 1] }
  get totalLength(): number { return this.view.getUint16(this.at + 2) }
  set totalLength(value: number) { this.view.setUint16(this.at + 2, value) }
  get id(): number { return this.view.getUint16(this.at + 4) }
  get dontFragment(): boolean { return (this.u8[this.at + 6] & 0x40) !== 0 }
  get moreFragments(): boolean { return (this.u8[this.at + 6] & 0x20) !== 0 }
  /** In bytes. */
  get fragmentOffset(): number { return (this.view.getUint16(this.at + 6) & OFFSET_MASK) * 8 }
  get isFragment(): boolean { return (this.view.getUint16(this.at + 6) & (OFFSET_MASK | MORE_FRAGMENTS)) !== 0 }
  get ttl(): number { return this.u8[this.at + 8] }
  get protocol(): number { return this.u8[this.at + 9] }
  get checksum(): number { return this.view.getUint16(this.at + 10) }
  set checksum(value: number) { this.view.setUint16(this.at + 10, value) }
  /** Addresses as int32 words. */
  get source(): number { return this.view.getInt32(this.at + 12) }
  get destination(): number { return this.view.getInt32(this.at + 16) }

  get isChecksumGood(): boolean { return sumHeader(this.view, this.at, this.headerLength) === 0xffff }

  refreshChecksum(): void {
    this.checksum = 0
    this.checksum = finish(sumHeader(this.view, this.at, this.headerLength))
  }
}

/** Folded sum of a header; twenty bytes are not worth a call into the big checksummer. */
export function sumHeader(view: DataView, at: number, length: number): number {
  let sum = 0
  for (let i = at; i < at + length; i += 4) {
    const word = view.getInt32(i)
    sum += (word >>> 16) + (word & 0xffff)
  }
  sum = (sum & 0xffff) + (sum >>> 16)
  return (sum & 0xffff) + (sum >>> 16)
}

export function fragmentWord(offset: number, dontFragment: boolean, moreFragments: boolean): number {
  return (offset >>> 3) | (dontFragment ? DONT_FRAGMENT : 0) | (moreFragments ? MORE_FRAGMENTS : 0)
}

/** Writes the 20 fixed bytes and their checksum, which covers the options already in place behind them. */
export function writeIpv4Header(view: DataView, at: number, headerLength: number, trafficClass: number, totalLength: number, id: number,
  fragment: number, ttl: number, protocol: number, source: number, destination: number): void {
  const first = 0x4000 | (headerLength << 6) | trafficClass
  const third = (ttl << 8) | protocol
  let sum = first + totalLength + id + fragment + third
    + (source >>> 16) + (source & 0xffff) + (destination >>> 16) + (destination & 0xffff)
  if (headerLength > IPV4_MIN_HEADER_BYTES) sum += sumHeader(view, at + IPV4_MIN_HEADER_BYTES, headerLength - IPV4_MIN_HEADER_BYTES)
  sum = (sum & 0xffff) + (sum >>> 16)
  view.setInt32(at, (first << 16) | (totalLength & 0xffff))
  view.setInt32(at + 4, (id << 16) | (fragment & 0xffff))
  view.setInt32(at + 8, (third << 16) | finish((sum & 0xffff) + (sum >>> 16)))
  view.setInt32(at + 12, source)
  view.setInt32(at + 16, destination)
}

export interface Ipv4Header {
  readonly trafficClass: number
  readonly payloadLength: number
  readonly id: number
  readonly dontFragment: boolean
  readonly moreFragments: boolean
  /** In bytes, a multiple of 8. */
  readonly fragmentOffset: number
  readonly ttl: number
  readonly protocol: number
  readonly source: IpAddress
  readonly destination: IpAddress
  /** A multiple of 4 bytes, at most 40. */
  readonly options: Uint8Array
}

export function decodeIpv4(view: Ipv4View): Ipv4Header {
  return {
    trafficClass: view.trafficClass,
    payloadLength: view.totalLength - view.headerLength,
    id: view.id,
    dontFragment: view.dontFragment,
    moreFragments: view.moreFragments,
    fragmentOffset: view.fragmentOffset,
    ttl: view.ttl,
    protocol: view.protocol,
    source: IpAddress.v4(view.source),
    destination: IpAddress.v4(view.destination),
    options: view.u8.slice(view.at + IPV4_MIN_HEADER_BYTES, view.at + view.headerLength),
  }
}

export function ipv4EncodedLength(header: Ipv4Header): number { return IPV4_MIN_HEADER_BYTES + header.options.length }

export function encodeIpv4(header: Ipv4Header, into: Uint8Array, at: number = 0): number {
  const length = ipv4EncodedLength(header)
  into.set(header.options, at + IPV4_MIN_HEADER_BYTES)
  writeIpv4Header(viewOf(into), at, length, header.trafficClass, length + header.payloadLength, header.id,
    fragmentWord(header.fragmentOffset, header.dontFragment, header.moreFragments), header.ttl, header.protocol,
    header.source.w3, header.destination.w3)
  return at + length
}
