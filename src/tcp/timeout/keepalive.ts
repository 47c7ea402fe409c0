// Keep-alive (RFC 9293 3.8.4, row E13), and the orphan's wait in FIN-WAIT-2, which shares its timer.

import { ACK } from '../../wire/tcp.ts'
import * as seq from '../../base/seq.ts'
import { finish } from '../tcb/finish.ts'
import { enterTimeWait } from '../tcb/time-wait.ts'
import { KEEPALIVE_TIMER } from '../tcb/timer-slots.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { keepIdleUs } from '../output/keep-idle.ts'
import { transmitEmpty } from '../output/transmit.ts'
import { RST } from '../../wire/tcp.ts'
import { giveUp } from './give-up.ts'

const TIME_WAIT_MS = 60_000
const RESOURCE_PROBE_US = 500_000

function intervalUs(tcp: TcpSock): number {
  return (tcp.connection.keepIntervalSeconds === 0
    ? tcp.env.sysctl.keepaliveInterval.value : tcp.connection.keepIntervalSeconds) * 1_000_000
}

/** Time without a word from the peer. */
function idleUs(tcp: TcpSock, now: number): number {
  return now - Math.max(tcp.lastReceivedAt, tcp.ack.lastDataAt, tcp.establishedAt)
}

/** RFC 9293 MAY-5, of which SO_KEEPALIVE is the switch of each connection (MUST-24), off at first (MUST-25). */
export function onKeepaliveTimeout(tcp: TcpSock, now: number): void {
  const { state } = tcp
  if (state === 'FIN-WAIT-2' && tcp.orphaned) {
    onFinWait2Timeout(tcp, now)
    return
  }
  if (!tcp.options.keepAlive || state === 'SYN-SENT' || state === 'SYN-RECEIVED') return
  const { timers, loss } = tcp
  // RFC 9293 MUST-26: only in silence. Data in flight has its own timer.
  if (loss.outSegs > 0 || tcp.sendQueue.unsent !== undefined) {
    timers.arm(KEEPALIVE_TIMER, now + keepIdleUs(tcp))
    return
  }
  const idle = idleUs(tcp, now)
  if (idle < keepIdleUs(tcp)) {
    timers.arm(KEEPALIVE_TIMER, now + keepIdleUs(tcp) - idle)
    return
  }
  probe(tcp, idle, now)
}

function probe(tcp: TcpSock, idle: number, now: number): void {
  const { connection, env, loss, timers, snd } = tcp
  const most = connection.keepCount === 0 ? env.sysctl.keepaliveProbes.value : connection.keepCount
  const userUs = connection.userTimeoutMs * 1000
  // MUST-29: one unanswered probe means nothing.
  if ((userUs > 0 && idle >= userUs && loss.probesOut > 0) || (userUs === 0 && loss.probesOut >= most)) {
    transmitEmpty(tcp, snd.nxt, RST | ACK, now)
    env.namespace.mib.tcp.OutRsts++
    giveUp(tcp)
    return
  }
  env.namespace.mib.tcpExt.TCPKeepAlive++
  // RFC 9293 SHLD-12: no data, only a number that must be answered.
  const isSent = transmitEmpty(tcp, seq.add(snd.una, -1), ACK, now)
  if (isSent) loss.probesOut++
  timers.arm(KEEPALIVE_TIMER, now + (isSent ? intervalUs(tcp) : RESOURCE_PROBE_US))
}

function onFinWait2Timeout(tcp: TcpSock, now: number): void {
  const { linger2Seconds } = tcp.connection
  if (linger2Seconds >= 0) {
    const seconds = linger2Seconds === 0 ? tcp.env.sysctl.finTimeout.value : linger2Seconds
    const rest = seconds * 1000 - TIME_WAIT_MS
    if (rest > 0) {
      enterTimeWait(tcp, rest * 1000)
      return
    }
  }
  transmitEmpty(tcp, tcp.snd.nxt, RST | ACK, now)
  finish(tcp, 'timeout')
}
