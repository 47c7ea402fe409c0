// Netlink on the wire (RFC 3549 2; Linux: uapi/linux/netlink.h, rtnetlink.h): a header of 16 bytes, a fixed part, attributes
// of type and length, all aligned to four bytes and little-endian.

import type { IpAddress } from '../base/address/ip.ts'
import { viewOf } from '../base/bytes.ts'
import { nameBytes } from '../sock/name-text.ts'

export const HEADER_BYTES = 16
export const NLMSG_ERROR = 2
export const NLMSG_DONE = 3
/** Types below are netlink's own. */
export const NLMSG_MIN_TYPE = 16

export const NLM_F_REQUEST = 1
export const NLM_F_MULTI = 2
export const NLM_F_ACK = 4
export const NLM_F_DUMP = 0x300
export const NLM_F_REPLACE = 0x100
export const NLM_F_EXCL = 0x200
export const NLM_F_CREATE = 0x400
/** Of an error: the request is not quoted whole. */
export const NLM_F_CAPPED = 0x100

export const RTM_NEWLINK = 16
export const RTM_DELLINK = 17
export const RTM_GETLINK = 18
export const RTM_SETLINK = 19
export const RTM_NEWADDR = 20
export const RTM_DELADDR = 21
export const RTM_GETADDR = 22
export const RTM_NEWROUTE = 24
export const RTM_DELROUTE = 25
export const RTM_GETROUTE = 26
export const RTM_NEWNEIGH = 28
export const RTM_DELNEIGH = 29
export const RTM_GETNEIGH = 30

export const RTM_NEWRULE = 32
export const RTM_DELRULE = 33

export const RTNLGRP_LINK = 1
export const RTNLGRP_NEIGH = 3
export const RTNLGRP_IPV4_IFADDR = 5
export const RTNLGRP_IPV4_ROUTE = 7
export const RTNLGRP_IPV6_IFADDR = 9
export const RTNLGRP_IPV6_ROUTE = 11
/** RTNLGRP_MAX. */
export const LAST_GROUP = 36

export interface Request {
  readonly type: number
  readonly flags: number
  readonly sequence: number
  readonly portId: number
  /** Behind the header. */
  readonly body: Uint8Array
}

/** The requests of one send; what is cut short is not among them. */
export function readRequests(bytes: Uint8Array): Request[] {
  const requests: Request[] = []
  const view = viewOf(bytes)
  for (let at = 0; at + HEADER_BYTES <= bytes.length;) {
    const length = view.getUint32(at, true)
    if (length < HEADER_BYTES || at + length > bytes.length) break
    requests.push({
      type: view.getUint16(at + 4, true), flags: view.getUint16(at + 6, true), sequence: view.getUint32(at + 8, true),
      portId: view.getUint32(at + 12, true), body: bytes.subarray(at + HEADER_BYTES, at + length),
    })
    at += (length + 3) & ~3
  }
  return requests
}

/** Attributes from `at` on; of two of a type the last counts. */
export function readAttributes(body: Uint8Array, at: number): Map<number, Uint8Array> {
  const found = new Map<number, Uint8Array>()
  const view = viewOf(body)
  for (let place = at; place + 4 <= body.length;) {
    const length = view.getUint16(place, true)
    if (length < 4 || place + length > body.length) break
    found.set(view.getUint16(place + 2, true) & 0x3fff, body.subarray(place + 4, place + length))
    place += (length + 3) & ~3
  }
  return found
}

export function u32Of(bytes: Uint8Array | undefined): number | undefined {
  return bytes === undefined || bytes.length < 4 ? undefined : viewOf(bytes).getUint32(0, true)
}

/** One message as it is built. */
export class MessageWriter {
  private bytes = new Uint8Array(256)
  private view = viewOf(this.bytes)
  private length = HEADER_BYTES

  constructor(type: number, flags: number, sequence: number, portId: number) {
    this.view.setUint16(4, type, true)
    this.view.setUint16(6, flags, true)
    this.view.setUint32(8, sequence, true)
    this.view.setUint32(12, portId, true)
  }

  u8(...values: readonly number[]): this { return this.raw(Uint8Array.from(values)) }

  u16(value: number): this { return this.raw(Uint8Array.of(value, value >>> 8)) }

  u32(value: number): this { return this.raw(Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24)) }

  raw(bytes: Uint8Array): this {
    if (this.length + bytes.length + 4 > this.bytes.length) this.grow(bytes.length)
    this.bytes.set(bytes, this.length)
    this.length += bytes.length
    return this
  }

  attribute(type: number, value: Uint8Array): this {
    this.u16(4 + value.length).u16(type).raw(value)
    return this.raw(new Uint8Array(-value.length & 3))
  }

  attributeU8(type: number, value: number): this { return this.attribute(type, Uint8Array.of(value)) }

  attributeU32(type: number, ...values: readonly number[]): this {
    return this.attribute(type, Uint8Array.from(values.flatMap(each => [each, each >>> 8, each >>> 16, each >>> 24])))
  }

  attributeText(type: number, text: string): this { return this.attribute(type, nameBytes(`${text}\0`)) }

  attributeAddress(type: number, address: IpAddress): this { return this.attribute(type, addressBytes(address)) }

  finish(): Uint8Array {
    this.view.setUint32(0, this.length, true)
    return this.bytes.slice(0, this.length)
  }

  private grow(by: number): void {
    const larger = new Uint8Array(2 * (this.length + by) + 64)
    larger.set(this.bytes)
    this.bytes = larger
    this.view = viewOf(larger)
  }
}

export function addressBytes(address: IpAddress): Uint8Array {
  const bytes = new Uint8Array(address.family === 4 ? 4 : 16)
  if (address.family === 4) address.writeTo(bytes, 0)
  else address.write16(bytes, 0)
  return bytes
}
