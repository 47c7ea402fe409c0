// Options of the IPv4 header (RFC 791 3.1, RFC 2113; row C1) as a cursor over at most 40 bytes.

export const OPTION_END = 0
export const OPTION_NOP = 1
export const OPTION_RECORD_ROUTE = 7
export const OPTION_TIMESTAMP = 68
export const OPTION_LOOSE_SOURCE_ROUTE = 131
export const OPTION_STRICT_SOURCE_ROUTE = 137
export const OPTION_ROUTER_ALERT = 148

/** Bit 7: the option goes into every fragment. */
export function isCopied(type: number): boolean { return (type & 0x80) !== 0 }

/** Walks options: `start`, then `next` until it answers false; `badAt` is then the offset of what is malformed, or -1. */
export class Ipv4OptionCursor {
  u8: Uint8Array = new Uint8Array(0)
  /** Of the option under the cursor; `length` counts type and length bytes. */
  at = 0
  length = 0
  type = OPTION_END
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
    while (this.nextAt < end && u8[this.nextAt] === OPTION_NOP) this.nextAt++
    if (this.nextAt >= end || u8[this.nextAt] === OPTION_END) return false
    this.at = this.nextAt
    this.type = u8[this.at]
    this.length = this.at + 1 < end ? u8[this.at + 1] : 0
    if (this.length < 2 || this.at + this.length > end) {
      this.badAt = this.at
      return false
    }
    this.nextAt = this.at + this.length
    return true
  }

  /** The pointer byte of a route or timestamp option, counted from 1. */
  get pointer(): number { return this.length > 2 ? this.u8[this.at + 2] : 0 }
}

export interface Ipv4Option {
  readonly type: number
  /** What follows type and length; empty for NOP. */
  readonly data: Uint8Array
}

/** NOPs are padding and not reported; undefined when an option runs past the end. */
export function decodeIpv4Options(bytes: Uint8Array, from: number = 0, end: number = bytes.length): Ipv4Option[] | undefined {
  const cursor = new Ipv4OptionCursor().start(bytes, from, end)
  const options: Ipv4Option[] = []
  while (cursor.next()) options.push({ type: cursor.type, data: bytes.slice(cursor.at + 2, cursor.at + cursor.length) })
  return cursor.badAt < 0 ? options : undefined
}

/** Padded to a multiple of 4 with end-of-list. */
export function ipv4OptionsEncodedLength(options: readonly Ipv4Option[]): number {
  return (options.reduce((sum, each) => sum + 2 + each.data.length, 0) + 3) & ~3
}

export function encodeIpv4Options(options: readonly Ipv4Option[], into: Uint8Array, at: number = 0): number {
  const end = at + ipv4OptionsEncodedLength(options)
  let next = at
  for (const { type, data } of options) {
    into[next] = type
    into[next + 1] = 2 + data.length
    into.set(data, next + 2)
    next += 2 + data.length
  }
  into.fill(OPTION_END, next, end)
  return end
}
