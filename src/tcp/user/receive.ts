// RECEIVE (RFC 9293 3.10.3): bytes out of the arrived packets, around the urgent octet, and the window that this frees.

import type { Errno } from '../../base/errno.ts'
import { MSG_OOB, MSG_PEEK, MSG_TRUNC, SOL_TCP, TCP_CM_INQ } from '../../base/posix.ts'
import * as seq from '../../base/seq.ts'
import type { ControlMessage } from '../../sock/control-message.ts'
import { timeControl } from '../../sock/inet-control.ts'
import { RCV_SHUTDOWN } from '../../sock/sock.ts'
import { payloadOfSpace } from '../tcb/receive-space.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { ackAfterRead } from '../output/ack-policy.ts'

/** What a read gives when there is nothing to read. */
function emptyResult(tcp: TcpSock): number | Errno {
  if (tcp.isDone) return 0
  if (tcp.error !== undefined) return tcp.takeError() ?? 0
  if ((tcp.shutdownBits & RCV_SHUTDOWN) !== 0) return 0
  if (tcp.state === 'CLOSED') return 'ENOTCONN'
  return 'EAGAIN'
}

export function receive(tcp: TcpSock, buffer: Uint8Array, offset: number, length: number, flags: number, now: number): number | Errno {
  if (tcp.state === 'LISTEN') return 'ENOTCONN'
  if ((flags & MSG_OOB) !== 0) return receiveUrgent(tcp, buffer, offset, length, flags)
  const isPeek = (flags & MSG_PEEK) !== 0
  const discards = (flags & MSG_TRUNC) !== 0
  const copied = copyOut(tcp, buffer, offset, length, isPeek, discards)
  // To ask for nothing is answered at once only while there is something (Linux).
  if (copied === 0 && (length > 0 || tcp.receiveQueue.bytes === 0)) {
    // Nothing but the end, an error, or patience. After a FIN the end it is, even if a reset followed (Linux).
    return emptyResult(tcp)
  }
  if (!isPeek && copied > 0) {
    adjustSpace(tcp, now)
    ackAfterRead(tcp, copied, now)
  }
  return copied
}

function copyOut(tcp: TcpSock, buffer: Uint8Array, offset: number, length: number, isPeek: boolean, discards: boolean): number {
  const { rcv, receiveQueue } = tcp
  let copied = 0
  let at = rcv.copied
  let packet = receiveQueue.first
  while (packet !== undefined && copied < length) {
    const skipped = seq.diff(at, seq.seqOf(packet.mark))
    const available = packet.length - skipped
    if (available <= 0) {
      packet = packet.next
      continue
    }
    let count = Math.min(available, length - copied)
    if (rcv.urgent === 'here' || rcv.urgent === 'awaited' || rcv.urgent === 'read') {
      const untilUrgent = seq.diff(rcv.urgentSeq, at)
      if (untilUrgent === 0 && rcv.urgent !== 'awaited') {
        if (!tcp.options.oobInline) {
          // The urgent octet is not in the stream: a read ends before it, the next begins after it.
          if (copied > 0) break
          at = seq.add(at, 1)
          if (!isPeek) passUrgent(tcp)
          packet = isPeek ? packet : receiveQueue.first
          continue
        }
        if (!isPeek) rcv.urgent = 'none'
      } else if (untilUrgent > 0 && untilUrgent < count) {
        count = untilUrgent
      }
    }
    if (!discards) packet.copyOut(packet.start + skipped, buffer, offset + copied, count)
    copied += count
    at = seq.add(at, count)
    tcp.lastReadStamp = packet.receivedAt
    if (isPeek) continue
    take(tcp, count)
    packet = receiveQueue.first
    if (rcv.urgent !== 'none' && seq.diff(rcv.urgentSeq, at) === 0 && copied > 0) break
  }
  return copied
}

/** Moves the reader on by `count` bytes of the first packet. */
function take(tcp: TcpSock, count: number): void {
  const { rcv, receiveQueue } = tcp
  if (receiveQueue.first === undefined) return
  rcv.memory -= receiveQueue.consume(count)
  rcv.copied = seq.add(rcv.copied, count)
}

