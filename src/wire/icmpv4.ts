// ICMP (RFC 792, RFC 1191; row C7): an 8-byte header whose last word means what the type says.

import { getU16, getU32, setU16, setU32 } from '../base/bytes.ts'
import { finish, sumBytes } from '../base/checksum.ts'
import type { DropReason } from '../base/drop-reason.ts'
import type { Packet } from './packet.ts'

export const ICMP_HEADER_BYTES = 8

export const ICMP_ECHO_REPLY = 0
export const ICMP_UNREACHABLE = 3
export const ICMP_SOURCE_QUENCH = 4
export const ICMP_REDIRECT = 5
export const ICMP_ECHO = 8
export const ICMP_TIME_EXCEEDED = 11
export const ICMP_PARAMETER_PROBLEM = 12
export const ICMP_TIMESTAMP = 13
export const ICMP_TIMESTAMP_REPLY = 14

export const UNREACHABLE_NET = 0
export const UNREACHABLE_HOST = 1
export const UNREACHABLE_PROTOCOL = 2
export const UNREACHABLE_PORT = 3
export const UNREACHABLE_FRAGMENTATION_NEEDED = 4
export const UNREACHABLE_SOURCE_ROUTE = 5
export const UNREACHABLE_ADMIN = 13

export const TIME_EXCEEDED_TTL = 0
export const TIME_EXCEEDED_REASSEMBLY = 1

/** RFC 1122 3.2.2: errors quote the packet that caused them and must never draw another error. */
export function isIcmpError(type: number): boolean {
  return type === ICMP_UNREACHABLE || type === ICMP_SOURCE_QUENCH || type === ICMP_REDIRECT || type === ICMP_TIME_EXCEEDED
    || type === ICMP_PARAMETER_PROBLEM
}

export class Icmpv4View {
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

  check(): DropReason | undefined { return this.end - this.at < ICMP_HEADER_BYTES ? 'icmp-malformed' : undefined }

  get type(): number { return this.u8[this.at] }
  set type(value: number) { this.u8[this.at] = value }
  get code(): number { return this.u8[this.at + 1] }
  get checksum(): number { return getU16(this.u8, this.at + 2) }
  set checksum(value: number) { setU16(this.u8, this.at + 2, value) }
  /** The second word as it stands: identifier and sequence, gateway, or unused and MTU. */
  get rest(): number { return getU32(this.u8, this.at + 4) }
  get id(): number { return getU16(this.u8, this.at + 4) }
  get sequence(): number { return getU16(this.u8, this.at + 6) }
  /** Of fragmentation needed (RFC 1191 4). */
  get nextHopMtu(): number { return getU16(this.u8, this.at + 6) }
  /** Of a parameter problem. */
  get pointer(): number { return this.u8[this.at + 4] }
}

export function writeIcmpHeader(u8: Uint8Array, at: number, type: number, code: number, rest: number): void {
  u8[at] = type
  u8[at + 1] = code
  setU16(u8, at + 2, 0)
  setU32(u8, at + 4, rest)
}

export interface IcmpMessage {
  readonly type: number
  readonly code: number
  /** The second word, unsigned. */
  readonly rest: number
  readonly body: Uint8Array
}

export function decodeIcmpv4(view: Icmpv4View): IcmpMessage {
  return { type: view.type, code: view.code, rest: view.rest >>> 0, body: view.u8.slice(view.at + ICMP_HEADER_BYTES, view.end) }
}

export function icmpv4EncodedLength(message: IcmpMessage): number { return ICMP_HEADER_BYTES + message.body.length }

export function encodeIcmpv4(message: IcmpMessage, into: Uint8Array, at: number = 0): number {
  const length = icmpv4EncodedLength(message)
  writeIcmpHeader(into, at, message.type, message.code, message.rest | 0)
  into.set(message.body, at + ICMP_HEADER_BYTES)
  setU16(into, at + 2, finish(sumBytes(into, at, length)))
  return at + length
}
