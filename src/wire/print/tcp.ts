// TCP segments in tcpdump's words: flags, sequence range, acknowledgement, window, options, length. Sequence numbers are
// relative to the first seen of each direction when a `SequenceBases` remembers them, as tcpdump does.

import { getU16, getU32, getU32Unsigned, toHex } from '../../base/bytes.ts'

/** The first sequence number of each direction of each connection, by `from>to`. */
export class SequenceBases {
  private readonly first = new Map<string, number>()

  /** Distance from the direction's first sequence number, which `sequence` becomes where none is known or a SYN starts anew. */
  relative(direction: string, sequence: number, isSyn: boolean): number {
    let base = this.first.get(direction)
    if (base === undefined || isSyn) this.first.set(direction, base = isSyn ? sequence : sequence - 1 | 0)
    return sequence - base >>> 0
  }
}

const FLAG_LETTERS = 'FSRP.UEW'

/** `S`, `S.`, `P.`, `F.` as tcpdump writes them; `none` when no bit is set. */
export function describeTcpFlags(flags: number): string {
  let text = ''
  for (let bit = 0; bit < 8; bit++) if ((flags & 1 << bit) !== 0) text += FLAG_LETTERS[bit]
  return text === '' ? 'none' : text
}

export interface TcpEnds { readonly source: string, readonly destination: string }

/** From `Flags [` to `length`; `end` is where the IP packet ends. */
export function describeTcp(bytes: Uint8Array, at: number, end: number, ends: TcpEnds, bases?: SequenceBases): string {
  if (at + 20 > end) return `tcp truncated, length ${end - at}`
  const headerLength = (bytes[at + 12] >>> 4) * 4
  if (headerLength < 20 || at + headerLength > end) return `tcp [bad hdr length ${headerLength}]`
  const flags = bytes[at + 13]
  const length = end - at - headerLength
  const parts = [`Flags [${describeTcpFlags(flags)}]`]
  const here = `${ends.source}>${ends.destination}`
  const isSyn = (flags & 2) !== 0
  const seq = bases === undefined ? getU32Unsigned(bytes, at + 4) : bases.relative(here, getU32(bytes, at + 4), isSyn)
  if (length > 0) parts.push(`seq ${seq}:${seq + length >>> 0}`)
  else if ((flags & 7) !== 0) parts.push(`seq ${seq}`)
  const there = `${ends.destination}>${ends.source}`
  const theirs = (sequence: number): number => bases === undefined ? sequence >>> 0 : bases.relative(there, sequence, false)
  if ((flags & 16) !== 0) parts.push(`ack ${theirs(getU32(bytes, at + 8))}`)
  parts.push(`win ${getU16(bytes, at + 14)}`)
  if ((flags & 32) !== 0) parts.push(`urg ${getU16(bytes, at + 18)}`)
  if (headerLength > 20) parts.push(`options [${describeTcpOptions(bytes, at + 20, at + headerLength, theirs)}]`)
  parts.push(`length ${length}`)
  return parts.join(', ')
}

/** `mss 1460,nop,wscale 7,sackOK,TS val 1 ecr 0` */
export function describeTcpOptions(bytes: Uint8Array, from: number, to: number, relative: (sequence: number) => number = unsigned): string {
  const names: string[] = []
  for (let at = from; at < to;) {
    const kind = bytes[at]
    if (kind <= 1) {
      names.push(kind === 0 ? 'eol' : 'nop')
      if (kind === 0) break
      at++
      continue
    }
    const length = at + 1 < to ? bytes[at + 1] : 0
    if (length < 2 || at + length > to) {
      names.push('bad opt')
      break
    }
    names.push(describeTcpOption(bytes, at, kind, length, relative))
    at += length
  }
  return names.join(',')
}

function unsigned(sequence: number): number { return sequence >>> 0 }

function describeTcpOption(bytes: Uint8Array, at: number, kind: number, length: number, relative: (sequence: number) => number): string {
  if (kind === 2 && length === 4) return `mss ${getU16(bytes, at + 2)}`
  if (kind === 3 && length === 3) return `wscale ${bytes[at + 2]}`
  if (kind === 4 && length === 2) return 'sackOK'
  if (kind === 5 && (length - 2) % 8 === 0) return describeSack(bytes, at, length, relative)
  if (kind === 8 && length === 10) return `TS val ${getU32Unsigned(bytes, at + 2)} ecr ${getU32Unsigned(bytes, at + 6)}`
  if (kind === 19) return 'md5'
  if (kind === 34) return length === 2 ? 'tfo cookiereq' : `tfo cookie ${toHex(bytes.subarray(at + 2, at + length))}`
  return `unknown-${kind} 0x${toHex(bytes.subarray(at + 2, at + length))}`
}

function describeSack(bytes: Uint8Array, at: number, length: number, relative: (sequence: number) => number): string {
  const blocks: string[] = []
  for (let i = at + 2; i < at + length; i += 8) blocks.push(`{${relative(getU32(bytes, i))}:${relative(getU32(bytes, i + 4))}}`)
  return `sack ${blocks.length} ${blocks.join('')}`
}
