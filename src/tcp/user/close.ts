// CLOSE and ABORT (RFC 9293 3.10.4, 3.10.5), shutdown, SO_LINGER, and the end of a listener.

import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP, SHUT_RD } from '../../base/posix.ts'
import type { Errno } from '../../base/errno.ts'
import * as seq from '../../base/seq.ts'
import type { SeqNumber } from '../../base/seq.ts'
import { ACK, RST } from '../../wire/tcp.ts'
import { RCV_SHUTDOWN, SEND_SHUTDOWN } from '../../sock/sock.ts'
import { DISSOLVED } from '../../sock/wait-queue.ts'
import { dropRequest } from '../listen/requests.ts'
import { EVERYTHING, discard, finish, releasePort, tooManyOrphans } from '../tcb/finish.ts'
import { enterTimeWait } from '../tcb/time-wait.ts'
import { KEEPALIVE_TIMER } from '../tcb/timer-slots.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { queueFin } from '../output/queue-fin.ts'
import { transmitEmpty } from '../output/transmit.ts'

/** Sends RST (RFC 9293 3.6.1: what was not delivered is lost, and the peer shall know). */
export function sendActiveReset(tcp: TcpSock, now: number): void {
  const { mib } = tcp.namespace
  mib.tcp.OutRsts++
  transmitEmpty(tcp, tcp.snd.nxt, RST | ACK, now)
}

/** The states in which our FIN is yet to go, and where it leads. */
function closeState(tcp: TcpSock): boolean {
  switch (tcp.state) {
    case 'SYN-RECEIVED':
    case 'ESTABLISHED': tcp.setState('FIN-WAIT-1', 'CLOSE'); return true
    case 'CLOSE-WAIT': tcp.setState('LAST-ACK', 'CLOSE'); return true
    default: return false
  }
}

export function shutdown(tcp: TcpSock, how: number, now: number): 0 | Errno {
  if (how < 0 || how > 2) return 'EINVAL'
  const bits = how + 1
  if (tcp.state === 'CLOSED') {
    // Unconnected: ENOTCONN, yet pollers are told (Linux).
    tcp.shutdownBits |= bits
    tell(tcp, POLLIN | POLLOUT | POLLHUP | POLLRDHUP)
    return 'ENOTCONN'
  }
  if (tcp.state === 'LISTEN') {
    if (how === 1) return 0
    stopListening(tcp, now)
    tcp.snd.written = afterDisconnect(tcp.snd.written, tcp.snd.maxWnd)
    // A port of the stack's choice goes with the listener; the socket may be bound anew (Linux: tcp_set_state).
    if (!tcp.portNamed) {
      releasePort(tcp)
    }
    tell(tcp, EVERYTHING)
    return 0
  }
  if (tcp.state === 'SYN-SENT') {
    // Linux treats it as a disconnect of what never was.
    finish(tcp, 'CLOSE')
    tell(tcp, POLLIN | POLLOUT | POLLHUP)
    return 0
  }
  tcp.shutdownBits |= bits
  // While the handshake is under way the FIN waits for its end (Linux; RFC 9293 3.10.4 lets it go at once).
  if (how !== SHUT_RD && tcp.state !== 'SYN-RECEIVED' && closeState(tcp)) queueFin(tcp, now)
  const both = tcp.shutdownBits === (RCV_SHUTDOWN | SEND_SHUTDOWN)
  tell(tcp, (how !== 1 ? POLLIN | POLLRDHUP : 0) | POLLOUT | (both ? POLLHUP : 0))
  return 0
}

/** Whoever waits at this end hears of it last: loopback has told the other end before the call returns (Linux). */
function tell(tcp: TcpSock, mask: number): void {
  const { intents, namespace } = tcp
  const owed = intents.wake
  intents.wake = 0
  namespace.deliverLocal()
  tcp.wake(mask | owed)
}

/** RST to every connection nobody accepted (behaviour 39). */
export function stopListening(tcp: TcpSock, now: number): void {
  const { listener, env } = tcp
  if (listener === undefined) return
  for (const request of [...listener.requests]) dropRequest(env, request)
  env.listeners.remove(tcp, tcp.localPort)
  env.ports.unlisten(tcp)
  for (const child of listener.acceptQueue.takeAll()) {
    child.orphaned = true
    child.parent = undefined
    if (child.state === 'CLOSED') discard(child)
    else abort(child, now)
  }
  tcp.listener = undefined
  tcp.shutdownBits = 0
  tcp.setState('CLOSED', 'CLOSE')
}

