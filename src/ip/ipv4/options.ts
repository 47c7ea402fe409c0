// What hosts and routers do with IPv4 options (RFC 9293 MUST-50: none disturbs TCP; RFC 791 3.1, RFC 1122 3.2.1.8; row C1):
// judge them, and write themselves into record-route and timestamp options of what they forward.

import { getU32, setU32 } from '../../base/bytes.ts'
import { OPTION_LOOSE_SOURCE_ROUTE, OPTION_RECORD_ROUTE, OPTION_STRICT_SOURCE_ROUTE, OPTION_TIMESTAMP } from '../../wire/ipv4-options.ts'
import type { Ipv4OptionCursor } from '../../wire/ipv4-options.ts'
import { IPV4_MIN_HEADER_BYTES } from '../../wire/ipv4.ts'
import type { Ipv4View } from '../../wire/ipv4.ts'

/** Time-stamps count milliseconds since midnight. */
export const MS_A_DAY = 86_400_000
export const OPTIONS_GOOD = -1
/** A source route, and this host does not follow them (accept_source_route). */
export const OPTIONS_SOURCE_ROUTED = -2

/** OPTIONS_GOOD, OPTIONS_SOURCE_ROUTED, or the pointer of a Parameter Problem: the offending byte's place in the header. */
export function judgeOptions(view: Ipv4View, cursor: Ipv4OptionCursor, acceptSourceRoute: boolean): number {
  const { at, u8 } = view
  cursor.start(u8, at + IPV4_MIN_HEADER_BYTES, at + view.headerLength)
  let seenRoute = false
  while (cursor.next()) {
    const { type, length, pointer } = cursor
    const isSourceRoute = type === OPTION_LOOSE_SOURCE_ROUTE || type === OPTION_STRICT_SOURCE_ROUTE
    if (isSourceRoute || type === OPTION_RECORD_ROUTE) {
      if (length < 3) return cursor.at + 1 - at
      if (pointer < 4 || (pointer <= length && pointer + 3 > length)) return cursor.at + 2 - at
    }
    if (isSourceRoute) {
      if (seenRoute) return cursor.at - at
      seenRoute = true
      if (!acceptSourceRoute) return OPTIONS_SOURCE_ROUTED
    }
    if (type === OPTION_TIMESTAMP) {
      if (length < 4) return cursor.at + 1 - at
      if (pointer < 5) return cursor.at + 2 - at
    }
  }
  return cursor.badAt < 0 ? OPTIONS_GOOD : cursor.badAt - at
}

/** Enters `address` into record-route and timestamp options; true when the header changed. */
export function recordPassage(view: Ipv4View, cursor: Ipv4OptionCursor, address: number, timeOfDayMs: number): boolean {
  const { at, u8 } = view
  cursor.start(u8, at + IPV4_MIN_HEADER_BYTES, at + view.headerLength)
  let changed = false
  while (cursor.next()) {
    const { type, length, pointer } = cursor
    if (type === OPTION_RECORD_ROUTE && pointer + 3 <= length) {
      setU32(u8, cursor.at + pointer - 1, address)
      u8[cursor.at + 2] = pointer + 4
      changed = true
    } else if (type === OPTION_TIMESTAMP) {
      changed = stamp(u8, cursor, address, timeOfDayMs) || changed
    }
  }
  return changed
}

function stamp(u8: Uint8Array, cursor: Ipv4OptionCursor, address: number, timeOfDayMs: number): boolean {
  const { at, pointer, length } = cursor
  const flags = u8[at + 3] & 0xf
  const withAddress = flags === 1 || flags === 3
  const size = withAddress ? 8 : 4
  const slot = at + pointer - 1
  if (pointer + size - 1 > length) {
    // No room: the overflow counter in the high bits of the flags.
    if (u8[at + 3] >>> 4 === 15) return false
    u8[at + 3] += 0x10
    return true
  }
  if (flags === 3 && getU32(u8, slot) !== address) return false
  if (flags === 1) setU32(u8, slot, address)
  setU32(u8, slot + size - 4, timeOfDayMs)
  u8[at + 2] = pointer + size
  return true
}
