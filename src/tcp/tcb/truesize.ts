// What a received packet costs SO_RCVBUF, as Linux charges one that a device wrote without page tricks (alloc_skb, the
// slabs of kmalloc): a small packet in a large block costs the whole block. Windows are computed from it.

import type { Packet } from '../../wire/packet.ts'

const SK_BUFF = 256
const SHARED_INFO = 320
/** NET_SKB_PAD: free bytes before the network header. */
const HEADROOM = 64
const CACHE_LINE = 64
/** The slab of small heads; above it blocks are powers of two. */
const SMALL_BLOCK = 576
const FIRST_BLOCK = 1024
const PAGE = 4096
/** What one sk_buff of one page holds (SKB_MAX_ORDER(0, 0)): the size collapsed data is cut into. */
export const COLLAPSED_BYTES = PAGE - SHARED_INFO

function blockOf(dataBytes: number): number {
  const needed = Math.ceil(dataBytes / CACHE_LINE) * CACHE_LINE + SHARED_INFO
  if (needed <= SMALL_BLOCK) return SMALL_BLOCK
  let block = FIRST_BLOCK
  while (block < needed) block *= 2
  return block
}

/** Of a packet with so many bytes from its network header on: what one page does not hold lies in further pages. */
export function truesizeOf(packetBytes: number): number {
  if (HEADROOM + packetBytes < PAGE) return SK_BUFF + blockOf(HEADROOM + packetBytes)
  const beyond = HEADROOM + packetBytes - COLLAPSED_BYTES
  return SK_BUFF + PAGE + Math.ceil(beyond / PAGE) * PAGE
}

/** Of so many bytes copied together to save memory. */
export function collapsedTruesize(bytes: number): number {
  const rest = bytes % COLLAPSED_BYTES
  return Math.floor(bytes / COLLAPSED_BYTES) * (SK_BUFF + PAGE) + (rest === 0 ? 0 : SK_BUFF + blockOf(rest))
}

/** Who receives a packet pays for it from here on. */
export function chargeReceiver(packet: Packet): number {
  if (packet.owner !== undefined) packet.disown()
  packet.charge = truesizeOf(packet.end - packet.networkAt)
  return packet.charge
}

/** How many bytes more would have fitted the block it is charged for: what is poured in there costs nothing. */
export function spareOf(packet: Packet): number {
  const used = HEADROOM + packet.end - packet.networkAt
  return used >= PAGE ? 0 : packet.charge - SK_BUFF - SHARED_INFO - used
}
