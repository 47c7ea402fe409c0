// Ethernet II frames (RFC 894, IEEE 802.3; rows A2, B1): 14 bytes of header, no FCS, which the carrier owns.

import { MacAddress } from '../base/address/mac.ts'
import { getU16, getU32, setU16, setU32 } from '../base/bytes.ts'
import type { DropReason } from '../base/drop-reason.ts'
import type { Packet } from './packet.ts'

export const ETHERNET_HEADER_BYTES = 14
/** Without FCS; shorter frames are padded by whoever puts them on a cable. */
export const ETHERNET_MIN_FRAME_BYTES = 60

export const ETHERTYPE_IPV4 = 0x0800
export const ETHERTYPE_ARP = 0x0806
export const ETHERTYPE_RARP = 0x8035
export const ETHERTYPE_VLAN = 0x8100
export const ETHERTYPE_IPV6 = 0x86dd

/** A cursor over the header at `at`. Never stored, re-wrapped for each frame. */
export class EthernetView {
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

  check(): DropReason | undefined { return this.end - this.at < ETHERNET_HEADER_BYTES ? 'frame-too-short' : undefined }

  get etherType(): number { return getU16(this.u8, this.at + 12) }
  set etherType(value: number) { setU16(this.u8, this.at + 12, value) }

  get isGroup(): boolean { return (this.u8[this.at] & 1) !== 0 }
  get isBroadcast(): boolean { return this.isTo(0xffff, -1) }

  isTo(high16: number, low32: number): boolean {
    return getU32(this.u8, this.at + 2) === low32 && getU16(this.u8, this.at) === high16
  }

  /** Allocate: for cold readers. */
  get destination(): MacAddress { return MacAddress.fromBytes(this.u8, this.at) }
  get source(): MacAddress { return MacAddress.fromBytes(this.u8, this.at + 6) }
}

/** Writes a header in place. */
export function writeEthernetHeader(u8: Uint8Array, at: number, destination: MacAddress, source: MacAddress, etherType: number): void {
  setU16(u8, at, destination.high16)
  setU32(u8, at + 2, destination.low32)
  setU16(u8, at + 6, source.high16)
  setU32(u8, at + 8, source.low32)
  setU16(u8, at + 12, etherType)
}

export interface EthernetHeader {
  readonly destination: MacAddress
  readonly source: MacAddress
  readonly etherType: number
}

export function decodeEthernet(view: EthernetView): EthernetHeader {
  return { destination: view.destination, source: view.source, etherType: view.etherType }
}

export function ethernetEncodedLength(_header: EthernetHeader): number { return ETHERNET_HEADER_BYTES }

export function encodeEthernet(header: EthernetHeader, into: Uint8Array, at: number = 0): number {
  writeEthernetHeader(into, at, header.destination, header.source, header.etherType)
  return at + ETHERNET_HEADER_BYTES
}
