// What a queue that speaks ECN does instead of dropping (RFC 3168 5): an ECN-capable IP packet leaves it marked CE.

import { updateChecksum } from '../../base/checksum.ts'
import type { Packet } from '../../wire/packet.ts'
import { networkStart } from '../offload/locate.ts'

const ECN_MASK = 3
const CE = 3

/** Marks the packet CE; false when it holds no IP header or its sender does not speak ECN. */
export function markCongestion(packet: Packet, isEthernet: boolean): boolean {
  const at = networkStart(packet, isEthernet)
  const { u8 } = packet.memory
  const version = at < packet.end ? u8[at] >>> 4 : 0
  if (version === 4 && at + 20 <= packet.end) return markIpv4(u8, at)
  // The traffic class lies across the first two bytes.
  if (version !== 6 || at + 40 > packet.end || (u8[at + 1] >>> 4 & ECN_MASK) === 0) return false
  u8[at + 1] |= CE << 4
  return true
}

function markIpv4(u8: Uint8Array, at: number): boolean {
  const word = u8[at] << 8 | u8[at + 1]
  if ((word & ECN_MASK) === 0) return false
  u8[at + 1] |= CE
  const checksum = updateChecksum(u8[at + 10] << 8 | u8[at + 11], word, word | CE)
  u8[at + 10] = checksum >>> 8
  u8[at + 11] = checksum & 0xff
  return true
}
