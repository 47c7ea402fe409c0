// Bytes: big-endian numbers, comparison, hexadecimal and UTF-8 text (the core's language level has no TextEncoder).

export function getU16(bytes: Uint8Array, at: number): number { return (bytes[at] << 8) | bytes[at + 1] }

/** As a signed int32, which V8 keeps unboxed. */
export function getU32(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24) | (bytes[at + 1] << 16) | (bytes[at + 2] << 8) | bytes[at + 3]
}

export function getU32Unsigned(bytes: Uint8Array, at: number): number { return getU32(bytes, at) >>> 0 }

export function setU16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}

export function setU32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

/** The same bytes for whole numbers at once. Cold; packet memory keeps its own. */
export function viewOf(bytes: Uint8Array): DataView { return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength) }

export function bytesEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

export function toHex(bytes: Uint8Array, separator: string = ''): string {
  return Array.from(bytes, each => each.toString(16).padStart(2, '0')).join(separator)
}

/** Pairs of digits, blanks and colons between them ignored; undefined when it is anything else. */
export function fromHex(text: string): Uint8Array | undefined {
  const digits = text.replaceAll(/[\s:]/g, '')
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) return undefined
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) => Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16))
}

export function utf8Encode(text: string): Uint8Array {
  const out: number[] = []
  for (const character of text) {
    let point = character.codePointAt(0) ?? 0
    if (point >= 0xd800 && point <= 0xdfff) point = 0xfffd
    if (point < 0x80) out.push(point)
    else if (point < 0x800) out.push(0xc0 | (point >> 6), 0x80 | (point & 63))
    else if (point < 0x10000) out.push(0xe0 | (point >> 12), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63))
    else out.push(0xf0 | (point >> 18), 0x80 | ((point >> 12) & 63), 0x80 | ((point >> 6) & 63), 0x80 | (point & 63))
  }
  return Uint8Array.from(out)
}

/** How many bytes follow a lead byte; -1 when it leads nothing (RFC 3629 4). */
function trailCount(lead: number): number {
  if (lead < 0x80) return 0
  if (lead < 0xc2) return -1
  return lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : lead < 0xf5 ? 3 : -1
}

/** Whether `next` may follow `lead` at once: overlong forms, surrogates and points over U+10FFFF end here. */
function mayFollow(lead: number, next: number): boolean {
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf
  return next >= low && next <= high
}

/** Malformed sequences become U+FFFD, one for each longest piece that could have begun a character, as browsers do. */
export function utf8Decode(bytes: Uint8Array): string {
  const parts: string[] = []
  let at = 0
  while (at < bytes.length) {
    const lead = bytes[at]
    at++
    const trail = trailCount(lead)
    let point = trail === 0 ? lead : trail > 0 ? lead & (0x3f >> trail) : 0xfffd
    for (let i = 0; i < trail; i++) {
      const next = bytes[at]
      if (at >= bytes.length || !mayFollow(i === 0 ? lead : 0, next)) {
        point = 0xfffd
        break
      }
      point = (point << 6) | (next & 63)
      at++
    }
    parts.push(String.fromCodePoint(point))
  }
  return parts.join('')
}

export function latin1Decode(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}
