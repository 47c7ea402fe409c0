// ARP for IPv4 over Ethernet (RFC 826; row B5) and RARP, which shares its format (RFC 903; row B6).

import { IpAddress } from '../base/address/ip.ts'
import { MacAddress } from '../base/address/mac.ts'
import { getU16, getU32, setU16, setU32 } from '../base/bytes.ts'
import type { DropReason } from '../base/drop-reason.ts'
import type { Packet } from './packet.ts'

export const ARP_BYTES = 28

export const ARP_REQUEST = 1
export const ARP_REPLY = 2
export const RARP_REQUEST = 3
export const RARP_REPLY = 4

const HARDWARE_ETHERNET = 1
const PROTOCOL_IPV4 = 0x0800

export class ArpView {
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
    const { u8, at } = this
    const fits = this.end - at >= ARP_BYTES && getU16(u8, at) === HARDWARE_ETHERNET && getU16(u8, at + 2) === PROTOCOL_IPV4
      && u8[at + 4] === 6 && u8[at + 5] === 4
    return fits ? undefined : 'arp-malformed'
  }

  get operation(): number { return getU16(this.u8, this.at + 6) }
  /** IPv4 addresses as int32 words. */
  get senderProtocol(): number { return getU32(this.u8, this.at + 14) }
  get targetProtocol(): number { return getU32(this.u8, this.at + 24) }
  /** Allocate. */
  get senderHardware(): MacAddress { return MacAddress.fromBytes(this.u8, this.at + 8) }
  get targetHardware(): MacAddress { return MacAddress.fromBytes(this.u8, this.at + 18) }
}

export interface ArpMessage {
  readonly operation: number
  readonly senderHardware: MacAddress
  readonly senderProtocol: IpAddress
  readonly targetHardware: MacAddress
  readonly targetProtocol: IpAddress
}

export function decodeArp(view: ArpView): ArpMessage {
  return {
    operation: view.operation,
    senderHardware: view.senderHardware,
    senderProtocol: IpAddress.v4(view.senderProtocol),
    targetHardware: view.targetHardware,
    targetProtocol: IpAddress.v4(view.targetProtocol),
  }
}

export function arpEncodedLength(_message: ArpMessage): number { return ARP_BYTES }

export function encodeArp(message: ArpMessage, into: Uint8Array, at: number = 0): number {
  setU16(into, at, HARDWARE_ETHERNET)
  setU16(into, at + 2, PROTOCOL_IPV4)
  into[at + 4] = 6
  into[at + 5] = 4
  setU16(into, at + 6, message.operation)
  message.senderHardware.writeTo(into, at + 8)
  setU32(into, at + 14, message.senderProtocol.w3)
  message.targetHardware.writeTo(into, at + 18)
  setU32(into, at + 24, message.targetProtocol.w3)
  return at + ARP_BYTES
}
