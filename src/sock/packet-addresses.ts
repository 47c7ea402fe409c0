// What a queued packet's IP header says, read when it is received rather than stored when it arrives.

import { IpAddress } from '../base/address/ip.ts'
import type { Packet } from '../wire/packet.ts'

export function packetVersion(packet: Packet): 4 | 6 { return packet.memory.u8[packet.networkAt] >>> 4 === 6 ? 6 : 4 }

export function packetSource(packet: Packet): IpAddress {
  return packetVersion(packet) === 4
    ? IpAddress.fromBytes(packet.memory.u8, packet.networkAt + 12, 4)
    : IpAddress.fromBytes(packet.memory.u8, packet.networkAt + 8, 6)
}

export function packetDestination(packet: Packet): IpAddress {
  return packetVersion(packet) === 4
    ? IpAddress.fromBytes(packet.memory.u8, packet.networkAt + 16, 4)
    : IpAddress.fromBytes(packet.memory.u8, packet.networkAt + 24, 6)
}

export function packetHopLimit(packet: Packet): number { return packet.memory.u8[packet.networkAt + (packetVersion(packet) === 4 ? 8 : 7)] }

export function packetTrafficClass(packet: Packet): number {
  const { u8 } = packet.memory
  const at = packet.networkAt
  return packetVersion(packet) === 4 ? u8[at + 1] : ((u8[at] & 0xf) << 4) | (u8[at + 1] >>> 4)
}
