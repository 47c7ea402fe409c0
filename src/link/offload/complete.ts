// Completes a transport checksum in software (Linux: skb_checksum_help) for a carrier that cannot. Used by transmit,
// by the segmenter, and by everything that needs bytes as they stand on a wire: impairment, capture.

import { CHECKSUM_NONE, CHECKSUM_PARTIAL } from '../../wire/packet.ts'
import type { Packet } from '../../wire/packet.ts'

/**
 * Turns CHECKSUM_PARTIAL into a finished field; other states stay. The field holds the pseudo-header's sum, so summing
 * from `checksumStart` covers both. Zero padding behind the packet does not change the sum.
 */
export function completeChecksum(packet: Packet): void {
  if (packet.checksum !== CHECKSUM_PARTIAL) return
  const u8 = packet.memory.u8
  const sum = packet.memory.checksummer.sum(packet.checksumStart, packet.end - packet.checksumStart)
  // RFC 768: zero means "no checksum"; its other form, all ones, is equal to it and right for every protocol.
  const field = ~sum & 0xffff || 0xffff
  u8[packet.checksumAt] = field >>> 8
  u8[packet.checksumAt + 1] = field & 0xff
  packet.checksum = CHECKSUM_NONE
}
