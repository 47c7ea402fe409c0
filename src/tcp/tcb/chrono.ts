// Which shortage a connection spends its busy time in (Linux: tcp_chrono): the receiver's window, the send buffer, or none.
// The scarcer the later: a running clock is only replaced by one of more interest.

import type { TcpSock } from './tcp-sock.ts'

export type Chrono = 'none' | 'busy' | 'rwnd' | 'sndbuf'

function outranks(kind: Chrono, running: Chrono): boolean {
  if (running === 'none') return kind !== 'none'
  if (running === 'busy') return kind === 'rwnd' || kind === 'sndbuf'
  return running === 'rwnd' && kind === 'sndbuf'
}

function switchTo(tcp: TcpSock, to: Chrono, now: number): void {
  const spent = now - tcp.chronoStartedAt
  if (tcp.chrono === 'busy') tcp.busyUs += spent
  else if (tcp.chrono === 'rwnd') tcp.rwndLimitedUs += spent
  else if (tcp.chrono === 'sndbuf') tcp.sndbufLimitedUs += spent
  tcp.chrono = to
  tcp.chronoStartedAt = now
}

export function startChrono(tcp: TcpSock, kind: Chrono, now: number): void {
  if (outranks(kind, tcp.chrono)) switchTo(tcp, kind, now)
}

/** That shortage is over. With nothing queued the connection is idle; otherwise it is busy, without a shortage. */
export function stopChrono(tcp: TcpSock, kind: Chrono, now: number): void {
  if (tcp.chrono === 'none') return
  if (tcp.sendQueue.first === undefined) switchTo(tcp, 'none', now)
  else if (tcp.chrono === kind) switchTo(tcp, 'busy', now)
}
