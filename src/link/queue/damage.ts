// What a noisy medium does to a frame: exactly one bit flips, in the IP payload (where a transport checksum must find
// it) or, when asked for, in an ARP body (where nothing would).

import type { Random } from '../../base/random.ts'
import type { Packet } from '../../wire/packet.ts'
import { networkStart } from '../offload/locate.ts'

const ETHERTYPE_IPV4 = 0x0800
const ETHERTYPE_ARP = 0x0806
const ETHERTYPE_IPV6 = 0x86dd
const ARP_BYTES = 28

/** Flips one bit of the IP payload; false when the frame holds none. */
export function flipIpPayloadBit(packet: Packet, isEthernet: boolean, random: Random): boolean {
  const at = networkStart(packet, isEthernet)
  const { u8 } = packet.memory
  const type = isEthernet ? etherTypeBefore(u8, at) : u8[at] >>> 4 === 4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6
  if (type === ETHERTYPE_IPV4 && at + 20 <= packet.end) {
    const end = at + (u8[at + 2] << 8 | u8[at + 3])
    return flipBit(packet, at + (u8[at] & 0x0f) * 4, Math.min(end, packet.end), random)
  }
  if (type === ETHERTYPE_IPV6 && at + 40 <= packet.end) {
    const end = at + 40 + (u8[at + 4] << 8 | u8[at + 5])
    return flipBit(packet, at + 40, Math.min(end, packet.end), random)
  }
  return false
}

/** Flips one bit of an ARP body; false for other frames. */
export function flipArpBit(packet: Packet, isEthernet: boolean, random: Random): boolean {
  const at = networkStart(packet, isEthernet)
  if (!isEthernet || etherTypeBefore(packet.memory.u8, at) !== ETHERTYPE_ARP) return false
  return flipBit(packet, at, Math.min(at + ARP_BYTES, packet.end), random)
}

function etherTypeBefore(u8: Uint8Array, at: number): number { return u8[at - 2] << 8 | u8[at - 1] }

function flipBit(packet: Packet, from: number, to: number, random: Random): boolean {
  if (to <= from) return false
  const bit = random.below((to - from) * 8)
  packet.memory.u8[from + (bit >>> 3)] ^= 1 << (bit & 7)
  return true
}
