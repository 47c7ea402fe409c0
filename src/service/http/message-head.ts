// Start line and header fields of an HTTP/1.1 message (RFC 9112 2-5), read from a byte stream with a bound on every
// length: what exceeds one is an answer, never memory. Used by httpd and by the client.

export const MAX_HEAD_BYTES = 16384
export const MAX_FIELDS = 100

export interface MessageHead {
  readonly startLine: string
  /** Names in lower case; a repeated field's values joined with a comma. */
  readonly fields: ReadonlyMap<string, string>
}

export type HeadFault = 'malformed' | 'too-many-fields'

const CR = 13
const LF = 10
const FIELD_NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/

/** Where the head ends (one past its empty line) within bytes[from, to), -1 while incomplete. */
export function headEnd(bytes: Uint8Array, from: number, to: number): number {
  for (let i = from; i < to; i++) {
    if (bytes[i] !== LF) continue
    if (i + 1 < to && bytes[i + 1] === LF) return i + 2
    if (i + 2 < to && bytes[i + 1] === CR && bytes[i + 2] === LF) return i + 3
  }
  return -1
}

/** Bytes as Latin-1, which maps each onto the character of its number. */
export function latin1(bytes: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let i = from; i < to; i++) text += String.fromCharCode(bytes[i])
  return text
}

export function latin1Bytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i)
  return bytes
}

export function parseHead(text: string): MessageHead | HeadFault {
  const lines = text.split('\n').map(line => line.endsWith('\r') ? line.slice(0, -1) : line)
  const fields = new Map<string, string>()
  let count = 0
  for (const line of lines.slice(1)) {
    if (line === '') break
    count++
    if (count > MAX_FIELDS) return 'too-many-fields'
    const colon = line.indexOf(':')
    const name = line.slice(0, Math.max(colon, 0))
    // A folded line and a blank before the colon are refused, as RFC 9112 5.1 and 5.2 ask of servers.
    if (!FIELD_NAME.test(name)) return 'malformed'
    const value = line.slice(colon + 1).trim()
    if (hasControl(value)) return 'malformed'
    const key = name.toLowerCase()
    const known = fields.get(key)
    fields.set(key, known === undefined ? value : `${known}, ${value}`)
  }
  return { startLine: lines[0], fields }
}

function hasControl(value: string): boolean {
  for (let i = 0; i < value.length; i++) {
    const code = value.charCodeAt(i)
    if (code < 32 && code !== 9 || code === 127) return true
  }
  return false
}

/** True when a comma-separated field holds the word, whatever its case. */
export function hasToken(value: string | undefined, token: string): boolean {
  return value !== undefined && value.split(',').some(each => each.trim().toLowerCase() === token)
}

/** Content-Length; `undefined` when absent, 'malformed' when it is no number or several that differ (RFC 9112 6.3). */
export function contentLength(fields: ReadonlyMap<string, string>): number | undefined | 'malformed' {
  const value = fields.get('content-length')
  if (value === undefined) return undefined
  const [first, ...others] = value.split(',').map(each => each.trim())
  if (!/^[0-9]{1,15}$/.test(first) || others.some(each => each !== first)) return 'malformed'
  return Number(first)
}
