// The signature of a segment (RFC 2385 2.0): MD5 of pseudo-header, TCP header without options and with a checksum of zero,
// payload, and the key both ends know.

import type { IpAddress } from '../../base/address/ip.ts'
import { Md5 } from '../../base/md5.ts'
import { TCPOPT_MD5, TCPOPT_NOP } from '../../wire/tcp-options.ts'

export const SIGNATURE_BYTES = 16
/** The option with two NOPs in front. */
export const MD5_OPTION_BYTES = 20

function pseudoHeader(source: IpAddress, destination: IpAddress, length: number): Uint8Array {
  const size = source.family === 4 ? 4 : 16
  const bytes = new Uint8Array(size === 4 ? 12 : 40)
  source.writeTo(bytes, 0)
  destination.writeTo(bytes, size)
  const view = new DataView(bytes.buffer)
  if (size === 4) {
    bytes[9] = 6
    view.setUint16(10, length)
  } else {
    view.setUint32(32, length)
    bytes[39] = 6
  }
  return bytes
}

/** Of the segment whose header begins at `at`, its payload at `dataAt`. */
export function signatureOf(source: IpAddress, destination: IpAddress, u8: Uint8Array, at: number, dataAt: number, end: number,
  key: Uint8Array): Uint8Array {
  const header = u8.slice(at, at + 20)
  header[16] = 0
  header[17] = 0
  return new Md5().update(pseudoHeader(source, destination, end - at)).update(header).update(u8, dataAt, end - dataAt).update(key).digest()
}

/** Room for the signature; answers where it goes. */
export function writeSignatureOption(u8: Uint8Array, at: number): number {
  u8[at] = TCPOPT_NOP
  u8[at + 1] = TCPOPT_NOP
  u8[at + 2] = TCPOPT_MD5
  u8[at + 3] = 2 + SIGNATURE_BYTES
  u8.fill(0, at + 4, at + MD5_OPTION_BYTES)
  return at + 4
}
