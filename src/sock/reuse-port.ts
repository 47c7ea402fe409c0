// Which of several SO_REUSEPORT equals a packet is for: the four-tuple's seeded hash decides, so that a peer keeps to its socket and
// all get the same share (Linux: reuseport_select_sock). Called by the look-ups of TCP and UDP.

import { finish32, mix32 } from '../base/hash.ts'
import type { IpPacketInfo } from '../ip/ip-packet-info.ts'

/** 0 ... `count` - 1, counted from the oldest. */
export function reusePortShare(seed: number, info: IpPacketInfo, sourcePort: number, count: number): number {
  let hash = mix32(seed, info.s0)
  hash = mix32(hash, info.s1)
  hash = mix32(hash, info.s2)
  hash = mix32(hash, info.s3)
  hash = mix32(hash, info.d0)
  hash = mix32(hash, info.d1)
  hash = mix32(hash, info.d2)
  hash = mix32(hash, info.d3)
  return (finish32(mix32(hash, sourcePort)) >>> 0) % count
}
