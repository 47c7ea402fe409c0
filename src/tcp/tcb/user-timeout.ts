// The user time-out (RFC 5482, TCP_USER_TIMEOUT) cuts the wait before a retransmission or a probe short, so that a connection
// ends when its time is over and not at the next doubling. Milliseconds since boot stand in `retransmitAt`, instants in `probesAt`.

import type { TcpSock } from './tcp-sock.ts'

/** Linux's least wait of a timer: two ticks. */
const TIMEOUT_MIN_US = 2000

/** The RTO, or what is left of the user time-out since the first retransmission. */
export function rtoWithinUserTimeout(tcp: TcpSock, now: number): number {
  const { userTimeoutMs } = tcp.connection
  const { rtoUs } = tcp.rtt
  const { retransmitAt } = tcp.loss
  if (userTimeoutMs <= 0 || retransmitAt === 0) return rtoUs
  const elapsedMs = ((Math.floor(now / 1000) | 0) - retransmitAt) | 0
  return Math.max(1000, Math.min(rtoUs, (userTimeoutMs - elapsedMs) * 1000))
}

/** `waitUs`, or what is left of the user time-out since the window was first probed. */
export function probeWithinUserTimeout(tcp: TcpSock, waitUs: number, now: number): number {
  const { userTimeoutMs } = tcp.connection
  const { probesAt } = tcp.loss
  if (userTimeoutMs <= 0 || probesAt === 0) return waitUs
  return Math.min(waitUs, Math.max(TIMEOUT_MIN_US, userTimeoutMs * 1000 - (now - probesAt)))
}
