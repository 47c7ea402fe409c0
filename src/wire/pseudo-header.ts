// The pseudo-header that TCP, UDP and ICMPv6 checksums cover (RFC 9293 3.1, RFC 768, RFC 8200 8.1), as a folded sum of
// its words: summed where the values already are, never written out. Addresses are four int32 words, IPv4 mapped.

import { addSums } from '../base/checksum.ts'
import type { IpAddress } from '../base/address/ip.ts'

function wordSum(word: number): number { return (word >>> 16) + (word & 0xffff) }

/** Folded sum of both addresses; the mapped prefix of IPv4 adds 0xffff, which is zero in ones-complement arithmetic. */
export function addressSum(source: IpAddress, destination: IpAddress): number {
  return addressWordsSum(source.w0, source.w1, source.w2, source.w3, destination.w0, destination.w1, destination.w2, destination.w3)
}

export function addressWordsSum(s0: number, s1: number, s2: number, s3: number, d0: number, d1: number, d2: number, d3: number): number {
  let sum = wordSum(s3) + wordSum(d3)
  if ((s0 | s1) !== 0 || s2 !== 0xffff) sum += wordSum(s0) + wordSum(s1) + wordSum(s2)
  if ((d0 | d1) !== 0 || d2 !== 0xffff) sum += wordSum(d0) + wordSum(d1) + wordSum(d2)
  sum = (sum & 0xffff) + (sum >>> 16)
  return (sum & 0xffff) + (sum >>> 16)
}

/** Adds protocol and transport length (header and data, bytes) to a sum of addresses. */
export function pseudoHeaderSum(addresses: number, protocol: number, length: number): number {
  return addSums(addSums(addresses, protocol), (length & 0xffff) + (length >>> 16))
}
