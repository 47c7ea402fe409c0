// Neutral judging: what the RFCs leave to a stack is left to it. Options count as a set without padding, our window scale
// may be any, and what our SYN or SYN-ACK offers of its own accord is its own.

import type { TcpOptionText, TcpText } from '../ast.ts'
import { SYN } from './image.ts'

const PADDING: ReadonlySet<string> = new Set(['nop', 'eol'])

function key(option: TcpOptionText): string {
  switch (option.kind) {
    case 'sack': return `sack ${option.blocks.map(each => each.join(':')).join(' ')}`
    case 'TS': case 'wscale': return option.kind
    case 'mss': return `mss ${option.value}`
    case 'FO': case 'FOEXP': return `${option.kind} ${option.cookie}`
    case 'md5': return `md5 ${option.digest}`
    default: return option.kind
  }
}

export function sameInNeutralMode(expected: readonly TcpOptionText[], seen: readonly TcpOptionText[], flags: number): boolean {
  const optional = (flags & SYN) !== 0
  const wanted = expected.filter(each => !PADDING.has(each.kind)).map(key)
  const got = seen.filter(each => !PADDING.has(each.kind)).map(key)
  if (!optional) return wanted.length === got.length && wanted.every(each => got.includes(each))
  // Only the MSS must stand as written, where it stands at all.
  return wanted.filter(each => each.startsWith('mss')).every(each => got.includes(each))
}

/** A pure ACK without SACK may be left out if a later one covers it. */
export function mayBeLeftOut(expected: TcpText): boolean {
  return expected.flags === '.' && expected.sequence.length === 0 && expected.options?.every(each => each.kind !== 'sack') !== false
}
