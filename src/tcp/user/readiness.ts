// poll on a TCP sock (Linux: tcp_poll; behaviours 33-43).

import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDHUP, POLLRDNORM, POLLWRNORM } from '../../base/posix.ts'
import * as seq from '../../base/seq.ts'
import { RCV_SHUTDOWN, SEND_SHUTDOWN } from '../../sock/sock.ts'
import { isFastChild } from '../tcb/fast-open.ts'
import { isWritable } from '../tcb/send-space.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'

const BOTH = RCV_SHUTDOWN | SEND_SHUTDOWN

export function readiness(tcp: TcpSock): number {
  const { state, shutdownBits } = tcp
  if (state === 'LISTEN') return (tcp.listener?.acceptQueue.length ?? 0) > 0 ? POLLIN | POLLRDNORM : 0
  let mask = 0
  if (shutdownBits === BOTH || state === 'CLOSED') mask |= POLLHUP
  if ((shutdownBits & RCV_SHUTDOWN) !== 0) mask |= POLLIN | POLLRDNORM | POLLRDHUP
  if (state !== 'SYN-SENT' && (state !== 'SYN-RECEIVED' || isFastChild(tcp))) mask |= dataReadiness(tcp)
  // The write that sends the SYN is welcome.
  else if (tcp.fastOpen?.isDeferred === true) mask |= POLLOUT | POLLWRNORM
  if (tcp.error !== undefined || (tcp.errorQueue?.length ?? 0) > 0) mask |= POLLERR
  return mask
}

function dataReadiness(tcp: TcpSock): number {
  const { rcv, options } = tcp
  let mask = 0
  let wanted = options.receiveLowWater
  // The urgent octet does not count unless it is inline.
  const untilUrgent = rcv.urgent === 'here' || rcv.urgent === 'read' ? seq.diff(rcv.urgentSeq, rcv.copied) : -1
  if (untilUrgent === 0 && !options.oobInline) wanted++
  const available = tcp.receiveQueue.bytes
  if (available > 0 && (available >= wanted || tcp.isDone)) mask |= POLLIN | POLLRDNORM
  if ((tcp.shutdownBits & SEND_SHUTDOWN) === 0) {
    if (isWritable(tcp)) mask |= POLLOUT | POLLWRNORM
    else tcp.wantsWriteWake = true
  } else {
    mask |= POLLOUT | POLLWRNORM
  }
  if (rcv.urgent === 'here') mask |= POLLPRI
  return mask
}
