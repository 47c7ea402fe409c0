// SO_ATTACH_FILTER at work (Linux: sk_filter_trim_cap): how much of an arrived packet a socket wants.

import type { Errno } from '../base/errno.ts'
import { PacketFilter } from '../wire/bpf/filter.ts'
import type { Packet } from '../wire/packet.ts'
import type { Sock } from './sock.ts'

const ARPHRD_ETHER = 1
const ARPHRD_LOOPBACK = 772

/** Bytes wanted from absolute position `start` on: 0 for none, at most what there is. */
export function wantedBytes(sock: Sock, filter: PacketFilter, packet: Packet, start: number): number {
  const subject = filter.subject.ofPacket(packet, start)
  subject.mark = sock.options.mark
  subject.isLoopback = sock.namespace.device(packet.deviceIndex)?.medium === 'loopback'
  subject.hardwareType = subject.isLoopback ? ARPHRD_LOOPBACK : ARPHRD_ETHER
  return Math.min(filter.run(subject), packet.end - start)
}

/** EPERM when the one it has is locked, EINVAL for a program that may not run. */
export function attachFilter(sock: Sock, program: Uint8Array): 0 | Errno {
  if (sock.options.filterLocked) return 'EPERM'
  const filter = PacketFilter.decode(program)
  if (filter === 'EINVAL') return filter
  sock.setOptions({ filter })
  return 0
}
