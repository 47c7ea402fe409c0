// ICMPv6 (RFC 4443) and the fixed parts of neighbour discovery messages (RFC 4861 4; row C9). The checksum covers the
// pseudo-header, so it is made where the addresses are known.

import type { IpAddress } from '../base/address/ip.ts'
import { getU16, getU32, setU16, setU32 } from '../base/bytes.ts'
import type { DropReason } from '../base/drop-reason.ts'
import { readAddress16 } from './ipv6.ts'
import type { Packet } from './packet.ts'

export const ICMPV6_HEADER_BYTES = 8

export const ICMPV6_UNREACHABLE = 1
export const ICMPV6_PACKET_TOO_BIG = 2
export const ICMPV6_TIME_EXCEEDED = 3
export const ICMPV6_PARAMETER_PROBLEM = 4
export const ICMPV6_ECHO = 128
export const ICMPV6_ECHO_REPLY = 129
export const MLD_QUERY = 130
export const MLD_REPORT_V1 = 131
export const MLD_DONE = 132
export const ROUTER_SOLICITATION = 133
export const ROUTER_ADVERTISEMENT = 134
export const NEIGHBOUR_SOLICITATION = 135
export const NEIGHBOUR_ADVERTISEMENT = 136
export const ICMPV6_REDIRECT = 137
export const MLD_REPORT_V2 = 143

export const UNREACHABLE6_NO_ROUTE = 0
export const UNREACHABLE6_ADMIN = 1
export const UNREACHABLE6_ADDRESS = 3
export const UNREACHABLE6_PORT = 4

export const PARAMETER6_FIELD = 0
export const PARAMETER6_NEXT_HEADER = 1
export const PARAMETER6_OPTION = 2
/** RFC 7112 5: the first fragment lacks part of the header chain. */
export const PARAMETER6_INCOMPLETE_CHAIN = 3

/** RFC 4443 2.1: the top bit tells errors from information. */
export function isIcmpv6Error(type: number): boolean { return type < 128 }

export class Icmpv6View {
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

  check(): DropReason | undefined { return this.end - this.at < ICMPV6_HEADER_BYTES ? 'icmp-malformed' : undefined }

  /** Bytes a message of this type has at least before its options or body. */
  get fixedLength(): number {
    switch (this.type) {
      case ROUTER_ADVERTISEMENT: return 16
      case NEIGHBOUR_SOLICITATION:
      case NEIGHBOUR_ADVERTISEMENT:
      case MLD_QUERY: return 24
      case ICMPV6_REDIRECT: return 40
      default: return ICMPV6_HEADER_BYTES
    }
  }

  get type(): number { return this.u8[this.at] }
  set type(value: number) { this.u8[this.at] = value }
  get code(): number { return this.u8[this.at + 1] }
  get checksum(): number { return getU16(this.u8, this.at + 2) }
  set checksum(value: number) { setU16(this.u8, this.at + 2, value) }
  /** MTU, pointer, or identifier and sequence. */
  get rest(): number { return getU32(this.u8, this.at + 4) }
  get id(): number { return getU16(this.u8, this.at + 4) }
  get sequence(): number { return getU16(this.u8, this.at + 6) }

  /** Neighbour solicitation, advertisement and redirect: allocate. */
  get target(): IpAddress { return readAddress16(this.u8, this.at + 8) }
  get redirectDestination(): IpAddress { return readAddress16(this.u8, this.at + 24) }
  targetWord(i: number): number { return getU32(this.u8, this.at + 8 + 4 * i) }
  /** Of a neighbour advertisement. */
  get isRouter(): boolean { return (this.u8[this.at + 4] & 0x80) !== 0 }
  get isSolicited(): boolean { return (this.u8[this.at + 4] & 0x40) !== 0 }
  get isOverride(): boolean { return (this.u8[this.at + 4] & 0x20) !== 0 }
  /** Of a router advertisement. */
  get curHopLimit(): number { return this.u8[this.at + 4] }
  get routerLifetimeSec(): number { return getU16(this.u8, this.at + 6) }
  get reachableTimeMs(): number { return getU32(this.u8, this.at + 8) >>> 0 }
  get retransTimerMs(): number { return getU32(this.u8, this.at + 12) >>> 0 }
}

export function writeIcmpv6Header(u8: Uint8Array, at: number, type: number, code: number, rest: number): void {
  u8[at] = type
  u8[at + 1] = code
  setU16(u8, at + 2, 0)
  setU32(u8, at + 4, rest)
}

export interface Icmpv6Message {
  readonly type: number
  readonly code: number
  readonly checksum: number
  /** The second word, unsigned. */
  readonly rest: number
  readonly body: Uint8Array
}

export function decodeIcmpv6(view: Icmpv6View): Icmpv6Message {
  return {
    type: view.type, code: view.code, checksum: view.checksum, rest: view.rest >>> 0,
    body: view.u8.slice(view.at + ICMPV6_HEADER_BYTES, view.end),
  }
}

export function icmpv6EncodedLength(message: Icmpv6Message): number { return ICMPV6_HEADER_BYTES + message.body.length }

/** The checksum is written as given: it needs the pseudo-header. */
export function encodeIcmpv6(message: Icmpv6Message, into: Uint8Array, at: number = 0): number {
  writeIcmpv6Header(into, at, message.type, message.code, message.rest | 0)
  setU16(into, at + 2, message.checksum)
  into.set(message.body, at + ICMPV6_HEADER_BYTES)
  return at + icmpv6EncodedLength(message)
}
