// Without SACK, duplicate ACKs stand in for the scoreboard: each says that some segment left the network (RFC 6582).

import type { TcpSock } from '../tcb/tcp-sock.ts'

function limitToFlight(tcp: TcpSock): boolean {
  const { loss } = tcp
  const holes = Math.min(Math.max(loss.lostSegs, 1), loss.outSegs)
  if (loss.sackedSegs + holes <= loss.outSegs) return false
  loss.sackedSegs = loss.outSegs - holes
  return true
}

function checkRenoReordering(tcp: TcpSock, more: number): void {
  const { loss, env } = tcp
  if (!limitToFlight(tcp)) return
  loss.reorderingSegs = Math.min(loss.outSegs + more, env.sysctl.maxReordering.value)
  loss.reorderingSeen++
  tcp.namespace.mib.tcpExt.TCPRenoReorder++
}

export function addRenoSacks(tcp: TcpSock, duplicates: number): void {
  if (duplicates === 0) return
  const { loss } = tcp
  const before = loss.sackedSegs
  loss.sackedSegs += duplicates
  checkRenoReordering(tcp, 0)
  if (loss.sackedSegs > before) loss.delivered += loss.sackedSegs - before
}

/** A cumulative ACK of `acked` segments: one filled the hole, the rest had been counted by duplicates. */
export function removeRenoSacks(tcp: TcpSock, acked: number): void {
  const { loss } = tcp
  if (acked > 0) {
    loss.delivered += Math.max(acked - loss.sackedSegs, 1)
    loss.sackedSegs = Math.max(0, loss.sackedSegs - (acked - 1))
  }
  checkRenoReordering(tcp, acked)
}

/** RFC 6675 5e: something new was acknowledged, or recovery is over. */
export function resetRenoSacks(tcp: TcpSock): void { tcp.loss.sackedSegs = 0 }
