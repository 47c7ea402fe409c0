// How a raw or ping socket gets its copy of a packet that goes on to somebody else.

import type { NetNamespace } from '../ip/namespace.ts'
import type { PacketQueue } from '../sock/packet-queue.ts'
import { READABLE } from '../sock/readiness.ts'
import type { Sock } from '../sock/sock.ts'
import { wantedBytes } from '../sock/socket-filter.ts'
import type { Packet } from '../wire/packet.ts'

/** Queues a copy of the packet from `from` on. */
export function deliverCopy(namespace: NetNamespace, sock: Sock, queue: PacketQueue, packet: Packet, from: number): void {
  const device = namespace.device(packet.deviceIndex)?.name ?? ''
  const { filter } = sock.options
  const wanted = filter === undefined ? packet.end - from : wantedBytes(sock, filter, packet, from)
  if (wanted === 0 && filter !== undefined) {
    namespace.countDrop('raw', 'socket-filter', device, packet.length)
    return
  }
  const start = packet.start
  packet.start = from
  const copy = packet.clone()
  packet.start = start
  copy?.trim(wanted)
  if (copy === undefined) {
    namespace.countDrop('raw', 'no-packet-memory', device, packet.length)
  } else if (queue.offer(copy, sock.rcvbuf)) {
    sock.wake(READABLE)
  } else {
    namespace.countDrop('raw', 'socket-receive-buffer', device, copy.length)
    copy.release()
  }
}
