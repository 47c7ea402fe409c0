// Addresses as inet_aton reads them, and getaddrinfo after it: `127.1`, `0x7f.1`, `2130706433`, `010.0.0.1`.

const PART = /^(?:0x[0-9a-f]+|\d+)$/i

function partOf(text: string): number | undefined {
  if (!PART.test(text)) return undefined
  if (!/^0[0-9]/.test(text)) return Number(text)
  return /^[0-7]+$/.test(text) ? parseInt(text, 8) : undefined
}

/** In four decimal parts; undefined for anything else, names among it. */
export function classicAddress(text: string): string | undefined {
  const parts = text.split('.').map(partOf)
  if (parts.length > 4 || parts.includes(undefined)) return undefined
  const numbers = parts as number[]
  const last = numbers.at(-1) ?? 0
  const leading = numbers.slice(0, -1)
  if (leading.some(each => each > 255) || last >= 256 ** (4 - leading.length)) return undefined
  const value = leading.reduce((sum, each, i) => sum + each * 256 ** (3 - i), last)
  return [24, 16, 8, 0].map(shift => Math.floor(value / 2 ** shift) % 256).join('.')
}
