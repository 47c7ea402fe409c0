// The Fast Open cookie option (RFC 7413 4.1.1): kind 34, or in its first years an experiment (kind 254, magic F989). An
// empty cookie asks for one.

import { FASTOPEN_EXP_MAGIC, TCPOPT_EXP, TCPOPT_FASTOPEN, TCPOPT_NOP } from '../../wire/tcp-options.ts'

export interface Cookie {
  /** 4 to 16 octets, or none: a request. */
  readonly bytes: Uint8Array
  readonly isExperimental: boolean
}

const NOTHING = new Uint8Array(0)

export function cookieRequest(isExperimental: boolean): Cookie { return { bytes: NOTHING, isExperimental } }

/** Undefined when it is no cookie: odd, or neither empty nor within 4 to 16 octets. */
export function readCookie(u8: Uint8Array, at: number, length: number, isExperimental: boolean): Cookie | undefined {
  if ((length & 1) !== 0 || (length !== 0 && length < 4) || length > 16) return undefined
  return { bytes: u8.slice(at, at + length), isExperimental }
}

export function isExperimentalCookie(u8: Uint8Array, at: number, length: number): boolean {
  return length >= 4 && (u8[at + 2] << 8 | u8[at + 3]) === FASTOPEN_EXP_MAGIC
}

export function cookieOptionLength(cookie: Cookie): number { return ((cookie.isExperimental ? 4 : 2) + cookie.bytes.length + 3) & ~3 }

export function writeCookie(cookie: Cookie, u8: Uint8Array, at: number): void {
  const base = cookie.isExperimental ? 4 : 2
  const length = base + cookie.bytes.length
  u8[at] = cookie.isExperimental ? TCPOPT_EXP : TCPOPT_FASTOPEN
  u8[at + 1] = length
  if (cookie.isExperimental) {
    u8[at + 2] = FASTOPEN_EXP_MAGIC >> 8
    u8[at + 3] = FASTOPEN_EXP_MAGIC & 0xff
  }
  u8.set(cookie.bytes, at + base)
  u8.fill(TCPOPT_NOP, at + length, at + cookieOptionLength(cookie))
}
