// Reads the options of an arrived segment in place (RFC 9293 MUST-5, MUST-6, MUST-64; RFC 7323, 2018), tolerant of
// anything unknown, and writes those of segments we send.

import {
  TCPOPT_ACCECN0, TCPOPT_ACCECN1, TCPOPT_EOL, TCPOPT_EXP, TCPOPT_FASTOPEN, TCPOPT_MD5, TCPOPT_MSS, TCPOPT_NOP, TCPOPT_SACK,
  TCPOPT_SACK_PERMITTED, TCPOPT_TIMESTAMP, TCPOPT_WSCALE,
} from '../../wire/tcp-options.ts'
import type { PacketMemory } from '../../wire/packet-memory.ts'
import { SYN } from '../../wire/tcp.ts'
import { cookieOptionLength, isExperimentalCookie, readCookie, writeCookie } from './fast-open-cookie.ts'
import type { Cookie } from './fast-open-cookie.ts'
import type { Segment } from './segment.ts'
import { MD5_OPTION_BYTES, SIGNATURE_BYTES, writeSignatureOption } from './signature.ts'

/** RFC 7323 2.3a: a larger shift is taken as 14. */
export const MAX_WSCALE = 14
const TIMESTAMP_WORD = 0x0101080a

function get16(u8: Uint8Array, at: number): number { return u8[at] << 8 | u8[at + 1] }
function get32(u8: Uint8Array, at: number): number { return (u8[at] << 24) | (u8[at + 1] << 16) | (u8[at + 2] << 8) | u8[at + 3] }

export function readOptions(seg: Segment, { u8, view }: PacketMemory, at: number, end: number): void {
  seg.hasTimestamp = false
  seg.mss = 0
  seg.wscale = -1
  seg.hasSackPermitted = false
  seg.sackCount = 0
  seg.cookie = undefined
  seg.md5At = -1
  seg.ecnCounters = -1
  if (at === end) return
  // The usual layout of an established connection, recommended by RFC 7323 appendix A.
  if (end - at === 12 && view.getInt32(at) === TIMESTAMP_WORD) {
    seg.hasTimestamp = true
    seg.tsVal = view.getInt32(at + 4)
    seg.tsEcr = view.getInt32(at + 8)
    return
  }
  while (at < end) {
    const option = u8[at]
    // RFC 9293 MUST-4: the two without a length; MSS below.
    if (option === TCPOPT_EOL) return
    if (option === TCPOPT_NOP) {
      at++
      continue
    }
    const length = at + 1 < end ? u8[at + 1] : 0
    // RFC 9293 MUST-7: an illegal length ends the reading, no more.
    if (length < 2 || at + length > end) return
    readOne(seg, u8, option, at, length)
    at += length
  }
}

function readOne(seg: Segment, u8: Uint8Array, option: number, at: number, length: number): void {
  const isSyn = (seg.flags & SYN) !== 0
  // RFC 9293 MUST-65, RFC 7323 2.2a: MSS, and likewise window scale and SACK-permitted, mean something in a SYN only.
  if (option === TCPOPT_MSS && length === 4 && isSyn) seg.mss = get16(u8, at + 2)
  else if (option === TCPOPT_WSCALE && length === 3 && isSyn) seg.wscale = Math.min(u8[at + 2], MAX_WSCALE)
  else if (option === TCPOPT_SACK_PERMITTED && length === 2 && isSyn) seg.hasSackPermitted = true
  else if (option === TCPOPT_ACCECN0 || option === TCPOPT_ACCECN1) readAccurate(seg, u8, option, at, length)
  else if (option === TCPOPT_MD5 && length === 2 + SIGNATURE_BYTES) seg.md5At = at + 2
  else if (option === TCPOPT_TIMESTAMP && length === 10) {
    seg.hasTimestamp = true
    seg.tsVal = get32(u8, at + 2)
    seg.tsEcr = get32(u8, at + 6)
  } else if (option === TCPOPT_SACK && length >= 10 && (length - 2) % 8 === 0) {
    seg.sackCount = Math.min(4, (length - 2) >> 3)
    for (let i = 0; i < 2 * seg.sackCount; i++) seg.sackBlocks[i] = get32(u8, at + 2 + 4 * i)
  } else if (isSyn && option === TCPOPT_FASTOPEN) seg.cookie = readCookie(u8, at + 2, length - 2, false)
  else if (isSyn && option === TCPOPT_EXP && isExperimentalCookie(u8, at, length)) seg.cookie = readCookie(u8, at + 4, length - 4, true)
}

