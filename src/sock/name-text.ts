// Names of Unix sockets and devices as bytes and as text. Bytes that are no UTF-8 become lone surrogates U+DC80..U+DCFF
// and back, so that any name survives the round trip.

const ESCAPE = 0xdc00

export function nameBytes(text: string): Uint8Array {
  const bytes: number[] = []
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    if (code < 0x80) bytes.push(code)
    else if (code < 0x800) bytes.push(0xc0 | (code >> 6), 0x80 | (code & 0x3f))
    else if (code >= ESCAPE + 0x80 && code <= ESCAPE + 0xff) bytes.push(code - ESCAPE)
    else if (code < 0x10000) bytes.push(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f))
    else bytes.push(0xf0 | (code >> 18), 0x80 | ((code >> 12) & 0x3f), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f))
  }
  return Uint8Array.from(bytes)
}

function sequenceLength(lead: number): number {
  if (lead < 0x80) return 1
  if (lead >= 0xc2 && lead < 0xe0) return 2
  if (lead >= 0xe0 && lead < 0xf0) return 3
  return lead >= 0xf0 && lead < 0xf5 ? 4 : 0
}

const SMALLEST = [0, 0, 0x80, 0x800, 0x10000] as const

export function nameText(bytes: Uint8Array, from: number = 0, to: number = bytes.length): string {
  let text = ''
  for (let at = from; at < to;) {
    const length = sequenceLength(bytes[at])
    let code = length <= 1 ? bytes[at] : bytes[at] & (0x7f >> length)
    let isWhole = length > 0 && at + length <= to
    for (let i = 1; isWhole && i < length; i++) {
      isWhole = (bytes[at + i] & 0xc0) === 0x80
      code = (code << 6) | (bytes[at + i] & 0x3f)
    }
    if (isWhole && (code < SMALLEST[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))) isWhole = false
    text += String.fromCodePoint(isWhole ? code : ESCAPE + bytes[at])
    at += isWhole ? length : 1
  }
  return text
}
