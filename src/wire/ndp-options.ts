// Options of neighbour discovery messages (RFC 4861 4.6, RFC 8106 5.1; row C9).

import type { IpAddress } from '../base/address/ip.ts'
import { MacAddress } from '../base/address/mac.ts'
import { getU32, setU16, setU32 } from '../base/bytes.ts'
import { readAddress16 } from './ipv6.ts'

export const NDP_SOURCE_LINK_LAYER = 1
export const NDP_TARGET_LINK_LAYER = 2
export const NDP_PREFIX = 3
export const NDP_REDIRECTED = 4
export const NDP_MTU = 5
export const NDP_NONCE = 14
export const NDP_DNS_SERVERS = 25

/** Walks options; `bad` is true after the walk when one has length zero or is cut off (RFC 4861 4.6: drop the packet). */
export class NdpOptionCursor {
  u8: Uint8Array = new Uint8Array(0)
  at = 0
  type = 0
  /** In bytes, header included. */
  length = 0
  bad = false
  private nextAt = 0
  private end = 0

  start(u8: Uint8Array, from: number, end: number): this {
    this.u8 = u8
    this.nextAt = from
    this.end = end
    this.bad = false
    return this
  }

  next(): boolean {
    if (this.nextAt >= this.end) return false
    this.at = this.nextAt
    const length = this.end - this.at >= 8 ? this.u8[this.at + 1] * 8 : 0
    if (length === 0 || this.at + length > this.end) {
      this.bad = true
      return false
    }
    this.type = this.u8[this.at]
    this.length = length
    this.nextAt = this.at + length
    return true
  }

  /** Of a link-layer address option; allocates. */
  get mac(): MacAddress { return MacAddress.fromBytes(this.u8, this.at + 2) }
  /** Of the MTU option. */
  get mtu(): number { return getU32(this.u8, this.at + 4) >>> 0 }
  /** Of a prefix option. */
  get prefixLength(): number { return this.u8[this.at + 2] }
  get isOnLink(): boolean { return (this.u8[this.at + 3] & 0x80) !== 0 }
  get isAutonomous(): boolean { return (this.u8[this.at + 3] & 0x40) !== 0 }
  get validSec(): number { return getU32(this.u8, this.at + 4) >>> 0 }
  get preferredSec(): number { return getU32(this.u8, this.at + 8) >>> 0 }
  get prefix(): IpAddress { return readAddress16(this.u8, this.at + 16) }
}

export interface NdpPrefixOption {
  readonly kind: 'prefix'
  readonly length: number
  readonly onLink: boolean
  readonly autonomous: boolean
  readonly validSec: number
  readonly preferredSec: number
  readonly prefix: IpAddress
}

export type NdpOption =
  | { readonly kind: 'source-link-layer' | 'target-link-layer', readonly mac: MacAddress }
  | NdpPrefixOption
  | { readonly kind: 'mtu', readonly mtu: number }
  | { readonly kind: 'dns-servers', readonly lifetimeSec: number, readonly servers: readonly IpAddress[] }
  | { readonly kind: 'other', readonly type: number, readonly data: Uint8Array }

/** undefined when an option is malformed. */
export function decodeNdpOptions(u8: Uint8Array, from: number = 0, end: number = u8.length): NdpOption[] | undefined {
  const cursor = new NdpOptionCursor().start(u8, from, end)
  const options: NdpOption[] = []
  while (cursor.next()) options.push(decodeOne(cursor))
  return cursor.bad ? undefined : options
}

function decodeOne(cursor: NdpOptionCursor): NdpOption {
  const { u8, at, type, length } = cursor
  if (type === NDP_SOURCE_LINK_LAYER) return { kind: 'source-link-layer', mac: cursor.mac }
  if (type === NDP_TARGET_LINK_LAYER) return { kind: 'target-link-layer', mac: cursor.mac }
  if (type === NDP_MTU) return { kind: 'mtu', mtu: cursor.mtu }
  if (type === NDP_PREFIX && length === 32) {
    return {
      kind: 'prefix', length: cursor.prefixLength, onLink: cursor.isOnLink, autonomous: cursor.isAutonomous, validSec: cursor.validSec,
      preferredSec: cursor.preferredSec, prefix: cursor.prefix,
    }
  }
  if (type === NDP_DNS_SERVERS && length >= 24 && length % 16 === 8) {
    const servers: IpAddress[] = []
    for (let i = at + 8; i < at + length; i += 16) servers.push(readAddress16(u8, i))
    return { kind: 'dns-servers', lifetimeSec: getU32(u8, at + 4) >>> 0, servers }
  }
  return { kind: 'other', type, data: u8.slice(at + 2, at + length) }
}

function oneLength(option: NdpOption): number {
  switch (option.kind) {
    case 'prefix': return 32
    case 'dns-servers': return 8 + 16 * option.servers.length
    case 'other': return (2 + option.data.length + 7) & ~7
    default: return 8
  }
}

export function ndpOptionsEncodedLength(options: readonly NdpOption[]): number {
  return options.reduce((sum, each) => sum + oneLength(each), 0)
}

export function encodeNdpOptions(options: readonly NdpOption[], into: Uint8Array, at: number = 0): number {
  let next = at
  for (const option of options) next = encodeOne(option, into, next)
  return next
}

function encodeOne(option: NdpOption, into: Uint8Array, at: number): number {
  const length = oneLength(option)
  into.fill(0, at, at + length)
  into[at + 1] = length / 8
  switch (option.kind) {
    case 'source-link-layer':
    case 'target-link-layer':
      into[at] = option.kind === 'source-link-layer' ? NDP_SOURCE_LINK_LAYER : NDP_TARGET_LINK_LAYER
      option.mac.writeTo(into, at + 2)
      break
    case 'prefix':
      into[at] = NDP_PREFIX
      into[at + 2] = option.length
      into[at + 3] = (option.onLink ? 0x80 : 0) | (option.autonomous ? 0x40 : 0)
      setU32(into, at + 4, option.validSec)
      setU32(into, at + 8, option.preferredSec)
      option.prefix.write16(into, at + 16)
      break
    case 'mtu':
      into[at] = NDP_MTU
      setU32(into, at + 4, option.mtu)
      break
    case 'dns-servers':
      into[at] = NDP_DNS_SERVERS
      setU16(into, at + 2, 0)
      setU32(into, at + 4, option.lifetimeSec)
      option.servers.forEach((server, i) => { server.write16(into, at + 8 + 16 * i) })
      break
    case 'other':
      into[at] = option.type
      into.set(option.data, at + 2)
      break
  }
  return at + length
}
