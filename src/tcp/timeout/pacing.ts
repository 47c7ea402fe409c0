// The time of the next paced segment has come: lost records first, then new ones (Linux: tcp_tsq_handler).

import { push } from '../output/next-segment.ts'
import { retransmitLost } from '../output/retransmit.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'

export function onPacingTimeout(tcp: TcpSock, now: number): void {
  const { loss, window, state } = tcp
  if (state === 'SYN-SENT' || state === 'SYN-RECEIVED') return
  if (loss.lostSegs > loss.retransmittedSegs && window.cwndSegs > loss.pipeSegs) retransmitLost(tcp, now)
  push(tcp, now)
}
