// TCP options (RFC 9293 3.2 and the RFCs named below) as plain values, for tests, drill and tools. The stack reads and
// writes them in place: tcp/segment/options.ts.

export const TCPOPT_EOL = 0
export const TCPOPT_NOP = 1
export const TCPOPT_MSS = 2
export const TCPOPT_WSCALE = 3 // RFC 7323
export const TCPOPT_SACK_PERMITTED = 4 // RFC 2018
export const TCPOPT_SACK = 5
export const TCPOPT_TIMESTAMP = 8 // RFC 7323
export const TCPOPT_MD5 = 19 // RFC 2385
export const TCPOPT_FASTOPEN = 34 // RFC 7413
export const TCPOPT_ACCECN0 = 172 // RFC 9768
export const TCPOPT_ACCECN1 = 174
export const TCPOPT_EXP = 254 // RFC 6994
export const FASTOPEN_EXP_MAGIC = 0xf989

export type TcpOption =
  | { readonly kind: 'eol' }
  | { readonly kind: 'nop' }
  | { readonly kind: 'mss', readonly mss: number }
  | { readonly kind: 'wscale', readonly shift: number }
  | { readonly kind: 'sackOK' }
  /** Unsigned sequence numbers. */
  | { readonly kind: 'sack', readonly blocks: readonly (readonly [number, number])[] }
  | { readonly kind: 'timestamp', readonly value: number, readonly echo: number }
  | { readonly kind: 'other', readonly option: number, readonly data: Uint8Array }
  /** A length of 0, 1 or past the end: whatever follows cannot be read (RFC 9293 MUST-7). */
  | { readonly kind: 'malformed', readonly data: Uint8Array }

export function decodeTcpOptions(u8: Uint8Array, at: number, end: number): TcpOption[] {
  const view = new DataView(u8.buffer, u8.byteOffset, u8.byteLength)
  const options: TcpOption[] = []
  while (at < end) {
    const option = u8[at]
    if (option === TCPOPT_EOL || option === TCPOPT_NOP) {
      options.push(option === TCPOPT_EOL ? { kind: 'eol' } : { kind: 'nop' })
      if (option === TCPOPT_EOL) break
      at++
      continue
    }
    const length = at + 1 < end ? u8[at + 1] : 0
    if (length < 2 || at + length > end) {
      options.push({ kind: 'malformed', data: u8.slice(at, end) })
      break
    }
    options.push(decodeOne(u8, view, option, at, length))
    at += length
  }
  return options
}

function decodeOne(u8: Uint8Array, view: DataView, option: number, at: number, length: number): TcpOption {
  if (option === TCPOPT_MSS && length === 4) return { kind: 'mss', mss: view.getUint16(at + 2) }
  if (option === TCPOPT_WSCALE && length === 3) return { kind: 'wscale', shift: u8[at + 2] }
  if (option === TCPOPT_SACK_PERMITTED && length === 2) return { kind: 'sackOK' }
  if (option === TCPOPT_TIMESTAMP && length === 10) return { kind: 'timestamp', value: view.getUint32(at + 2), echo: view.getUint32(at + 6) }
  if (option === TCPOPT_SACK && length >= 10 && (length - 2) % 8 === 0) {
    const blocks: [number, number][] = []
    for (let i = at + 2; i < at + length; i += 8) blocks.push([view.getUint32(i), view.getUint32(i + 4)])
    return { kind: 'sack', blocks }
  }
  return { kind: 'other', option, data: u8.slice(at + 2, at + length) }
}

function oneLength(option: TcpOption): number {
  switch (option.kind) {
    case 'eol':
    case 'nop': return 1
    case 'mss': return 4
    case 'wscale': return 3
    case 'sackOK': return 2
    case 'sack': return 2 + 8 * option.blocks.length
    case 'timestamp': return 10
    case 'other': return 2 + option.data.length
    case 'malformed': return option.data.length
  }
}

/** Padded to whole words. */
export function tcpOptionsLength(options: readonly TcpOption[]): number {
  return (options.reduce((sum, each) => sum + oneLength(each), 0) + 3) & ~3
}

export function encodeTcpOptions(options: readonly TcpOption[], into: Uint8Array, at: number): void {
  const view = new DataView(into.buffer, into.byteOffset, into.byteLength)
  into.fill(0, at, at + tcpOptionsLength(options))
  for (const option of options) {
    encodeOne(option, into, view, at)
    at += oneLength(option)
  }
}

function encodeOne(option: TcpOption, into: Uint8Array, view: DataView, at: number): void {
  switch (option.kind) {
    case 'eol': into[at] = TCPOPT_EOL; break
    case 'nop': into[at] = TCPOPT_NOP; break
    case 'mss': into.set([TCPOPT_MSS, 4], at); view.setUint16(at + 2, option.mss); break
    case 'wscale': into.set([TCPOPT_WSCALE, 3, option.shift], at); break
    case 'sackOK': into.set([TCPOPT_SACK_PERMITTED, 2], at); break
    case 'sack':
      into.set([TCPOPT_SACK, 2 + 8 * option.blocks.length], at)
      option.blocks.forEach(([left, right], i) => {
        view.setUint32(at + 2 + 8 * i, left)
        view.setUint32(at + 6 + 8 * i, right)
      })
      break
    case 'timestamp':
      into.set([TCPOPT_TIMESTAMP, 10], at)
      view.setUint32(at + 2, option.value)
      view.setUint32(at + 6, option.echo)
      break
    case 'other':
      into.set([option.option, 2 + option.data.length], at)
      into.set(option.data, at + 2)
      break
    case 'malformed': into.set(option.data, at); break
  }
}
