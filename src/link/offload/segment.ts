// Cuts a super-segment into the packets it stands for (Linux: GSO, tcp_gso_segment, udp4_ufo/inet_gso_segment), for a
// carrier that does not do so itself. Every piece gets the headers, its share of the payload, and lengths, IPv4
// identification, TCP sequence number and flags of its own (RFC 9293 3.1). Called by link/transmit, impairment, capture.

import { addSums } from '../../base/checksum.ts'
import { CHECKSUM_PARTIAL, GSO_NONE, GSO_UDP } from '../../wire/packet.ts'
import type { Packet } from '../../wire/packet.ts'

const TCP = 6
const UDP = 17
const FIN_PSH = 0x09
const CWR = 0x80

/** Payload bytes of a super-segment behind its transport header. */
export function superSegmentPayload(packet: Packet): number {
  return packet.end - packet.transportAt - transportHeaderLength(packet)
}

function transportHeaderLength(packet: Packet): number {
  return packet.gsoType === GSO_UDP ? 8 : (packet.memory.u8[packet.transportAt + 12] >>> 4) * 4
}

/**
 * The pieces in order, linked by `next`, each CHECKSUM_PARTIAL; `undefined` when packet memory ran out. Takes ownership
 * in both cases. `networkAt` and `transportAt` must be known. One copy of the payload, none of anything else.
 */
export function segment(packet: Packet): Packet | undefined {
  const headerBytes = packet.transportAt + transportHeaderLength(packet) - packet.start
  const payloadAt = packet.start + headerBytes
  const addresses = addressSumInPlace(packet)
  let first: Packet | undefined
  let last: Packet | undefined
  for (let at = payloadAt, index = 0; at < packet.end || index === 0; at += packet.gsoSize, index++) {
    const piece = cut(packet, headerBytes, at, Math.min(packet.gsoSize, packet.end - at))
    if (piece === undefined) {
      releaseChain(first)
      packet.release()
      return undefined
    }
    finish(piece, packet, index, at - payloadAt, at + packet.gsoSize >= packet.end, addresses)
    if (last === undefined) first = piece
    else last.next = piece
    last = piece
  }
  last?.inheritCharge(packet)
  packet.release()
  return first
}

/** Releases a chain linked by `next`. */
export function releaseChain(first: Packet | undefined): void {
  for (let each = first; each !== undefined;) {
    const next: Packet | undefined = each.next
    each.release()
    each = next
  }
}

/** Headers and `length` bytes of payload from `at`, in a slot of its own. */
function cut(whole: Packet, headerBytes: number, at: number, length: number): Packet | undefined {
  const piece = whole.memory.allocate(headerBytes + length)
  if (piece === undefined) return undefined
  const u8 = whole.memory.u8
  const start = piece.start
  u8.copyWithin(start, whole.start, whole.start + headerBytes)
  u8.copyWithin(start + headerBytes, at, at + length)
  piece.put(headerBytes + length)
  const shift = start - whole.start
  if (whole.linkAt >= 0) piece.linkAt = whole.linkAt + shift
  piece.networkAt = whole.networkAt + shift
  piece.transportAt = whole.transportAt + shift
  piece.etherType = whole.etherType
  piece.linkDestination = whole.linkDestination
  piece.receivedAt = whole.receivedAt
  piece.deviceIndex = whole.deviceIndex
  piece.mark = whole.mark
  return piece
}

function finish(piece: Packet, whole: Packet, index: number, payloadOffset: number, isLast: boolean, addresses: number): void {
  const transportLength = piece.end - piece.transportAt
  if (isIpv4(piece)) finishIpv4(piece, index)
  else put16(piece, piece.networkAt + 4, piece.end - piece.networkAt - 40)
  const isUdp = whole.gsoType === GSO_UDP
  if (isUdp) put16(piece, piece.transportAt + 4, transportLength)
  else finishTcp(piece, index, payloadOffset, isLast)
  piece.checksum = CHECKSUM_PARTIAL
  piece.checksumStart = piece.transportAt
  piece.checksumAt = piece.transportAt + (isUdp ? 6 : 16)
  put16(piece, piece.checksumAt, addSums(addSums(addresses, isUdp ? UDP : TCP), transportLength))
}

/** Total length, the identification of a packet sent `index` later (RFC 6864 allows any for atomic ones), checksum. */
function finishIpv4(piece: Packet, index: number): void {
  const at = piece.networkAt
  const u8 = piece.memory.u8
  put16(piece, at + 2, piece.end - at)
  put16(piece, at + 4, (u8[at + 4] << 8 | u8[at + 5]) + index)
  put16(piece, at + 10, 0)
  put16(piece, at + 10, ~piece.memory.checksummer.sum(at, (u8[at] & 0x0f) * 4))
}

/** FIN and PSH belong to the last piece, CWR to the first (RFC 3168 6.1.2). */
function finishTcp(piece: Packet, index: number, payloadOffset: number, isLast: boolean): void {
  const u8 = piece.memory.u8
  const at = piece.transportAt
  if (index > 0) {
    const seq = ((u8[at + 4] << 24 | u8[at + 5] << 16 | u8[at + 6] << 8 | u8[at + 7]) + payloadOffset) | 0
    put16(piece, at + 4, seq >>> 16)
    put16(piece, at + 6, seq)
    u8[at + 13] &= ~CWR
  }
  if (!isLast) u8[at + 13] &= ~FIN_PSH
}

/** Folded sum of both addresses where they lie. */
function addressSumInPlace(packet: Packet): number {
  const { checksummer } = packet.memory
  return isIpv4(packet) ? checksummer.sum(packet.networkAt + 12, 8) : checksummer.sum(packet.networkAt + 8, 32)
}

function isIpv4(packet: Packet): boolean { return packet.memory.u8[packet.networkAt] >>> 4 === 4 }

function put16(packet: Packet, at: number, value: number): void {
  packet.memory.u8[at] = value >>> 8
  packet.memory.u8[at + 1] = value
}

/** Marks a packet as ordinary again, when it turned out to need no cutting. */
export function forgetSegmentation(packet: Packet): void {
  packet.gsoType = GSO_NONE
  packet.gsoSize = 0
  packet.gsoSegs = 0
}
