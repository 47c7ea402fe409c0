// IPv6 extension headers (RFC 8200 4; row C9): hop-by-hop and destination options, routing, fragment.

import { getU16, getU32, setU16, setU32 } from '../base/bytes.ts'
import type { DropReason } from '../base/drop-reason.ts'
import type { Packet } from './packet.ts'

export const NEXT_HOP_BY_HOP = 0
export const NEXT_ROUTING = 43
export const NEXT_FRAGMENT = 44
export const NEXT_NONE = 59
export const NEXT_DESTINATION_OPTIONS = 60

export const FRAGMENT_HEADER_BYTES = 8

export const OPTION_PAD1 = 0
export const OPTION_PADN = 1
export const OPTION_ROUTER_ALERT6 = 5
export const OPTION_JUMBO = 0xc2

export function isExtension(nextHeader: number): boolean {
  return nextHeader === NEXT_HOP_BY_HOP || nextHeader === NEXT_ROUTING || nextHeader === NEXT_FRAGMENT
    || nextHeader === NEXT_DESTINATION_OPTIONS
}

/** What a receiver owes to an option it does not know: the two top bits of its type (RFC 8200 4.2). */
export type UnknownOptionAction = 'skip' | 'discard' | 'report' | 'report-unless-multicast'

export function unknownOptionAction(type: number): UnknownOptionAction {
  const bits = type >>> 6
  return bits === 0 ? 'skip' : bits === 1 ? 'discard' : bits === 2 ? 'report' : 'report-unless-multicast'
}

/** A cursor over an extension header of the common form (all but fragment): next header, length in 8 bytes less one. */
export class Ipv6ExtensionView {
  u8: Uint8Array = new Uint8Array(0)
  at = 0
  end = 0

  wrap(packet: Packet, at: number): this { return this.wrapBytes(packet.memory.u8, at, packet.end) }

  wrapBytes(u8: Uint8Array, at: number = 0, end: number = u8.length): this {
    this.u8 = u8
    this.at = at
    this.end = end
    return this
  }

  check(): DropReason | undefined {
    return this.end - this.at < 8 || this.length > this.end - this.at ? 'ipv6-extension' : undefined
  }

  get nextHeader(): number { return this.u8[this.at] }
  get length(): number { return (this.u8[this.at + 1] + 1) * 8 }
  /** Of a routing header. */
  get routingType(): number { return this.u8[this.at + 2] }
  get segmentsLeft(): number { return this.u8[this.at + 3] }
}

export class Ipv6FragmentView {
  u8: Uint8Array = new Uint8Array(0)
  at = 0
  end = 0

  wrap(packet: Packet, at: number): this { return this.wrapBytes(packet.memory.u8, at, packet.end) }

  wrapBytes(u8: Uint8Array, at: number = 0, end: number = u8.length): this {
    this.u8 = u8
    this.at = at
    this.end = end
    return this
  }

  check(): DropReason | undefined { return this.end - this.at < FRAGMENT_HEADER_BYTES ? 'ip-fragment-malformed' : undefined }

  get nextHeader(): number { return this.u8[this.at] }
  /** In bytes. */
  get offset(): number { return getU16(this.u8, this.at + 2) & 0xfff8 }
  get moreFragments(): boolean { return (this.u8[this.at + 3] & 1) !== 0 }
  get id(): number { return getU32(this.u8, this.at + 4) }
}

export function writeFragmentHeader(u8: Uint8Array, at: number, nextHeader: number, offset: number, moreFragments: boolean,
  id: number): void {
  u8[at] = nextHeader
  u8[at + 1] = 0
  setU16(u8, at + 2, offset | (moreFragments ? 1 : 0))
  setU32(u8, at + 4, id)
}

/** Walks the options of a hop-by-hop or destination header; padding is skipped. `badAt` is -1 unless one is cut off. */
export class Ipv6OptionCursor {
  u8: Uint8Array = new Uint8Array(0)
  at = 0
  type = 0
  /** Of the data behind type and length. */
  length = 0
  badAt = -1
  private nextAt = 0
  private end = 0

  start(u8: Uint8Array, from: number, end: number): this {
    this.u8 = u8
    this.nextAt = from
    this.end = end
    this.badAt = -1
    return this
  }

