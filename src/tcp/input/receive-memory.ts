// Receive memory as input sees it: room for one more segment, and how far the window offered may grow for segments of this
// kind (Linux: tcp_try_rmem_schedule, tcp_grow_window).

import * as seq from '../../base/seq.ts'
import type { Packet } from '../../wire/packet.ts'
import type { Segment } from '../segment/segment.ts'
import { freeSpace, payloadOfSpace } from '../tcb/receive-space.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { COLLAPSED_BYTES, collapsedTruesize, truesizeOf } from '../tcb/truesize.ts'

/** SK_MEM_QUANTUM: memory is taken from the protocol's account in pages. */
const PAGE = 4096

/** Nothing stands in the way of taking the next data as it comes (Linux: tcp_fast_path_check). */
export function notePredictable(tcp: TcpSock): void {
  const { rcv } = tcp
  if (tcp.outOfOrder.isEmpty && rcv.wnd > 0 && rcv.memory < tcp.rcvbuf && rcv.urgent === 'none') rcv.isPredictable = true
}

/** What the socket has taken and not used bears this packet: nobody needs to be asked (Linux: sk_forward_alloc). */
export function fitsPagesTaken(tcp: TcpSock, packet: Packet): boolean {
  const used = (tcp.rcv.memory + tcp.sendQueue.queuedBytes) % PAGE
  return used !== 0 && truesizeOf(packet.end - packet.networkAt) <= PAGE - used
}

/** Room in SO_RCVBUF for one more; if need be by packing what waits closer, then by giving up segments ahead of a gap. */
export function hasMemory(tcp: TcpSock, seg: Segment): boolean {
  const { rcv, env, outOfOrder, ack } = tcp
  if (rcv.memory <= tcp.rcvbuf) return true
  tcp.namespace.mib.tcpExt.PruneCalled++
  ack.quick = 0
  const largest = env.sysctl.rmem.values[2]
  if (tcp.rcvbuf < largest && !tcp.rcvbufLocked) tcp.rcvbuf = Math.min(rcv.memory, largest)
  if (rcv.memory > tcp.rcvbuf) rcv.slowStartThreshold = Math.min(rcv.clamp, 2 * rcv.advmss)
  if (rcv.memory <= tcp.rcvbuf) return true
  collapse(tcp, outOfOrder.first)
  collapse(tcp, tcp.receiveQueue.first)
  if (rcv.memory <= tcp.rcvbuf) return true
  pruneOutOfOrder(tcp, seg)
  if (rcv.memory <= tcp.rcvbuf) return true
  rcv.isPredictable = false
  return false
}

/**
 * Linux copies what lies wastefully in its blocks into full pages, run by run (tcp_collapse). We need no copy: only the
 * account changes. A page's charge lies with the packet that holds its last byte; those before it cost nothing.
 */
function collapse(tcp: TcpSock, first: Packet | undefined): void {
  let blockStart = first
  let bytes = 0
  for (let packet = first; packet !== undefined; packet = packet.next) {
    bytes += packet.length
    if (packet.charge === 0 && packet.next !== undefined) continue
    if (blockStart !== undefined && payloadOfSpace(tcp, packet.charge) > bytes) packet = collapseRun(tcp, blockStart)
    blockStart = packet.next
    bytes = 0
  }
}

/** Packs what follows without a gap; answers its last packet. */
function collapseRun(tcp: TcpSock, first: Packet): Packet {
  let packet = first
  let bytes = packet.length
  for (let next = runsOn(packet); next !== undefined; next = runsOn(packet)) {
    const rest = bytes % COLLAPSED_BYTES
    moveCharge(tcp, packet, collapsedTruesize(bytes - rest))
    bytes = rest + next.length
    packet = next
  }
  moveCharge(tcp, packet, collapsedTruesize(bytes))
  tcp.namespace.mib.tcpExt.TCPRcvCollapsed++
  return packet
}

function moveCharge(tcp: TcpSock, packet: Packet, charge: number): void {
  tcp.rcv.memory += charge - packet.charge
  packet.charge = charge
}

/** The packet that follows without a gap. */
function runsOn(packet: Packet): Packet | undefined {
  const { next } = packet
  return next !== undefined && seq.seqOf(next.mark) === seq.add(seq.seqOf(packet.mark), packet.length) ? next : undefined
}

/** From the far end, an eighth of the buffer at a time, nothing before what arrives now; they will come again (RFC 2018 8). */
function pruneOutOfOrder(tcp: TcpSock, seg: Segment): void {
  const { outOfOrder, rcv } = tcp
  let goal = tcp.rcvbuf >> 3
  let isPruned = false
  while (outOfOrder.last !== undefined && !seq.gt(seg.seq, seq.seqOf(outOfOrder.last.mark))) {
    isPruned = true
    const { charge } = outOfOrder.last
    rcv.memory -= charge
    goal -= charge
    outOfOrder.removeLast()
    if (goal > 0) continue
    if (rcv.memory <= tcp.rcvbuf) break
    goal = tcp.rcvbuf >> 3
  }
  if (!isPruned) return
  tcp.namespace.mib.tcpExt.OfoPruned++
  outOfOrder.sackCount = 0
}

/** The window offered grows as long as memory bears segments of this kind. */
export function growWindow(tcp: TcpSock, seg: Segment): void {
  const { rcv, ack } = tcp
  const { len, truesize } = seg
  const room = Math.min(rcv.clamp, freeSpace(tcp)) - rcv.slowStartThreshold
  if (room <= 0) return
  const increase = payloadOfSpace(tcp, truesize) <= len ? 2 * rcv.advmss : growthFor(tcp, truesize, len)
  if (increase === 0) return
  rcv.slowStartThreshold += Math.min(room, Math.max(increase, 2 * len))
  ack.quick |= 1
}

function growthFor(tcp: TcpSock, truesize: number, length: number): number {
  const { rcv, env } = tcp
  let cost = payloadOfSpace(tcp, truesize) / 2
  let window = payloadOfSpace(tcp, env.sysctl.rmem.values[2]) / 2
  while (rcv.slowStartThreshold <= window) {
    if (cost <= length) return 2 * rcv.mssEstimate
    cost /= 2
    window /= 2
  }
  return 0
}
