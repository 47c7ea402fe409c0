// Text of IP addresses: inet_pton and inet_ntop of both families, and inet_aton's classic forms (row A2).

export function formatIpv4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`
}

const DOT = 0x2e
const ZERO = 0x30

/** Strict: four decimal numbers without leading zeros. Every connect by address comes here: no part is cut out of the text. */
export function parseIpv4Word(text: string): number | undefined {
  let word = 0
  let octet = 0
  let digits = 0
  let dots = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === DOT) {
      if (digits === 0 || dots === 3) return undefined
      word = (word << 8) | octet
      octet = 0
      digits = 0
      dots++
      continue
    }
    const digit = code - ZERO
    if (digit < 0 || digit > 9 || (digits > 0 && octet === 0)) return undefined
    octet = octet * 10 + digit
    digits++
    if (octet > 255) return undefined
  }
  return dots === 3 && digits > 0 ? (word << 8) | octet : undefined
}

/** inet_aton: one to four parts, decimal, octal or hexadecimal, the last filling what is left. */
export function inetAton(text: string): number | undefined {
  const parts = text.split('.')
  if (parts.length > 4) return undefined
  const numbers: number[] = []
  for (const part of parts) {
    if (!/^(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.test(part)) return undefined
    numbers.push(/^0[xX]/.test(part) ? Number.parseInt(part, 16) : part.startsWith('0') ? Number.parseInt(part, 8) : Number(part))
  }
  const last = numbers.pop() ?? 0
  if (last >= 2 ** (8 * (4 - numbers.length)) || numbers.some(each => each > 255)) return undefined
  return numbers.reduce((word, octet, i) => word + octet * 2 ** (8 * (3 - i)), last) | 0
}

/** RFC 5952: lower case, the longest run of two or more zero groups (the first of equals) as `::`. */
export function formatIpv6(w0: number, w1: number, w2: number, w3: number): string {
  const groups = [w0, w1, w2, w3].flatMap(word => [word >>> 16, word & 0xffff])
  let bestAt = -1
  let bestLength = 1
  for (let i = 0; i < 8; i++) {
    let length = 0
    while (i + length < 8 && groups[i + length] === 0) length++
    if (length > bestLength) {
      bestAt = i
      bestLength = length
    }
  }
  const text = (part: number[]): string => part.map(each => each.toString(16)).join(':')
  return bestAt < 0 ? text(groups) : `${text(groups.slice(0, bestAt))}::${text(groups.slice(bestAt + bestLength))}`
}

export function parseIpv6Words(text: string): readonly [number, number, number, number] | undefined {
  const halves = text.split('::')
  if (halves.length > 2) return undefined
  const head = parseGroups(halves[0])
  const tail = halves.length === 2 ? parseGroups(halves[1]) : []
  if (head === undefined || tail === undefined) return undefined
  // An embedded dotted quad may only end the whole text.
  if (halves.length === 2 && halves[0].includes('.')) return undefined
  const missing = 8 - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...tail]
  const word = (i: number): number => (groups[i] << 16) | groups[i + 1]
  return [word(0), word(2), word(4), word(6)]
}

function parseGroups(text: string): number[] | undefined {
  if (text === '') return []
  const parts = text.split(':')
  const groups: number[] = []
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]
    if (i === parts.length - 1 && part.includes('.')) {
      const word = parseIpv4Word(part)
      if (word === undefined) return undefined
      groups.push(word >>> 16, word & 0xffff)
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return undefined
      groups.push(Number.parseInt(part, 16))
    }
  }
  return groups
}
