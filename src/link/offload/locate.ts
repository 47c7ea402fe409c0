// Finds the network and transport header of a packet that came in from a carrier and leaves by another without passing
// through IP: bridges, impairment and capture need them before they can cut or complete anything.

import { CHECKSUM_PARTIAL } from '../../wire/packet.ts'
import type { Packet } from '../../wire/packet.ts'

const VLAN = 0x8100

/** Sets `networkAt` and `transportAt` where they are unknown. False when there is no IP header to find. */
export function locateHeaders(packet: Packet, isEthernet: boolean): boolean {
  if (packet.networkAt < 0) packet.networkAt = networkStart(packet, isEthernet)
  if (packet.transportAt >= 0) return true
  if (packet.checksum === CHECKSUM_PARTIAL) {
    packet.transportAt = packet.checksumStart
    return true
  }
  const u8 = packet.memory.u8
  const at = packet.networkAt
  const version = at < packet.end ? u8[at] >>> 4 : 0
  if (version === 4 && at + 20 <= packet.end) packet.transportAt = at + (u8[at] & 0x0f) * 4
  else if (version === 6 && at + 40 <= packet.end) packet.transportAt = at + 40
  return packet.transportAt >= 0
}

/** First byte behind the link header and one VLAN tag. */
export function networkStart(packet: Packet, isEthernet: boolean): number {
  if (!isEthernet) return packet.start
  const at = packet.start + 14
  const u8 = packet.memory.u8
  return (u8[at - 2] << 8 | u8[at - 1]) === VLAN ? at + 4 : at
}
