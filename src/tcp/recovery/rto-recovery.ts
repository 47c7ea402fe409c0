// A retransmission time-out (RFC 6298 5.4-5.6, RFC 6675 5.1): the flight is taken for lost and the window goes to one segment, while
// F-RTO (RFC 5682) watches whether that was right.

import type { SendRecord } from '../tcb/send-record.ts'
import { SACKED } from '../tcb/send-record.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import * as seq from '../../base/seq.ts'
import { rackRemainingUs } from './loss-detection.ts'
import { markLost } from './records.ts'
import { beginUndo, currentSsthresh, setCongestionState } from './reduction.ts'
import { resetRenoSacks } from './reno-sacks.ts'

export function enterLoss(tcp: TcpSock, now: number): void {
  const { loss, window, snd, env, control } = tcp
  const isNew = window.state !== 'recovery' && window.state !== 'loss'
  markFlightLost(tcp, now)
  const isEarly = window.state === 'open' || window.state === 'disorder'
  if (isEarly || seq.leq(loss.highSeq, snd.una) || (window.state === 'loss' && loss.retransmits === 0)) {
    loss.priorSsthresh = currentSsthresh(tcp)
    window.priorCwnd = window.cwnd
    window.ssthreshSegs = control.ssthreshSegs(window)
    control.onEvent?.(window, 'loss', now, snd.lastSentAt)
    beginUndo(tcp)
  }
  // RFC 5681 3.1e.
  window.cwndSegs = loss.pipeSegs + 1
  window.cwndCount = 0
  // Many duplicates came and yet the clock ran out: reordering was overestimated.
  if (isEarly && loss.sackedSegs >= loss.reorderingSegs) loss.reorderingSegs = Math.min(loss.reorderingSegs, env.sysctl.reordering.value)
  setCongestionState(tcp, 'loss')
  loss.highSeq = snd.nxt
  loss.isTlpOut = false
  loss.isFrto = env.sysctl.frto.value !== 0 && (isNew || loss.retransmits > 0)
}

/** RFC 6675 5.1, 5.1a, 5.1b, but what was sent a moment ago waits (RFC 8985 6.3). */
function markFlightLost(tcp: TcpSock, now: number): void {
  const { loss, sendQueue } = tcp
  const head = sendQueue.flightFirst
  const isReneging = head !== undefined && (head.marks & SACKED) !== 0
  if (isReneging) {
    tcp.namespace.mib.tcpExt.TCPSACKReneging++
    loss.sackedSegs = 0
    loss.isReneging = true
  } else if (!tcp.negotiated.hasSack) {
    resetRenoSacks(tcp)
  }
  for (let record: SendRecord | undefined = head; record?.wasSent === true; record = record.next) {
    if (isReneging) record.marks &= ~SACKED
    else if (record !== head && tcp.negotiated.hasSack && rackRemainingUs(tcp, record, 0, now) > 0) continue // sent a moment ago
    markLost(tcp, record)
  }
  loss.retransmitHint = undefined
}