  next(): boolean {
    const { u8, end } = this
    while (this.nextAt < end) {
      this.at = this.nextAt
      this.type = u8[this.at]
      if (this.type === OPTION_PAD1) {
        this.nextAt++
        continue
      }
      this.length = this.at + 1 < end ? u8[this.at + 1] : 255
      if (this.at + 2 + this.length > end) {
        this.badAt = this.at
        return false
      }
      this.nextAt = this.at + 2 + this.length
      if (this.type !== OPTION_PADN) return true
    }
    return false
  }
}

export interface Ipv6Option {
  readonly type: number
  readonly data: Uint8Array
}

export interface Ipv6OptionsHeader {
  readonly kind: 'hop-by-hop' | 'destination'
  readonly nextHeader: number
  readonly options: readonly Ipv6Option[]
}

export interface Ipv6RoutingHeader {
  readonly kind: 'routing'
  readonly nextHeader: number
  readonly routingType: number
  readonly segmentsLeft: number
  /** What follows the first four bytes. */
  readonly data: Uint8Array
}

export interface Ipv6FragmentHeader {
  readonly kind: 'fragment'
  readonly nextHeader: number
  /** In bytes, a multiple of 8. */
  readonly offset: number
  readonly moreFragments: boolean
  readonly id: number
}

export type Ipv6Extension =
  | Ipv6OptionsHeader
  | Ipv6RoutingHeader
  | Ipv6FragmentHeader

/** Decodes the extension of type `kind` at `at`; undefined when it is cut off or malformed. */
export function decodeIpv6Extension(kind: Ipv6Extension['kind'], u8: Uint8Array, at: number = 0,
  end: number = u8.length): Ipv6Extension | undefined {
  if (kind === 'fragment') {
    const view = new Ipv6FragmentView().wrapBytes(u8, at, end)
    if (view.check() !== undefined) return undefined
    return { kind, nextHeader: view.nextHeader, offset: view.offset, moreFragments: view.moreFragments, id: view.id >>> 0 }
  }
  const view = new Ipv6ExtensionView().wrapBytes(u8, at, end)
  if (view.check() !== undefined) return undefined
  const { nextHeader, length } = view
  if (kind === 'routing') {
    return { kind, nextHeader, routingType: view.routingType, segmentsLeft: view.segmentsLeft, data: u8.slice(at + 4, at + length) }
  }
  const cursor = new Ipv6OptionCursor().start(u8, at + 2, at + length)
  const options: Ipv6Option[] = []
  while (cursor.next()) options.push({ type: cursor.type, data: u8.slice(cursor.at + 2, cursor.at + 2 + cursor.length) })
  return cursor.badAt < 0 ? { kind, nextHeader, options } : undefined
}

export function ipv6ExtensionEncodedLength(extension: Ipv6Extension): number {
  if (extension.kind === 'fragment') return FRAGMENT_HEADER_BYTES
  const body = extension.kind === 'routing' ? 4 + extension.data.length
    : extension.options.reduce((sum, each) => sum + 2 + each.data.length, 2)
  return (body + 7) & ~7
}

export function encodeIpv6Extension(extension: Ipv6Extension, into: Uint8Array, at: number = 0): number {
  const length = ipv6ExtensionEncodedLength(extension)
  if (extension.kind === 'fragment') {
    writeFragmentHeader(into, at, extension.nextHeader, extension.offset, extension.moreFragments, extension.id | 0)
    return at + length
  }
  into.fill(0, at, at + length)
  into[at] = extension.nextHeader
  into[at + 1] = length / 8 - 1
  if (extension.kind === 'routing') {
    into[at + 2] = extension.routingType
    into[at + 3] = extension.segmentsLeft
    into.set(extension.data, at + 4)
    return at + length
  }
  let next = at + 2
  for (const { type, data } of extension.options) {
    into[next] = type
    into[next + 1] = data.length
    into.set(data, next + 2)
    next += 2 + data.length
  }
  pad(into, next, at + length)
  return at + length
}

/** Pad1 or PadN up to `end` (RFC 8200 4.2). */
export function pad(into: Uint8Array, at: number, end: number): void {
  if (end - at === 1) into[at] = OPTION_PAD1
  if (end - at < 2) return
  into[at] = OPTION_PADN
  into[at + 1] = end - at - 2
  into.fill(0, at + 2, end)
}
