// The delayed ACK's time-out (RFC 9293 MUST-40): nothing came to carry it.

import { ACK_SCHEDULED, ACK_TIMER, ATO_MIN_US } from '../tcb/ack-state.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { sendAck } from '../output/ack-policy.ts'

export function onDelayedAckTimeout(tcp: TcpSock, now: number): void {
  const { ack, rtt } = tcp
  if ((ack.pending & ACK_TIMER) === 0) return
  ack.pending &= ~ACK_TIMER
  if ((ack.pending & ACK_SCHEDULED) === 0) return
  if (ack.isInteractive) {
    // The reply did not come: stop waiting for replies.
    ack.pingpong = 0
    ack.atoUs = ATO_MIN_US
  } else {
    ack.atoUs = Math.min(ack.atoUs * 2, rtt.rtoUs)
  }
  tcp.namespace.mib.tcpExt.DelayedACKs++
  sendAck(tcp, now)
}
