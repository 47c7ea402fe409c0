// When an acknowledgement goes: at once, delayed, or with data (RFC 5681 4.2, 4.2f, RFC 9293 3.8.6.3), in Linux's two modes.

import * as seq from '../../base/seq.ts'
import { ACK } from '../../wire/tcp.ts'
import {
  ACK_NOW, ACK_PUSHED, ACK_PUSHED_AGAIN, ACK_SCHEDULED, ACK_TIMER, ATO_MIN_US, DELAYED_ACK_MAX_US, DELAYED_ACK_MIN_US,
} from '../tcb/ack-state.ts'
import { DELAYED_ACK_TIMER } from '../tcb/timer-slots.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { RCV_SHUTDOWN } from '../../sock/sock.ts'
import { offerableWindow, shouldAnnounceWindow, unacknowledgedBytes } from './receive-window.ts'
import { transmitEmpty } from './transmit.ts'

/** SND.NXT, or the right edge when the window was shrunk past it by more than rounding (RFC 9293 SHLD-15, RFC 7323 2.4). */
export function acceptableSeq(tcp: TcpSock): typeof tcp.snd.nxt {
  const { snd, negotiated } = tcp
  const edge = seq.add(snd.una, snd.wnd)
  if (!seq.lt(edge, snd.nxt) || (negotiated.hasWscale && seq.diff(snd.nxt, edge) < (1 << negotiated.sndWscale))) return snd.nxt
  return edge
}

export function sendAck(tcp: TcpSock, now: number): void {
  if (tcp.state === 'CLOSED') return
  if (transmitEmpty(tcp, acceptableSeq(tcp), ACK, now)) return
  // No memory for 60 bytes: try again soon.
  const { ack, timers } = tcp
  ack.pending |= ACK_SCHEDULED | ACK_TIMER
  ack.atoUs = ATO_MIN_US
  ack.timeoutAt = now + DELAYED_ACK_MAX_US
  timers.arm(DELAYED_ACK_TIMER, ack.timeoutAt)
}

/** The end of a batch: does the ACK owed go now, or does the timer run? */
export function ackCheck(tcp: TcpSock, now: number): void {
  const { ack, rcv, options } = tcp
  if ((ack.pending & ACK_SCHEDULED) === 0) return
  // RFC 9293 SHLD-19, RFC 5681 4.2a: at least every second full-sized segment, unless reading will move the window anyway.
  const secondSegment = unacknowledgedBytes(tcp) > rcv.mssEstimate
    && (seq.diff(rcv.nxt, rcv.copied) < options.receiveLowWater || offerableWindow(tcp) >= rcv.wnd)
  const isQuick = ack.quick > 0 && !ack.isInteractive
  // RFC 9293 MAY-13, RFC 5681 4.2c, 4.2d: what came out of order is answered at once.
  if (secondSegment || isQuick || (ack.pending & ACK_NOW) !== 0 || !tcp.outOfOrder.isEmpty) sendAck(tcp, now)
  else delayAck(tcp, now)
}

/** RFC 9293 SHLD-18. */
export function delayAck(tcp: TcpSock, now: number): void {
  const { ack, rtt, timers } = tcp
  let atoUs = ack.atoUs
  if (atoUs > DELAYED_ACK_MIN_US) {
    let most = 500_000
    if (ack.isInteractive || (ack.pending & ACK_PUSHED) !== 0) most = DELAYED_ACK_MAX_US
    if (rtt.srttUs8 !== 0) most = Math.min(most, Math.max(Math.floor(rtt.srttUs8 / 8), DELAYED_ACK_MIN_US))
    atoUs = Math.min(atoUs, most)
  }
  atoUs = Math.min(atoUs, DELAYED_ACK_MAX_US)
  let timeoutAt = now + atoUs
  if ((ack.pending & ACK_TIMER) !== 0) {
    if (ack.timeoutAt <= now + Math.floor(atoUs / 4)) {
      sendAck(tcp, now)
      return
    }
    timeoutAt = Math.min(timeoutAt, ack.timeoutAt)
  }
  ack.pending |= ACK_SCHEDULED | ACK_TIMER
  ack.timeoutAt = timeoutAt
  timers.arm(DELAYED_ACK_TIMER, timeoutAt)
}

/** After the application read `copied` bytes. */
export function ackAfterRead(tcp: TcpSock, copied: number, now: number): void {
  const { ack, rcv } = tcp
  let isDue = false
  if ((ack.pending & ACK_SCHEDULED) !== 0) {
    const emptied = copied > 0 && rcv.memory === 0
    isDue = unacknowledgedBytes(tcp) > rcv.mssEstimate
      || (emptied && ((ack.pending & ACK_PUSHED_AGAIN) !== 0 || ((ack.pending & ACK_PUSHED) !== 0 && !ack.isInteractive)))
  }
  if (!isDue && copied > 0 && (tcp.shutdownBits & RCV_SHUTDOWN) === 0) isDue = shouldAnnounceWindow(tcp)
  if (isDue) sendAck(tcp, now)
}
