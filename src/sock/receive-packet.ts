// One queued packet handed to a reader whole: for raw and ping sockets, whose messages are the packet's bytes.

import type { Errno } from '../base/errno.ts'
import { MSG_ERRQUEUE, MSG_OOB, MSG_PEEK, MSG_TRUNC } from '../base/posix.ts'
import { receivedControl, wantsControl } from './inet-control.ts'
import type { InetSock } from './inet-sock.ts'
import { packetSource } from './packet-addresses.ts'
import type { PacketQueue } from './packet-queue.ts'
import type { ReceiveReport } from './receive-report.ts'
import { inetSocketAddress } from './socket-address.ts'
import { receiveError } from './socket-errors.ts'

export function receivePacket(sock: InetSock, queue: PacketQueue, buffer: Uint8Array, offset: number, length: number, flags: number,
  report: ReceiveReport | undefined): number | Errno {
  if ((flags & MSG_OOB) !== 0) return 'EOPNOTSUPP'
  if ((flags & MSG_ERRQUEUE) !== 0) return receiveError(sock, buffer, offset, length, report)
  if (sock.error !== undefined) return sock.takeError() ?? 'EAGAIN'
  const packet = queue.head
  if (packet === undefined) return 'EAGAIN'
  const whole = packet.length
  const count = Math.min(length, whole)
  packet.copyOut(packet.start, buffer, offset, count)
  if (report !== undefined) {
    const source = packetSource(packet)
    report.address = inetSocketAddress(sock.isInet6, source, 0, source.isLinkLocal && source.family === 6 ? packet.deviceIndex : 0)
    if (count < whole) report.flags |= MSG_TRUNC
    if (wantsControl(sock)) report.control = receivedControl(sock, packet, queue.drops)
  }
  if ((flags & MSG_PEEK) === 0) {
    queue.shift()
    packet.release()
  }
  return (flags & MSG_TRUNC) === 0 ? count : whole
}
