// RFC 9293 MUST-3: the sum over pseudo-header and segment of a packet that arrived.

import { addSums, finish } from '../../base/checksum.ts'
import type { IpPacketInfo } from '../../ip/ip-packet-info.ts'
import type { Packet } from '../../wire/packet.ts'
import { pseudoHeaderSum } from '../../wire/pseudo-header.ts'

export function isSumRight(packet: Packet, info: IpPacketInfo): boolean {
  const sum = packet.memory.checksummer.sum(packet.start, packet.length)
  return finish(addSums(pseudoHeaderSum(info.addressSum, 6, packet.length), sum)) === 0
}
