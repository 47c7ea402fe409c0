// Step 8 of RFC 9293 3.10.7.4: the peer has sent everything.

import { POLLHUP, POLLIN, POLLRDHUP, POLLRDNORM } from '../../base/posix.ts'
import { RCV_SHUTDOWN, SEND_SHUTDOWN } from '../../sock/sock.ts'
import { ACK_NOW, PINGPONG_THRESHOLD } from '../tcb/ack-state.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { scheduleAck } from './answers.ts'

export function takeFin(tcp: TcpSock): void {
  const { ack, intents, outOfOrder, rcv } = tcp
  scheduleAck(tcp)
  rcv.bytesReceived++
  tcp.shutdownBits |= RCV_SHUTDOWN
  tcp.isDone = true
  if (tcp.state === 'SYN-RECEIVED' || tcp.state === 'ESTABLISHED') {
    tcp.setState('CLOSE-WAIT', 'rcv FIN')
    // Our own FIN may follow soon and carry the ACK.
    ack.pingpong = Math.max(ack.pingpong, PINGPONG_THRESHOLD)
  } else if (tcp.state === 'FIN-WAIT-1') {
    ack.pending |= ACK_NOW
    tcp.setState('CLOSING', 'rcv FIN')
  } else if (tcp.state === 'FIN-WAIT-2') {
    ack.pending |= ACK_NOW
    intents.timeWait = 'time-wait'
  }
  // Nothing can come after a FIN.
  for (let packet = outOfOrder.first; packet !== undefined; packet = packet.next) rcv.memory -= packet.charge
  outOfOrder.clear()
  const bothClosed = (tcp.shutdownBits & SEND_SHUTDOWN) !== 0
  intents.wake |= POLLIN | POLLRDNORM | POLLRDHUP | (bothClosed ? POLLHUP : 0)
}
