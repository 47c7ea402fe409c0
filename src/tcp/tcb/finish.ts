// A connection enters and leaves the tables; the end of one: timers stopped, queues given back, port freed.

import type { Errno } from '../../base/errno.ts'
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP, POLLRDNORM, POLLWRNORM } from '../../base/posix.ts'
import { RCV_SHUTDOWN, SEND_SHUTDOWN } from '../../sock/sock.ts'
import type { TupleKey } from './connection-table.ts'
import { onSendSideCleared } from './send-reports.ts'
import { forgetRequest, judgePath } from './fast-open.ts'
import type { Cause, TcpState } from '../state.ts'
import type { TcpSock } from './tcp-sock.ts'

export const EVERYTHING = POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLERR | POLLHUP | POLLRDHUP

/** The key of a connection from its own side. */
export function keyOf(tcp: TcpSock, key: TupleKey): TupleKey {
  const { source, destination } = tcp.flow
  key.r0 = destination.w0
  key.r1 = destination.w1
  key.r2 = destination.w2
  key.r3 = destination.w3
  key.l0 = source.w0
  key.l1 = source.w1
  key.l2 = source.w2
  key.l3 = source.w3
  key.ports = (tcp.remotePort << 16) | tcp.localPort
  return key
}

export function enterTable(tcp: TcpSock): void {
  const { env } = tcp
  tcp.tableSlot = env.objects.add(tcp)
  env.connections.set(keyOf(tcp, env.key), tcp.tableSlot * 2 + 1)
}

export function leaveTable(tcp: TcpSock): void {
  const { env } = tcp
  if (tcp.tableSlot < 0) return
  const key = keyOf(tcp, env.key)
  if (env.connections.find(key) === tcp.tableSlot * 2 + 1) env.connections.remove(key)
  env.objects.remove(tcp.tableSlot)
  tcp.tableSlot = -1
}

/** The connection is over (Linux: tcp_done). Error and wake-up are the caller's. */
export function finish(tcp: TcpSock, cause: Cause, seen: TcpState = 'CLOSED'): void {
  if (tcp.state === 'SYN-SENT' || tcp.state === 'SYN-RECEIVED') tcp.namespace.mib.tcp.AttemptFails++
  tcp.setState('CLOSED', cause, seen)
  if (tcp.fastOpen !== undefined) {
    judgePath(tcp, tcp.env.now)
    tcp.fastOpen.isDeferred = false
    forgetRequest(tcp, false, tcp.env.now)
  }
  leaveTable(tcp)
  tcp.timers.free()
  tcp.shutdownBits = RCV_SHUTDOWN | SEND_SHUTDOWN
  clearSendSide(tcp)
  if (!tcp.portNamed || tcp.orphaned || tcp.isPassive) releasePort(tcp)
  if (tcp.orphaned) discard(tcp)
  // Of those nobody owns only a lingering close still waits.
  if (!tcp.orphaned || tcp.lingerOn) {
    tcp.intents.wake |= EVERYTHING
    tcp.touch()
  }
}

export function clearSendSide(tcp: TcpSock): void {
  const { loss } = tcp
  if (tcp.reports !== undefined) onSendSideCleared(tcp, tcp.reports)
  tcp.sendQueue.clear()
  loss.outSegs = 0
  loss.sackedSegs = 0
  loss.lostSegs = 0
  loss.retransmittedSegs = 0
  loss.retransmitHint = undefined
  loss.highestSacked = undefined
}

/** Nobody refers to it any more: everything goes back. */
export function discard(tcp: TcpSock): void {
  tcp.sendQueue.clear()
  tcp.receiveQueue.clear()
  tcp.outOfOrder.clear()
  tcp.rcv.memory = 0
  tcp.timers.free()
  tcp.env.socks.delete(tcp)
  if (tcp.isOrphanCounted) {
    tcp.isOrphanCounted = false
    tcp.env.orphanCount--
  }
}

/** More connections without an owner than tcp_max_orphans: they get no patience. */
export function tooManyOrphans(tcp: TcpSock): boolean { return tcp.env.orphanCount > tcp.env.sysctl.maxOrphans.value }

/** The peer reset the connection, or silence did (Linux: tcp_reset). */
export function failWith(tcp: TcpSock, error: Errno, cause: Cause): void {
  tcp.error = error
  clearSendSide(tcp)
  finish(tcp, cause)
}

/** The claim goes back; getsockname goes on telling the port. */
export function releasePort(tcp: TcpSock): void {
  const { localPort } = tcp
  tcp.env.ports.unbind(tcp)
  tcp.localPort = localPort
}
