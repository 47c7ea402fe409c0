// Tail loss probes (RFC 8985 7): when to send one, and what its answer says. Sending is output/loss-probe.ts.

import type { SeqNumber } from '../../base/seq.ts'
import * as seq from '../../base/seq.ts'
import { isFastChild } from '../tcb/fast-open.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { DATA_SACKED, DSACK_OF_TLP, NOT_DUPLICATE, UNA_ADVANCED } from './ack-flags.ts'
import { TIMEOUT_MIN_US } from './loss-detection.ts'
import { beginReduction, endReduction, setCongestionState } from './reduction.ts'
import { keepOpen } from './undo.ts'

/** Microseconds until the head of the flight is due. */
export function untilRtoUs(tcp: TcpSock, now: number): number {
  const head = tcp.sendQueue.flightFirst
  return head === undefined ? tcp.rtt.rtoUs : head.sentAt + tcp.rtt.rtoUs - now
}

/**
 * RFC 8985 7.2, 7.2a: two round trips, more for one segment alone, a second where none was measured. Arms the probe if one may be
 * sent; false when the retransmission timer is to run instead.
 */
export function scheduleLossProbe(tcp: TcpSock, isAdvancing: boolean, now: number): boolean {
  const { loss, window, rtt, env } = tcp
  if (env.sysctl.earlyRetrans.value < 3 || loss.outSegs === 0 || !tcp.negotiated.hasSack) return false
  if ((window.state !== 'open' && window.state !== 'cwr') || isFastChild(tcp)) return false
  let waitUs = env.initialRtoUs
  if (rtt.srttUs8 !== 0) {
    waitUs = Math.floor(rtt.srttUs8 / 4)
    waitUs += loss.outSegs === 1 ? rtt.rtoMinUs : TIMEOUT_MIN_US
  }
  const rtoUs = isAdvancing ? rtt.rtoUs : untilRtoUs(tcp, now)
  if (rtoUs > 0) waitUs = Math.min(waitUs, rtoUs)
  tcp.timers.armRetransmit('loss probe', now + waitUs)
  return true
}

/** Does new data start the retransmission timer anew? Where nothing is in flight, or only a loss probe is timed. */
export function startsRto(tcp: TcpSock): boolean { return tcp.loss.outSegs === 0 || tcp.timers.kind === 'loss probe' }

/** Runs the retransmission timer for what is in flight, or stops it (RFC 6298 5.1-5.3, RFC 8985 7.3c, 8). */
export function rearmRto(tcp: TcpSock, now: number): void {
  const { loss, rtt, timers } = tcp
  // The timer still belongs to the SYN-ACK.
  if (isFastChild(tcp)) return
  if (loss.outSegs === 0) {
    timers.disarmRetransmit()
    return
  }
  let waitUs = rtt.rtoUs
  if (timers.kind === 'reordering' || timers.kind === 'loss probe') waitUs = Math.max(untilRtoUs(tcp, now), 1)
  timers.armRetransmit('rto', now + Math.min(waitUs, rtt.rtoMaxUs))
}

/** An ACK while a probe is out: did it hide a loss? (RFC 8985 7.4, 7.4.2) */
export function onAckOfProbe(tcp: TcpSock, ack: SeqNumber, flags: number, now: number): void {
  const { loss } = tcp
  if (seq.lt(ack, loss.tlpHighSeq)) return
  if (!loss.isTlpRetransmit || (flags & DSACK_OF_TLP) !== 0) {
    loss.isTlpOut = false
  } else if (seq.gt(ack, loss.tlpHighSeq)) {
    // The probe repaired a loss that no duplicate ACK ever showed: it counts as congestion.
    beginReduction(tcp)
    setCongestionState(tcp, 'cwr')
    endReduction(tcp, now)
    keepOpen(tcp)
    tcp.namespace.mib.tcpExt.TCPLossProbeRecovery++
  } else if ((flags & (UNA_ADVANCED | NOT_DUPLICATE | DATA_SACKED)) === 0) {
    loss.isTlpOut = false
  }
}
