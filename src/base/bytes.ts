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

/** Malformed sequences become U+FFFD. */
export function utf8Decode(bytes: Uint8Array): string {
  const parts: string[] = []
  let at = 0
  while (at < bytes.length) {
    const lead = bytes[at]
    const extra = lead < 0x80 ? 0 : lead >= 0xc2 && lead < 0xe0 ? 1 : lead >= 0xe0 && lead < 0xf0 ? 2 : lead >= 0xf0 && lead < 0xf5 ? 3 : -1
    let point = extra === 0 ? lead : extra > 0 ? lead & (0x3f >> extra) : 0xfffd
    let used = 1
    for (let i = 1; i <= extra; i++) {
      const next = bytes[at + i]
      if (next === undefined || (next & 0xc0) !== 0x80) {
        point = 0xfffd
        break
      }
      point = (point << 6) | (next & 63)
      used++
    }
    const overlong = (extra === 2 && point < 0x800) || (extra === 3 && (point < 0x10000 || point > 0x10ffff))
    parts.push(String.fromCodePoint(overlong || (point >= 0xd800 && point <= 0xdfff) ? 0xfffd : point))
    at += used
  }
  return parts.join('')
}

export function latin1Decode(bytes: Uint8Array): string {
  let text = ''
  for (const byte of bytes) text += String.fromCharCode(byte)
  return text
}
