// Receiving a datagram (row D2; Linux: udp_recvmsg): one copy, from the packet that arrived.

import type { Errno } from '../base/errno.ts'
import { MSG_ERRQUEUE, MSG_PEEK, MSG_TRUNC, SOL_UDP, UDP_GRO } from '../base/posix.ts'
import { receivedControl, wantsControl } from '../sock/inet-control.ts'
import { packetSource } from '../sock/packet-addresses.ts'
import type { ReceiveReport } from '../sock/receive-report.ts'
import { inetSocketAddress } from '../sock/socket-address.ts'
import { receiveError } from '../sock/socket-errors.ts'
import type { Packet } from '../wire/packet.ts'
import type { UdpSock } from './udp-sock.ts'

export function receiveUdp(sock: UdpSock, buffer: Uint8Array, offset: number, length: number, flags: number,
  report: ReceiveReport | undefined): number | Errno {
  if ((flags & MSG_ERRQUEUE) !== 0) return receiveError(sock, buffer, offset, length, report)
  if (sock.error !== undefined) return sock.takeError() ?? 'EAGAIN'
  if (sock.options.peekOffset >= 0) return receiveWithOffset(sock, buffer, offset, length, flags, report)
  const packet = sock.queue.head
  if (packet === undefined) return 'EAGAIN'
  const whole = nextLength(sock)
  const count = Math.min(length, whole)
  packet.copyOut(packet.start, buffer, offset, count)
  if (report !== undefined) fillReport(sock, packet, whole, count, report)
  if ((flags & MSG_PEEK) === 0) consume(sock, packet, whole)
  return (flags & MSG_TRUNC) === 0 ? count : whole
}

/** SO_PEEK_OFF (Linux: __skb_try_recv_from_queue, skb_consume_udp): a peek passes over datagrams that lie before its place. */
function receiveWithOffset(sock: UdpSock, buffer: Uint8Array, offset: number, length: number, flags: number,
  report: ReceiveReport | undefined): number | Errno {
  const isPeek = (flags & MSG_PEEK) !== 0
  let from = isPeek ? sock.options.peekOffset : 0
  let packet = sock.queue.head
  while (isPeek && packet !== undefined && from >= packet.length && (from > 0 || packet.mark < 0)) {
    from -= packet.length
    packet = packet.next
  }
  if (packet === undefined) return 'EAGAIN'
  const whole = packet.length
  const count = Math.min(length, whole - from)
  packet.copyOut(packet.start + from, buffer, offset, count)
  if (report !== undefined) fillReport(sock, packet, length > whole - from ? count : whole, count, report)
  const answer = (flags & MSG_TRUNC) === 0 ? count : whole
  sock.setOptions({ peekOffset: Math.max(0, sock.options.peekOffset + (isPeek ? answer : -answer)) })
  if (!isPeek) consume(sock, packet, whole)
  else if (whole === 0) sock.queue.markPeeked(packet)
  return answer
}

/** Bytes of the datagram that the next receive gives: a super-segment is handed out piece by piece. */
export function nextLength(sock: UdpSock): number {
  const packet = sock.queue.head
  if (packet === undefined) return 0
  const { length } = packet
  return packet.gsoSize > 0 && !sock.receivesCoalesced ? Math.min(length, packet.gsoSize) : length
}

function consume(sock: UdpSock, packet: Packet, taken: number): void {
  if (taken < packet.length) {
    packet.pull(taken)
    return
  }
  sock.queue.shift()
  packet.release()
}

function fillReport(sock: UdpSock, packet: Packet, whole: number, count: number, report: ReceiveReport): void {
  const { u8 } = packet.memory
  const port = (u8[packet.transportAt] << 8) | u8[packet.transportAt + 1]
  const source = packetSource(packet)
  report.address = inetSocketAddress(sock.isInet6, source, port, source.isLinkLocal && source.family === 6 ? packet.deviceIndex : 0)
  if (count < whole) report.flags |= MSG_TRUNC
  if (wantsControl(sock)) report.control = receivedControl(sock, packet, sock.queue.drops)
  if (packet.gsoSize > 0 && sock.receivesCoalesced) {
    report.control.push({ level: SOL_UDP, type: UDP_GRO, data: Uint8Array.of(packet.gsoSize, packet.gsoSize >> 8, 0, 0) })
  }
}