function abort(tcp: TcpSock, now: number): void {
  sendActiveReset(tcp, now)
  finish(tcp, 'abort')
}

/** RFC 9293 3.10.5: no RST before the handshake, nor once both sides have closed (with all that was written sent). */
function abortResets({ state, snd }: TcpSock): boolean {
  return state === 'CLOSING' || state === 'LAST-ACK' ? snd.nxt !== snd.written : state !== 'SYN-SENT' && state !== 'TIME-WAIT'
}

/** Where the numbers of the next connection begin: beyond all that this one may have sent (Linux: tcp_disconnect). */
export function afterDisconnect(written: SeqNumber, maxWnd: number): SeqNumber {
  const next = seq.add(written, maxWnd + 2)
  return seq.toInt32(next) === 0 ? seq.seqOf(1) : next
}

/** connect to AF_UNSPEC (behaviour 41): RST to the peer, and the sock is fresh again. */
export function disconnect(tcp: TcpSock, now: number): void {
  if (tcp.state === 'LISTEN') {
    stopListening(tcp, now)
  } else if (tcp.state !== 'CLOSED') {
    if (abortResets(tcp)) sendActiveReset(tcp, now)
    tcp.error = 'ECONNRESET'
    finish(tcp, 'abort')
  }
  tcp.receiveQueue.clear()
  tcp.outOfOrder.clear()
  tcp.rcv.memory = 0
  tcp.rcv.urgent = 'none'
  // Also when there was nothing to dissolve: an edge for those who watch.
  tell(tcp, POLLERR | DISSOLVED)
}

/** The last descriptor is gone: nothing can be read any more (RFC 9293 MAY-1). */
export function close(tcp: TcpSock, now: number): void {
  const { mib } = tcp.namespace
  tcp.shutdownBits = RCV_SHUTDOWN | SEND_SHUTDOWN
  if (tcp.state === 'LISTEN') {
    stopListening(tcp, now)
    tcp.wake(EVERYTHING)
  }
  const hadUnread = tcp.receiveQueue.bytes > 0
  tcp.receiveQueue.clear()
  tcp.rcv.memory = 0
  if (tcp.state === 'CLOSED') {
    orphan(tcp)
    return
  }
  orphanLater(tcp)
  if (hadUnread) {
    // RFC 9293 SHLD-3, behaviour 35.
    mib.tcpExt.TCPAbortOnClose++
    sendActiveReset(tcp, now)
    finish(tcp, 'abort')
  } else if (tcp.lingerOn && tcp.lingerSeconds === 0) {
    mib.tcpExt.TCPAbortOnData++
    if (abortResets(tcp)) sendActiveReset(tcp, now)
    finish(tcp, 'abort')
  } else if (tcp.state === 'SYN-SENT') {
    finish(tcp, 'CLOSE')
  } else if (closeState(tcp)) {
    queueFin(tcp, now)
  }
  settleOrphan(tcp, now)
  endSurplusOrphan(tcp, now)
}

/** Whoever opens and leaves connections by the thousand must not fill memory with them (Linux: tcp_check_oom). */
function endSurplusOrphan(tcp: TcpSock, now: number): void {
  if (tcp.state === 'CLOSED' || !tooManyOrphans(tcp)) return
  tcp.namespace.mib.tcpExt.TCPAbortOnMemory++
  abort(tcp, now)
}

function orphan(tcp: TcpSock): void {
  tcp.orphaned = true
  tcp.env.ports.unbind(tcp)
  discard(tcp)
}

function orphanLater(tcp: TcpSock): void {
  tcp.orphaned = true
  tcp.isOrphanCounted = true
  tcp.env.orphanCount++
}

/** An orphan in FIN-WAIT-2 waits for the FIN only so long (behaviour 10). */
function settleOrphan(tcp: TcpSock, now: number): void {
  if (tcp.state !== 'FIN-WAIT-2') return
  const { connection, env, rtt } = tcp
  if (connection.linger2Seconds < 0) {
    sendActiveReset(tcp, now)
    env.namespace.mib.tcpExt.TCPAbortOnLinger++
    finish(tcp, 'abort')
    return
  }
  const seconds = connection.linger2Seconds === 0 ? env.sysctl.finTimeout.value : connection.linger2Seconds
  const waitUs = Math.max(seconds * 1_000_000, rtt.rtoUs * 3.5)
  if (waitUs > 60_000_000) tcp.timers.arm(KEEPALIVE_TIMER, now + waitUs - 60_000_000)
  else enterTimeWait(tcp, waitUs)
}
