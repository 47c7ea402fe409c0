// The end of a batch, once a sock (RFC 9293 MUST-58, MUST-59; RFC 5681 4.2e): what input asked for is done in Linux's order: repeat what
// is lost, send what may go, acknowledge, then tell sleepers.

import { POLLOUT, POLLWRNORM } from '../../base/posix.ts'
import { ACK, SYN } from '../../wire/tcp.ts'
import { SEND_SHUTDOWN } from '../../sock/sock.ts'
import { ACK_SCHEDULED, ACK_TIMER } from '../tcb/ack-state.ts'
import { stopChrono } from '../tcb/chrono.ts'
import { DELAYED_ACK_TIMER } from '../tcb/timer-slots.ts'
import { expandSendBuffer, isWorthWaking } from '../tcb/send-space.ts'
import { enterTimeWait } from '../tcb/time-wait.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { ackCheck, sendAck } from './ack-policy.ts'
import { push, restartAfterIdle } from './next-segment.ts'
import { repeatFastSynAck } from './fast-open.ts'
import { queueFin } from './queue-fin.ts'
import { recover } from './retransmit.ts'
import { syncMss, updateRate } from './segment-size.ts'
import { transmitRecord } from './transmit.ts'

export function flush(tcp: TcpSock, now: number): void {
  const { intents } = tcp
  intents.isQueued = false
  if (tcp.state !== 'CLOSED' && tcp.state !== 'LISTEN') work(tcp, now)
  intents.push = false
  intents.ack = false
  intents.answers = 0
  intents.recover = 'no'
  const mask = intents.wake
  intents.wake = 0
  if (mask !== 0) tcp.wake(mask)
}

function work(tcp: TcpSock, now: number): void {
  const { intents } = tcp
  if (intents.synAck) answerSyn(tcp, now)
  if (intents.updateRate) {
    intents.updateRate = false
    updateRate(tcp)
  }
  if (intents.checkIdle) {
    intents.checkIdle = false
    restartAfterIdle(tcp, now)
  }
  if (intents.syncMss) {
    intents.syncMss = false
    syncMss(tcp, tcp.snd.pathMtu)
  }
  if (intents.recover !== 'no') recover(tcp, intents.recover, now)
  intents.recover = 'no'
  if (intents.established) {
    intents.established = false
    // A close that came before the handshake was done.
    if ((tcp.shutdownBits & SEND_SHUTDOWN) !== 0 && tcp.state === 'ESTABLISHED') {
      tcp.setState('FIN-WAIT-1', 'CLOSE')
      queueFin(tcp, now)
    }
  }
  if (intents.splitAck) sendSplitAck(tcp, now)
  for (; intents.answers > 0; intents.answers--) sendAck(tcp, now)
  if (intents.push && tcp.sendQueue.unsent !== undefined) push(tcp, now)
  if (intents.delayAckTo !== 0) delayHandshakeAck(tcp)
  else if (intents.ack) ackCheck(tcp, now)
  if (tcp.wantsWriteWake) offerRoom(tcp, now)
  if (intents.timeWait !== 'no') closeDown(tcp, now)
}

/** Writers wait for room: the buffer follows the window, and they are told once a third of it is free. */
function offerRoom(tcp: TcpSock, now: number): void {
  if (tcp.loss.pipeSegs < tcp.window.cwndSegs) expandSendBuffer(tcp)
  if (!isWorthWaking(tcp)) return
  tcp.wantsWriteWake = false
  stopChrono(tcp, 'sndbuf', now)
  tcp.intents.wake |= POLLOUT | POLLWRNORM
}

/** Data that will carry the handshake's ACK is expected within 200 ms. */
function delayHandshakeAck(tcp: TcpSock): void {
  const { ack, intents, timers } = tcp
  if ((ack.pending & ACK_SCHEDULED) !== 0) {
    ack.pending |= ACK_TIMER
    ack.timeoutAt = intents.delayAckTo
    timers.arm(DELAYED_ACK_TIMER, ack.timeoutAt)
  }
  intents.delayAckTo = 0
}

function sendSplitAck(tcp: TcpSock, now: number): void {
  const { rcv, ecn, intents, ack } = tcp
  const { nxt } = rcv
  const { owesEcho } = ecn
  const { pending } = ack
  intents.splitAck = false
  rcv.nxt = intents.splitAckSeq
  ecn.owesEcho = intents.splitAckEcho
  sendAck(tcp, now)
  rcv.nxt = nxt
  ecn.owesEcho = owesEcho
  ack.pending = pending
}

/** Simultaneous open: our SYN again, as SYN-ACK (RFC 9293 3.5). */
function answerSyn(tcp: TcpSock, now: number): void {
  tcp.intents.synAck = false
  const pending = tcp.fastOpen?.request
  if (pending !== undefined) {
    repeatFastSynAck(tcp, pending, now)
    return
  }
  const record = tcp.sendQueue.first
  if (record === undefined || (record.flags & SYN) === 0) return
  record.flags |= ACK
  tcp.synAckSentAt = now
  transmitRecord(tcp, record, tcp.snd.mss, now)
}

function closeDown(tcp: TcpSock, now: number): void {
  const { intents } = tcp
  const kind = intents.timeWait
  intents.timeWait = 'no'
  if ((tcp.ack.pending & ACK_SCHEDULED) !== 0) sendAck(tcp, now)
  enterTimeWait(tcp, kind === 'fin-wait-2' ? intents.timeWaitMs * 1000 : 0)
}
