// The 12 bytes in front of each frame on a TAP with IFF_VNET_HDR (virtio 1.2, 5.1.6): who completes the checksum and how
// a super-segment is to be cut. Translates between them and the marks of a Packet, both ways, where the bytes lie.

import { CHECKSUM_NONE, CHECKSUM_PARTIAL, CHECKSUM_UNNECESSARY, GSO_NONE, GSO_TCP4, GSO_TCP6, GSO_UDP } from '../wire/packet.ts'
import type { GsoType, Packet } from '../wire/packet.ts'

export const VIRTIO_NET_HEADER_BYTES = 12

const NEEDS_CSUM = 1
const DATA_VALID = 2

const WIRE_GSO_TCP4 = 1
const WIRE_GSO_TCP6 = 4
const WIRE_GSO_UDP_L4 = 5
const GSO_OF_WIRE: Readonly<Record<number, GsoType>> = {
  [WIRE_GSO_TCP4]: GSO_TCP4, [WIRE_GSO_TCP6]: GSO_TCP6, [WIRE_GSO_UDP_L4]: GSO_UDP,
}
/** Set beside TCP types when the first piece carries CWR and the others must not. */
const WIRE_GSO_ECN = 0x80

const TCP_CWR = 0x80
const TCP_FLAGS_AT = 13
const UDP_HEADER_BYTES = 8

function transportHeaderBytes(packet: Packet, transportAt: number, gsoType: GsoType): number {
  return gsoType === GSO_UDP ? UDP_HEADER_BYTES : (packet.memory.u8[transportAt + 12] >> 4) * 4
}

/**
 * Reads the header that ends where the frame starts (`packet.start`) and marks the packet accordingly. False when it
 * contradicts the frame: such a frame is dropped as malformed.
 */
export function takeVirtioNetHeader(packet: Packet): boolean {
  const u8 = packet.memory.u8
  const at = packet.start - VIRTIO_NET_HEADER_BYTES
  const flags = u8[at]
  if ((flags & NEEDS_CSUM) !== 0) {
    packet.checksum = CHECKSUM_PARTIAL
    packet.checksumStart = packet.start + (u8[at + 6] | u8[at + 7] << 8)
    packet.checksumAt = packet.checksumStart + (u8[at + 8] | u8[at + 9] << 8)
    if (packet.checksumAt + 2 > packet.end) return false
  } else {
    packet.checksum = (flags & DATA_VALID) !== 0 ? CHECKSUM_UNNECESSARY : CHECKSUM_NONE
  }
  const wireType = u8[at + 1] & ~WIRE_GSO_ECN
  if (wireType === 0) return true
  return takeSuperSegment(packet, wireType, u8[at + 4] | u8[at + 5] << 8)
}

function takeSuperSegment(packet: Packet, wireType: number, size: number): boolean {
  const type = GSO_OF_WIRE[wireType] ?? GSO_NONE
  // Without a partial checksum nothing says where the transport header stands; Linux never sends that.
  if (type === GSO_NONE || size === 0 || packet.checksum !== CHECKSUM_PARTIAL) return false
  const payload = packet.end - packet.checksumStart - transportHeaderBytes(packet, packet.checksumStart, type)
  if (payload <= 0) return false
  packet.gsoType = type
  packet.gsoSize = size
  packet.gsoSegs = Math.ceil(payload / size)
  return true
}

/** Writes the header in front of the frame; `packet.start` moves onto it. */
export function pushVirtioNetHeader(packet: Packet): void {
  const u8 = packet.memory.u8
  const frameAt = packet.start
  const at = packet.push(VIRTIO_NET_HEADER_BYTES)
  for (let i = at; i < frameAt; i++) u8[i] = 0
  if (packet.checksum === CHECKSUM_PARTIAL) {
    u8[at] = NEEDS_CSUM
    put16(u8, at + 6, packet.checksumStart - frameAt)
    put16(u8, at + 8, packet.checksumAt - packet.checksumStart)
  } else if (packet.checksum === CHECKSUM_UNNECESSARY) {
    u8[at] = DATA_VALID
  }
  if (packet.gsoType === GSO_NONE) return
  const transportAt = packet.checksumStart
  u8[at + 1] = wireGsoType(packet, transportAt)
  put16(u8, at + 2, transportAt + transportHeaderBytes(packet, transportAt, packet.gsoType) - frameAt)
  put16(u8, at + 4, packet.gsoSize)
}

function wireGsoType(packet: Packet, transportAt: number): number {
  if (packet.gsoType === GSO_UDP) return WIRE_GSO_UDP_L4
  const ecn = (packet.memory.u8[transportAt + TCP_FLAGS_AT] & TCP_CWR) !== 0 ? WIRE_GSO_ECN : 0
  return (packet.gsoType === GSO_TCP4 ? WIRE_GSO_TCP4 : WIRE_GSO_TCP6) | ecn
}

/** The header is little-endian on every host: the device is told so (TUNSETVNETLE). */
function put16(u8: Uint8Array, at: number, value: number): void {
  u8[at] = value
  u8[at + 1] = value >> 8
}
