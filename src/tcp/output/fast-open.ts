// The SYN-ACK of a Fast Open connection, again: a repeated SYN or the timer asks for it.

import type { Request } from '../tcb/listener.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { sendSynAck } from './bare.ts'

export function repeatFastSynAck(tcp: TcpSock, request: Request, now: number): void {
  const { env, loss } = tcp
  request.retransmits++
  loss.totalRetransmits++
  env.namespace.mib.tcp.RetransSegs++
  env.namespace.mib.tcpExt.TCPSynRetrans++
  // Karn: no round trip from what was sent twice.
  tcp.synAckSentAt = 0
  sendSynAck(env, request, tcp.rcv.advmss, now)
}
