// Receive memory as input sees it: room for one more segment, and how far the window offered may grow for segments of this
// kind (Linux: tcp_try_rmem_schedule, tcp_grow_window).

import { freeSpace, payloadOfSpace } from '../tcb/receive-space.ts'
import { truesizeOf } from '../tcb/receive-queue.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'

/** Room in SO_RCVBUF for `length` more, made if need be by giving up out-of-order segments (they will come again). */
export function hasMemory(tcp: TcpSock, length: number): boolean {
  const { rcv, env, outOfOrder, ack } = tcp
  if (rcv.memory + length <= tcp.rcvbuf) return true
  const { mib } = tcp.namespace
  mib.tcpExt.PruneCalled++
  ack.quick = 0
  const largest = env.sysctl.rmem.values[2]
  if (tcp.rcvbuf < largest && !tcp.rcvbufLocked) tcp.rcvbuf = Math.min(rcv.memory + length, largest)
  if (rcv.memory + length <= tcp.rcvbuf) return true
  if (rcv.memory > tcp.rcvbuf) rcv.slowStartThreshold = Math.min(rcv.clamp, 2 * rcv.advmss)
  if (outOfOrder.isEmpty) return false
  mib.tcpExt.OfoPruned++
  let packet = outOfOrder.first
  for (; packet !== undefined; packet = packet.next) rcv.memory -= truesizeOf(packet.length)
  outOfOrder.clear()
  return rcv.memory + length <= tcp.rcvbuf
}

/** The window offered grows as long as memory bears segments of this kind. */
export function growWindow(tcp: TcpSock, length: number): void {
  const { rcv, ack } = tcp
  const room = Math.min(rcv.clamp, freeSpace(tcp)) - rcv.slowStartThreshold
  if (room <= 0) return
  const truesize = truesizeOf(length)
  const increase = payloadOfSpace(tcp, truesize) <= length ? 2 * rcv.advmss : growthFor(tcp, truesize, length)
  if (increase === 0) return
  rcv.slowStartThreshold += Math.min(room, Math.max(increase, 2 * length))
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
