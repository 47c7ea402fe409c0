// Pacing (Linux: tcp_pacing_check, tcp_update_skb_after_send): a module that asks for it, SO_MAX_PACING_RATE, or a device
// whose queue is `fq`, spreads segments over time. Each charges the connection its length at the present rate; the next
// waits until that is spent.

import { PACING_TIMER } from '../tcb/timer-slots.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'

/** The first window goes at once. */
const UNPACED_SEGS = 10

export function isPaced(tcp: TcpSock): boolean { return tcp.window.needsPacing || tcp.options.maxPacingRate !== Infinity }

/** Too early for the next segment: the timer will say when. */
export function mustWait(tcp: TcpSock, now: number): boolean {
  if (tcp.nextSendAt <= now || !isPaced(tcp)) return false
  if (!tcp.timers.isArmed(PACING_TIMER)) tcp.timers.arm(PACING_TIMER, Math.ceil(tcp.nextSendAt))
  return true
}

/** `length` payload bytes went out now. A timer that came late is made up for, by half a segment's time at most. */
export function charge(tcp: TcpSock, length: number, now: number): void {
  if (tcp.flow.route?.device.pacesFlows === true) tcp.window.needsPacing = true
  if (!isPaced(tcp)) return
  const before = tcp.nextSendAt
  tcp.nextSendAt = Math.max(before, now)
  const rate = Math.min(tcp.bytesPerSecond === 0 ? Infinity : tcp.bytesPerSecond, tcp.options.maxPacingRate)
  if (rate === Infinity || rate === 0 || tcp.snd.dataSegsOut < UNPACED_SEGS) return
  const takesUs = (length * 1_000_000) / rate
  tcp.nextSendAt += takesUs - Math.min(takesUs / 2, tcp.nextSendAt - before)
}
