// Options of the IPv4 header as programs see them (RFC 791 3.1; row F7): what a program may send, and what it should send
// to answer a packet (RFC 1122 4.1.3.2; Linux: ip_options_compile, ip_options_echo).

import {
  OPTION_END, OPTION_LOOSE_SOURCE_ROUTE, OPTION_NOP, OPTION_RECORD_ROUTE, OPTION_STRICT_SOURCE_ROUTE, OPTION_TIMESTAMP, Ipv4OptionCursor,
} from '../wire/ipv4-options.ts'

const MOST_OPTION_BYTES = 40
const ADDRESS_BYTES = 4
const FIRST_POINTER = 4
/** Of a timestamp option: pointer, overflow and flag stand in front of the times. */
const TIMES_WITH_ADDRESSES = 1

/** Padded to words; what stands after their end is wiped out. undefined for none, and for what is malformed. */
export function readOptions(value: Uint8Array): Uint8Array | undefined {
  if (value.length > MOST_OPTION_BYTES || value.length === 0) return undefined
  const padded = new Uint8Array((value.length + 3) & ~3)
  padded.set(value)
  return areSound(padded) ? padded : undefined
}

/** Each option lies within the bytes. */
function areSound(options: Uint8Array): boolean {
  for (let at = 0; at < options.length;) {
    if (options[at] === OPTION_END) {
      options.fill(OPTION_END, at)
      return true
    }
    if (options[at] === OPTION_NOP) {
      at++
      continue
    }
    const length = options[at + 1] ?? 0
    if (length < 2 || at + length > options.length || !isWellFormed(options.subarray(at, at + length))) return false
    at += length
  }
  return true
}

/** Room for what routers enter, and a pointer to it. */
function isWellFormed(option: Uint8Array): boolean {
  const [type = 0, length = 0, pointer = 0, flags = 0] = option
  if (type === OPTION_RECORD_ROUTE) return length >= 3 && pointer >= 4 && (pointer > length || pointer + 3 <= length)
  if (type !== OPTION_TIMESTAMP) return true
  if (length < 4 || pointer < 5) return false
  return pointer > length || pointer + (flags % 16 === 0 ? 3 : 7) <= length
}

/** Recorded routes and times go on where they stood, source routes go back the way they came; all else stays away. */
export function answerOptions(options: Uint8Array, source: Uint8Array): Uint8Array {
  const cursor = new Ipv4OptionCursor().start(options, 0, options.length)
  const found: [record: number[], times: number[], route: number[]] = [[], [], []]
  while (cursor.next()) {
    const bytes = [...options.subarray(cursor.at, cursor.at + cursor.length)]
    if (cursor.type === OPTION_RECORD_ROUTE) found[0] = movedOn(bytes, ADDRESS_BYTES)
    else if (cursor.type === OPTION_TIMESTAMP) found[1] = movedOn(bytes, (bytes[3] ?? 0) % 16 === TIMES_WITH_ADDRESSES ? 8 : ADDRESS_BYTES)
    else if (cursor.type === OPTION_LOOSE_SOURCE_ROUTE || cursor.type === OPTION_STRICT_SOURCE_ROUTE) found[2] = reversed(bytes, source)
  }
  const answer = found.flat()
  while ((answer.length & 3) !== 0) answer.push(OPTION_END)
  return Uint8Array.from(answer)
}

/** This host has its place in it, if there is room. */
function movedOn(option: number[], size: number): number[] {
  const pointer = option[2] ?? 0
  if (pointer + size - 1 <= option.length) option[2] = pointer + size
  return option
}

/** RFC 1122 3.2.1.8(c): the recorded hops, last first, without the first of them, which the answer is sent to. */
function reversed(option: readonly number[], source: Uint8Array): number[] {
  const [type = 0, length = 0, pointer = 0] = option
  const hops: number[][] = []
  for (let at = Math.min(pointer, length + 1) - ADDRESS_BYTES; at > 3; at -= ADDRESS_BYTES) hops.push(option.slice(at - 1, at + 3))
  const back = hops.slice(1)
  // RFC 1812 5.3.13.4: a route that names its own source is mended.
  if (back.at(-1)?.every((byte, index) => byte === source[index]) === true) back.pop()
  return back.length === 0 ? [] : [type, 3 + ADDRESS_BYTES * back.length, FIRST_POINTER, ...back.flat()]
}
