// Finds what an IPv6 packet carries behind its extension headers (RFC 8200 4.1), without judging them: for errors, for
// quotations and for tools.

import { FRAGMENT_HEADER_BYTES, isExtension, NEXT_FRAGMENT } from '../../wire/ipv6-extensions.ts'
import { IPV6_HEADER_BYTES } from '../../wire/ipv6.ts'

/** One record, refilled. */
export class UpperHeader {
  protocol = 0
  /** Where the upper header starts; may be the end when it was cut off. */
  at = 0
  isLaterFragment = false

  find(u8: Uint8Array, at: number, end: number): this {
    let next = u8[at + 6]
    let position = at + IPV6_HEADER_BYTES
    this.isLaterFragment = false
    while (isExtension(next) && position + 8 <= end) {
      if (next === NEXT_FRAGMENT) {
        this.isLaterFragment ||= ((u8[position + 2] << 8) | (u8[position + 3] & 0xf8)) !== 0
        next = u8[position]
        position += FRAGMENT_HEADER_BYTES
      } else {
        next = u8[position]
        position += (u8[position + 1] + 1) * 8
      }
      if (this.isLaterFragment) break
    }
    this.protocol = next
    this.at = Math.min(position, end)
    return this
  }
}