function passUrgent(tcp: TcpSock): void {
  take(tcp, 1)
  tcp.rcv.urgent = 'none'
}

/** MSG_OOB: the urgent octet alone (behaviour 43); EAGAIN tells that one is on its way (RFC 9293 MUST-32, MUST-33). */
function receiveUrgent(tcp: TcpSock, buffer: Uint8Array, offset: number, length: number, flags: number): number | Errno {
  const { rcv } = tcp
  if (tcp.options.oobInline || rcv.urgent === 'none' || rcv.urgent === 'read') return 'EINVAL'
  if (tcp.state === 'CLOSED' && !tcp.isDone) return 'ENOTCONN'
  if (rcv.urgent === 'here') {
    if ((flags & MSG_PEEK) === 0) rcv.urgent = 'read'
    if (length === 0) return 0
    if ((flags & MSG_TRUNC) === 0) buffer[offset] = rcv.urgentByte
    return 1
  }
  if (tcp.state === 'CLOSED' || (tcp.shutdownBits & RCV_SHUTDOWN) !== 0) return 0
  return 'EAGAIN'
}

/** Dynamic right-sizing: once a round trip the buffer follows what was read in it. */
function adjustSpace(tcp: TcpSock, now: number): void {
  const { rcv } = tcp
  if (rcv.rttUs8 === 0 || now - rcv.spaceAt < rcv.rttUs8 / 8) return
  // What waits in the queue while the reader dawdles asks for no larger buffer.
  const copied = seq.diff(rcv.copied, rcv.spaceSeq) - seq.diff(rcv.nxt, rcv.copied)
  if (copied > rcv.spaceBytes) growBuffer(tcp, copied)
  rcv.spaceSeq = rcv.copied
  rcv.spaceAt = now
}

function growBuffer(tcp: TcpSock, copied: number): void {
  const { rcv, env, outOfOrder } = tcp
  const before = Math.max(1, rcv.spaceBytes)
  rcv.spaceBytes = copied
  if (env.sysctl.moderateRcvbuf.value === 0 || tcp.rcvbufLocked) return
  // Slow start doubles in a round trip: be ready.
  let wanted = copied * 2
  wanted += Math.floor((wanted * (copied - before)) / before)
  if (outOfOrder.last !== undefined) wanted += seq.diff(outOfOrder.endOf(outOfOrder.last), rcv.nxt)
  const rcvbuf = Math.min(Math.floor((wanted * 256) / rcv.scalingRatio), env.sysctl.rmem.values[2])
  if (rcvbuf <= tcp.rcvbuf) return
  tcp.rcvbuf = rcvbuf
  rcv.clamp = Math.min(payloadOfSpace(tcp, rcvbuf), 65535 * (1 << tcp.negotiated.rcvWscale))
}

/** FIONREAD: bytes that a read would give now, up to the urgent octet (RFC 9293 MUST-33; SIOCATMARK tells the mark itself). */
export function readableBytes(tcp: TcpSock): number {
  const { rcv } = tcp
  const all = tcp.receiveQueue.bytes
  if (rcv.urgent === 'none' || tcp.options.oobInline) return all
  const untilUrgent = seq.diff(rcv.urgentSeq, rcv.copied)
  return untilUrgent >= 0 && untilUrgent < all ? untilUrgent : all
}

/** What recvmsg tells beside the bytes: when they came, and how many are left (TCP_INQ; after FIN one, so that the reader comes back). */
export function receivedControl(tcp: TcpSock, copied: number): ControlMessage[] {
  const control = copied > 0 ? timeControl(tcp, tcp.lastReadStamp) : []
  if (!tcp.connection.inq) return control
  const left = Math.max(0, seq.diff(tcp.rcv.nxt, tcp.rcv.copied))
  const data = new DataView(new ArrayBuffer(4))
  data.setInt32(0, left === 0 && tcp.isDone ? 1 : left, true)
  control.push({ level: SOL_TCP, type: TCP_CM_INQ, data: new Uint8Array(data.buffer) })
  return control
}
