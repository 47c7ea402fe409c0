// RFC 9293 3.10.8: which time-out it was.

import { DELAYED_ACK_TIMER, KEEPALIVE_TIMER, PACING_TIMER, RETRANSMIT_TIMER } from '../tcb/timer-slots.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { onDelayedAckTimeout } from './delayed-ack.ts'
import { onKeepaliveTimeout } from './keepalive.ts'
import { onPacingTimeout } from './pacing.ts'
import { onPersistTimeout } from './persist.ts'
import { onLossProbeTimeout, onReorderingTimeout, onRetransmitTimeout } from './retransmit.ts'

export function onTimeout(tcp: TcpSock, slot: number, now: number): void {
  if (tcp.state === 'CLOSED' || tcp.state === 'LISTEN') return
  if (tcp.namespace.trace.on) traceTimer(tcp, slot, now)
  if (slot === DELAYED_ACK_TIMER) onDelayedAckTimeout(tcp, now)
  else if (slot === KEEPALIVE_TIMER) onKeepaliveTimeout(tcp, now)
  else if (slot === PACING_TIMER) onPacingTimeout(tcp, now)
  else if (slot === RETRANSMIT_TIMER) onRetransmitSlot(tcp, now)
}

function onRetransmitSlot(tcp: TcpSock, now: number): void {
  const { kind } = tcp.timers
  if (kind === 'reordering') onReorderingTimeout(tcp, now)
  else if (kind === 'loss probe') onLossProbeTimeout(tcp, now)
  else if (kind === 'rto') {
    tcp.timers.kind = 'idle'
    onRetransmitTimeout(tcp, now)
  } else if (kind === 'persist') {
    tcp.timers.kind = 'idle'
    onPersistTimeout(tcp, now)
  }
}

function traceTimer(tcp: TcpSock, slot: number, now: number): void {
  const names = [tcp.timers.kind, 'delayed ACK', 'keep-alive', 'pacing']
  const { namespace } = tcp
  namespace.trace.emit({ name: 'timer', at: now, host: namespace.host, sock: tcp.id, action: 'fired', timer: names[slot], dueAt: now })
}
