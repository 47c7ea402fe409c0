// Cutting an IPv4 packet to a link's MTU (RFC 791 3.2; row C2). The pieces are new packets; the whole is released.

import { isCopied, Ipv4OptionCursor, OPTION_NOP } from '../../wire/ipv4-options.ts'
import { fragmentWord, IPV4_MIN_HEADER_BYTES, Ipv4View } from '../../wire/ipv4.ts'
import { completeChecksum } from '../../link/offload/complete.ts'
import type { Packet } from '../../wire/packet.ts'
import { setU16 } from '../../base/bytes.ts'

/**
 * Fragments as a chain linked by `next`, undefined when packet memory ran out. Takes ownership of `packet`, which starts
 * at its IP header and may itself be a fragment.
 */
export function fragmentIpv4(packet: Packet, mtu: number): Packet | undefined {
  completeChecksum(packet)
  const { memory } = packet
  const u8 = memory.u8
  const view = new Ipv4View().wrap(packet)
  const { headerLength, dontFragment } = view
  const baseOffset = view.fragmentOffset
  const wasLast = !view.moreFragments
  const room = (mtu - headerLength) & ~7
  let first: Packet | undefined
  let last: Packet | undefined
  for (let at = packet.start + headerLength; at < packet.end; at += room) {
    const length = Math.min(room, packet.end - at)
    const piece = memory.allocate(headerLength + length)
    if (piece === undefined) {
      releaseFragments(first)
      packet.release()
      return undefined
    }
    const headerAt = piece.put(headerLength + length)
    u8.copyWithin(headerAt, packet.start, packet.start + headerLength)
    u8.copyWithin(headerAt + headerLength, at, at + length)
    if (first !== undefined) blankUncopiedOptions(u8, headerAt, headerLength)
    const isLast = at + length >= packet.end
    const offset = baseOffset + at - packet.start - headerLength
    setU16(u8, headerAt + 6, fragmentWord(offset, dontFragment, !isLast || !wasLast))
    view.wrap(piece, headerAt)
    view.totalLength = headerLength + length
    view.refreshChecksum()
    piece.networkAt = headerAt
    piece.transportAt = headerAt + headerLength
    piece.receivedAt = packet.receivedAt
    piece.deviceIndex = packet.deviceIndex
    piece.routingMark = packet.routingMark
    piece.priority = packet.priority
    if (last === undefined) first = piece
    else last.next = piece
    last = piece
  }
  last?.inheritCharge(packet)
  packet.release()
  return first
}

/** Only the first fragment carries the options whose copied bit is clear; Linux leaves NOPs in their place. */
function blankUncopiedOptions(u8: Uint8Array, headerAt: number, headerLength: number): void {
  if (headerLength === IPV4_MIN_HEADER_BYTES) return
  const cursor = new Ipv4OptionCursor().start(u8, headerAt + IPV4_MIN_HEADER_BYTES, headerAt + headerLength)
  while (cursor.next()) {
    if (!isCopied(cursor.type)) u8.fill(OPTION_NOP, cursor.at, cursor.at + cursor.length)
  }
}

export function releaseFragments(chain: Packet | undefined): void {
  let packet = chain
  while (packet !== undefined) {
    const next: Packet | undefined = packet.next
    packet.release()
    packet = next
  }
}