/** RFC 9768 3.2.3: zero to three counters of 24 bits. Fewer than two tell nothing of marks. */
function readAccurate(seg: Segment, u8: Uint8Array, option: number, at: number, length: number): void {
  const count = (length - 2) / 3
  if (!Number.isInteger(count) || count > 3) return
  seg.ecnCounters = count
  for (let i = 0; i < count; i++) {
    const from = at + 2 + 3 * i
    seg.ecnBytes[option === TCPOPT_ACCECN1 ? i : 2 - i] = u8[from] << 16 | u8[from + 1] << 8 | u8[from + 2]
  }
}

/** All three counters, ECT(1) first, and a NOP: 12 octets. Those of ECT begin at 1. */
export function writeAccurate(u8: Uint8Array, at: number, ect1: number, ce: number, ect0: number): void {
  put32(u8, at, (TCPOPT_ACCECN1 << 24) | (11 << 16) | (((ect1 + 1) >> 8) & 0xffff))
  put32(u8, at + 4, ((ect1 + 1) << 24) | (ce & 0xffffff))
  put32(u8, at + 8, ((ect0 + 1) << 8) | TCPOPT_NOP)
}

/** What a SYN or SYN-ACK of ours offers; `-1` and false leave an option out. */
export class SynOptions {
  mss = 0
  wscale = -1
  sackPermitted = false
  timestamps = false
  tsVal = 0
  tsEcr = 0
  /** The AccECN option of a SYN-ACK that has counted nothing yet. */
  accurate = false
  /** Leaves room for a signature (RFC 2385). */
  md5 = false
  /** Fast Open (RFC 7413). */
  cookie: Cookie | undefined = undefined
}

export function synOptionsLength(options: SynOptions): number {
  let length = options.md5 ? 4 + MD5_OPTION_BYTES : 4
  if (options.timestamps) length += 12
  if (options.accurate) length += 12
  if (options.wscale >= 0) length += 4
  if (options.sackPermitted && !options.timestamps) length += 4
  if (options.cookie !== undefined) length += cookieOptionLength(options.cookie)
  return length
}

function put32(u8: Uint8Array, at: number, value: number): void {
  u8[at] = value >> 24
  u8[at + 1] = value >> 16
  u8[at + 2] = value >> 8
  u8[at + 3] = value
}

/**
 * RFC 9293 MUST-14, SHLD-5, MAY-3, MUST-68: MSS always, each option with its length. Linux's order: MSS, SACK-permitted before the
 * timestamp whose two NOPs it replaces, window scale last.
 */
export function writeSynOptions(options: SynOptions, u8: Uint8Array, at: number): void {
  if (options.md5) {
    writeSignatureOption(u8, at)
    at += MD5_OPTION_BYTES
  }
  put32(u8, at, (TCPOPT_MSS << 24) | (4 << 16) | options.mss)
  at += 4
  if (options.timestamps) {
    put32(u8, at, options.sackPermitted ? (TCPOPT_SACK_PERMITTED << 24) | (2 << 16) | 0x080a : TIMESTAMP_WORD)
    put32(u8, at + 4, options.tsVal)
    put32(u8, at + 8, options.tsEcr)
    at += 12
  }
  if (options.accurate) {
    writeAccurate(u8, at, 0, 0, 0)
    at += 12
  }
  if (options.sackPermitted && !options.timestamps) {
    put32(u8, at, 0x01010000 | (TCPOPT_SACK_PERMITTED << 8) | 2)
    at += 4
  }
  if (options.wscale >= 0) {
    put32(u8, at, 0x01030300 | options.wscale)
    at += 4
  }
  if (options.cookie !== undefined) writeCookie(options.cookie, u8, at)
}

export function writeTimestamp(view: DataView, at: number, tsVal: number, tsEcr: number): void {
  view.setInt32(at, TIMESTAMP_WORD)
  view.setInt32(at + 4, tsVal)
  view.setInt32(at + 8, tsEcr)
}

/** `blocks` holds left, right pairs; two NOPs align them. */
export function writeSackBlocks(u8: Uint8Array, at: number, blocks: Int32Array, count: number): void {
  put32(u8, at, 0x01010000 | (TCPOPT_SACK << 8) | (2 + 8 * count))
  for (let i = 0; i < 2 * count; i++) put32(u8, at + 4 + 4 * i, blocks[i])
}
