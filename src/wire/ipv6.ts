// The IPv6 header (RFC 8200 3; row C9).

import { IpAddress } from '../base/address/ip.ts'
import { getU16, getU32, setU16, setU32 } from '../base/bytes.ts'
import type { DropReason } from '../base/drop-reason.ts'
import type { Packet } from './packet.ts'

export const IPV6_HEADER_BYTES = 40

export class Ipv6View {
  u8: Uint8Array = new Uint8Array(0)
  at = 0
  end = 0

  wrap(packet: Packet, at: number = packet.start): this { return this.wrapBytes(packet.memory.u8, at, packet.end) }

  wrapBytes(u8: Uint8Array, at: number = 0, end: number = u8.length): this {
    this.u8 = u8
    this.at = at
    this.end = end
    return this
  }

  check(): DropReason | undefined {
    return this.checkHeader() ?? (this.payloadLength > this.end - this.at - IPV6_HEADER_BYTES ? 'ip-truncated' : undefined)
  }

  /** As `check`, for a header whose payload was cut off (quoted in an ICMPv6 error). */
  checkHeader(): DropReason | undefined {
    if (this.end - this.at < IPV6_HEADER_BYTES) return 'ip-malformed'
    return this.u8[this.at] >>> 4 === 6 ? undefined : 'ip-version'
  }

  get version(): number { return this.u8[this.at] >>> 4 }
  get trafficClass(): number { return ((this.u8[this.at] & 0xf) << 4) | (this.u8[this.at + 1] >>> 4) }
  set trafficClass(value: number) {
    this.u8[this.at] = 0x60 | (value >>> 4)
    this.u8[this.at + 1] = ((value & 0xf) << 4) | (this.u8[this.at + 1] & 0xf)
  }
  get flowLabel(): number { return getU32(this.u8, this.at) & 0xfffff }
  get payloadLength(): number { return getU16(this.u8, this.at + 4) }
  set payloadLength(value: number) { setU16(this.u8, this.at + 4, value) }
  get nextHeader(): number { return this.u8[this.at + 6] }
  set nextHeader(value: number) { this.u8[this.at + 6] = value }
  get hopLimit(): number { return this.u8[this.at + 7] }
  set hopLimit(value: number) { this.u8[this.at + 7] = value }
  /** Word `i` (0..3) of an address. */
  sourceWord(i: number): number { return getU32(this.u8, this.at + 8 + 4 * i) }
  destinationWord(i: number): number { return getU32(this.u8, this.at + 24 + 4 * i) }
  /** Allocate. */
  get source(): IpAddress { return readAddress16(this.u8, this.at + 8) }
  get destination(): IpAddress { return readAddress16(this.u8, this.at + 24) }
}

/** Allocates. */
export function readAddress16(u8: Uint8Array, at: number): IpAddress {
  return IpAddress.of(getU32(u8, at), getU32(u8, at + 4), getU32(u8, at + 8), getU32(u8, at + 12))
}

export function writeIpv6Header(u8: Uint8Array, at: number, trafficClass: number, flowLabel: number, payloadLength: number,
  nextHeader: number, hopLimit: number, source: IpAddress, destination: IpAddress): void {
  setU32(u8, at, 0x60000000 | (trafficClass << 20) | (flowLabel & 0xfffff))
  setU16(u8, at + 4, payloadLength)
  u8[at + 6] = nextHeader
  u8[at + 7] = hopLimit
  source.write16(u8, at + 8)
  destination.write16(u8, at + 24)
}

export interface Ipv6Header {
  readonly trafficClass: number
  readonly flowLabel: number
  readonly payloadLength: number
  readonly nextHeader: number
  readonly hopLimit: number
  readonly source: IpAddress
  readonly destination: IpAddress
}

export function decodeIpv6(view: Ipv6View): Ipv6Header {
  return {
    trafficClass: view.trafficClass,
    flowLabel: view.flowLabel,
    payloadLength: view.payloadLength,
    nextHeader: view.nextHeader,
    hopLimit: view.hopLimit,
    source: view.source,
    destination: view.destination,
  }
}

export function ipv6EncodedLength(_header: Ipv6Header): number { return IPV6_HEADER_BYTES }

export function encodeIpv6(header: Ipv6Header, into: Uint8Array, at: number = 0): number {
  writeIpv6Header(into, at, header.trafficClass, header.flowLabel, header.payloadLength, header.nextHeader, header.hopLimit,
    header.source, header.destination)
  return at + IPV6_HEADER_BYTES
}
