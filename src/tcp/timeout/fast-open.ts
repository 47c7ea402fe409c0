// Time-outs of Fast Open: the SYN-ACK that nobody answered, and the path on which nothing arrives any more.

import { enterLoss } from '../recovery/rto-recovery.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { repeatFastSynAck } from '../output/fast-open.ts'
import { giveUp } from './give-up.ts'

/** Until the SYN-ACK is acknowledged nothing else is repeated (Linux: tcp_fastopen_synack_timer). */
export function onFastSynAckTimeout(tcp: TcpSock, now: number): void {
  const { env, connection, loss } = tcp
  const request = tcp.fastOpen?.request
  if (request === undefined) return
  env.namespace.mib.tcpExt.TCPTimeouts++
  const most = (connection.synCount !== 0 ? connection.synCount : env.sysctl.synAckRetries.value) + 1
  if (request.timeouts >= most) {
    giveUp(tcp)
    return
  }
  if (loss.retransmits === 1) enterLoss(tcp, now)
  repeatFastSynAck(tcp, request, now)
  request.timeouts++
  loss.retransmits++
  tcp.timers.armRetransmit('rto', now + Math.min(env.initialRtoUs * 2 ** request.timeouts, tcp.rtt.rtoMaxUs))
}

/** RFC 7413 4.1.3.1, 4.1.3.1a: after the third time-out in a row, or the last, Fast Open pauses. */
export function checkBlackhole(tcp: TcpSock, isLast: boolean, now: number): void {
  const { fastOpen, loss, env } = tcp
  if (fastOpen === undefined || !(fastOpen.sentOption || fastOpen.hasSynData || fastOpen.isSynDataAcked)) return
  if (loss.retransmits !== 2 && !(loss.retransmits < 2 && isLast)) return
  env.fastOpen.disable(env, now)
  if (tcp.state === 'SYN-SENT') fastOpen.failure = 'syn-retransmitted'
}
