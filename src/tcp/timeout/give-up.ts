// R1, R2 and the user time-out (RFC 9293 3.8.3, RFC 5482): how long silence is borne, and the end of a connection that
// went over it.

import type { TcpSock } from '../tcb/tcp-sock.ts'
import { failWith } from '../tcb/finish.ts'
import { EVER_RETRANSMITTED } from '../tcb/send-record.ts'

/** The connection died of silence: what an ICMP error said of it, else ETIMEDOUT (behaviour 26). */
export function giveUp(tcp: TcpSock): void {
  tcp.namespace.mib.tcpExt.TCPAbortOnTimeout++
  failWith(tcp, tcp.softError ?? 'ETIMEDOUT', 'timeout')
}

/** Time that `retries` doublings of the RTO take (Linux: tcp_model_timeout). */
function modelTimeoutUs(retries: number, baseUs: number, maxUs: number): number {
  const linear = Math.floor(Math.log2(maxUs / baseUs))
  if (retries <= linear) return (2 ** (retries + 1) - 1) * baseUs
  return (2 ** (linear + 1) - 1) * baseUs + (retries - linear) * maxUs
}

/** Milliseconds since the first transmission of what is overdue: 0 when nothing was repeated. */
function overdueMs(tcp: TcpSock, now: number): number {
  const { retransmitAt } = tcp.loss
  if (retransmitAt === 0) {
    const head = tcp.sendQueue.flightFirst
    return head === undefined || (head.marks & EVER_RETRANSMITTED) === 0 ? 0 : (now - head.sentAt) / 1000
  }
  return ((Math.floor(now / 1000) | 0) - retransmitAt) | 0
}

/** RFC 9293 MUST-20: is `boundary` reached? `userMs` above 0 counts instead. */
export function isTimedOut(tcp: TcpSock, boundary: number, userMs: number, now: number): boolean {
  if (tcp.loss.retransmits === 0) return false
  const baseUs = tcp.state === 'SYN-SENT' || tcp.state === 'SYN-RECEIVED' ? tcp.env.initialRtoUs : tcp.rtt.rtoMinUs
  const limitMs = userMs > 0 ? userMs : modelTimeoutUs(boundary, baseUs, tcp.rtt.rtoMaxUs) / 1000
  return overdueMs(tcp, now) >= limitMs
}

/** Retries of a connection without an owner: fewer, and none when memory or orphans run out. */
export function orphanRetries(tcp: TcpSock, isAlive: boolean): number {
  const { orphanRetries: row } = tcp.env.sysctl
  let retries = row.value
  if (tcp.softError !== undefined && !isAlive) retries = 0
  if (retries === 0 && isAlive) retries = 8
  return retries
}
