// Reductions of the window: ssthresh from congestion control, then Proportional Rate Reduction (RFC 9937) on every ACK
// until recovery ends.

import type { CongestionState } from '../congestion/congestion-control.ts'
import { INFINITE_SSTHRESH } from '../congestion/congestion-control.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { UNA_ADVANCED } from './ack-flags.ts'

export function setCongestionState(tcp: TcpSock, state: CongestionState): void {
  const { window, control } = tcp
  control.onState?.(window, state)
  window.state = state
  if (tcp.namespace.trace.on) traceCongestion(tcp)
}

export function traceCongestion(tcp: TcpSock): void {
  const { namespace, window, loss, rtt } = tcp
  namespace.trace.emit({
    name: 'tcp-congestion', at: namespace.clock.now(), host: namespace.host, sock: tcp.id, cwnd: window.cwnd, ssthresh: window.ssthresh,
    pipe: loss.pipeSegs * window.smss, srttUs: rtt.srttUs8 / 8, state: window.state,
  })
}

export function isReducing(tcp: TcpSock): boolean { return tcp.window.state === 'cwr' || tcp.window.state === 'recovery' }

/** ssthresh to go back to when a reduction is undone. */
export function currentSsthresh(tcp: TcpSock): number {
  const { window } = tcp
  if (isReducing(tcp)) return window.ssthresh
  const threeQuarters = (Math.floor(window.cwndSegs / 2) + Math.floor(window.cwndSegs / 4)) * window.smss
  return Math.max(window.ssthresh, threeQuarters)
}

export function beginReduction(tcp: TcpSock): void {
  const { window, loss, control, snd } = tcp
  loss.highSeq = snd.nxt
  loss.isTlpOut = false
  window.cwndCount = 0
  window.priorCwnd = window.cwnd
  loss.prrDelivered = 0
  loss.prrOut = 0
  window.ssthreshSegs = control.ssthreshSegs(window)
  if (tcp.negotiated.hasEcn) tcp.ecn.owesCwr = true
}

/** RFC 9937 5 (RFC 8985 9.3b) for RFC 5681 3.2d, 4.3b and RFC 6675 5b, 5g: how much may be sent for what this ACK delivered. */
export function proportionalReduction(tcp: TcpSock, deliveredSegs: number, lostSegs: number, flags: number): void {
  const { window, loss } = tcp
  if (deliveredSegs <= 0 || window.priorCwnd === 0) return
  const inFlight = loss.pipeSegs
  const delta = window.ssthreshSegs - inFlight
  loss.prrDelivered += deliveredSegs
  let sendSegs: number
  if (delta < 0) {
    const priorSegs = window.priorCwnd / window.smss
    sendSegs = Math.floor((window.ssthreshSegs * loss.prrDelivered + priorSegs - 1) / priorSegs) - loss.prrOut
  } else {
    sendSegs = Math.max(loss.prrDelivered - loss.prrOut, deliveredSegs)
    if ((flags & UNA_ADVANCED) !== 0 && lostSegs === 0) sendSegs++
    sendSegs = Math.min(delta, sendSegs)
  }
  // The first retransmission always goes.
  sendSegs = Math.max(sendSegs, loss.prrOut === 0 ? 1 : 0)
  window.cwndSegs = inFlight + sendSegs
}

export function endReduction(tcp: TcpSock, now: number): void {
  const { window, loss, control } = tcp
  if (control.controlsWindow) return
  if (window.ssthresh < INFINITE_SSTHRESH && (window.state === 'cwr' || loss.hasUndo)) window.cwnd = window.ssthresh
  control.onEvent?.(window, 'complete-cwr', now, tcp.snd.lastSentAt)
}

/** A congestion mark, not a loss (RFC 3168 6.1.2), or a local queue that overflowed. */
export function enterCwr(tcp: TcpSock): void {
  const { window, loss } = tcp
  loss.priorSsthresh = 0
  if (window.state !== 'open' && window.state !== 'disorder') return
  loss.hasUndo = false
  beginReduction(tcp)
  setCongestionState(tcp, 'cwr')
}

/** From here on D-SACKs and timestamps may prove the reduction mistaken. */
export function beginUndo(tcp: TcpSock): void {
  const { loss, snd } = tcp
  loss.hasUndo = true
  loss.undoMarker = snd.una
  loss.undoRetransmits = loss.retransmittedSegs + (loss.isTlpOut && loss.isTlpRetransmit ? 1 : 0)
  // Zero would mean "all accounted for".
  if (loss.undoRetransmits === 0) loss.undoRetransmits = -1
}
