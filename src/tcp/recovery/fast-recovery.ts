// The congestion states and what an ACK does in each (RFC 5681 3.2, RFC 6582, RFC 6675 with RFC 8985's loss detection).

import type { SeqNumber } from '../../base/seq.ts'
import * as seq from '../../base/seq.ts'
import { onMtuProbeLost } from '../tcb/mtu-probe.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { DATA_SACKED, HAS_ECE, LOST_RETRANSMIT, ORIGINAL_ACKED, SACK_RENEGING, SET_TIMER, UNA_ADVANCED } from './ack-flags.ts'
import type { AckProgress } from '../segment/ack-progress.ts'
import { identifyLoss } from './loss-detection.ts'
import { beginReduction, beginUndo, currentSsthresh, endReduction, enterCwr, isReducing, setCongestionState } from './reduction.ts'
import { addRenoSacks, resetRenoSacks } from './reno-sacks.ts'
import { markTooLarge } from './simple-retransmit.ts'
import { anyRetransmitted, finishRecovery, keepOpen, undoByDsack, undoLoss, undoPartial } from './undo.ts'

const RENEGING_DELAY_MIN_US = 10_000

/** An ACK that is not plain progress. Leaves in `intents.recover` what output shall repeat. */
export function onDubiousAck(tcp: TcpSock, priorUna: SeqNumber, duplicates: number, progress: AckProgress, now: number): void {
  const { loss, window } = tcp
  if (loss.outSegs === 0 && loss.sackedSegs > 0) loss.sackedSegs = 0
  if ((progress.flags & HAS_ECE) !== 0) loss.priorSsthresh = 0
  if (checkReneging(tcp, progress, now)) return
  if (window.state === 'open') loss.retransmitAt = 0
  else if (seq.geq(tcp.snd.una, loss.highSeq) && leaveState(tcp, now)) return
  const mayGoOn = window.state === 'recovery'
    ? inRecovery(tcp, priorUna, duplicates, progress, now)
    : window.state === 'loss'
      ? inLoss(tcp, duplicates, progress, now)
      : beforeRecovery(tcp, duplicates, progress, now)
  if (mayGoOn) tcp.intents.recover = 'lost'
}

/** RFC 2018 8: the receiver dropped what it had SACKed. Give it a moment, then treat it as a time-out. */
function checkReneging(tcp: TcpSock, progress: AckProgress, now: number): boolean {
  if ((progress.flags & SACK_RENEGING) === 0 || (progress.flags & UNA_ADVANCED) === 0) return false
  tcp.timers.armRetransmit('rto', now + Math.max(Math.floor(tcp.rtt.srttUs8 / 16), RENEGING_DELAY_MIN_US))
  progress.flags &= ~SET_TIMER
  return true
}

/** What recovery began with is acknowledged (RFC 6675 5c). True: nothing more to decide. */
function leaveState(tcp: TcpSock, now: number): boolean {
  const { window, snd, loss } = tcp
  if (window.state === 'cwr') {
    // Held until something above is acknowledged, so that CWR reaches the receiver.
    if (snd.una !== loss.highSeq) {
      endReduction(tcp, now)
      setCongestionState(tcp, 'open')
    }
  } else if (window.state === 'recovery') {
    if (!tcp.negotiated.hasSack) resetRenoSacks(tcp)
    if (finishRecovery(tcp)) return true
    // RFC 5681 3.2e, 4.3c: the window comes down to ssthresh unless the reduction was just undone.
    endReduction(tcp, now)
  }
  return false
}

function inRecovery(tcp: TcpSock, priorUna: SeqNumber, duplicates: number, progress: AckProgress, now: number): boolean {
  const { window } = tcp
  if ((progress.flags & UNA_ADVANCED) === 0) {
    if (!tcp.negotiated.hasSack) addRenoSacks(tcp, duplicates)
  } else if (undoPartial(tcp, priorUna)) {
    return false
  }
  if (undoByDsack(tcp)) tryToOpen(tcp, progress.flags)
  identifyLoss(tcp, progress, now)
  if (window.state !== 'recovery') {
    if (!isTimeToRecover(tcp)) return false
    // Undo took the state back, and a real loss shows at once.
    enterRecovery(tcp, progress.flags)
  }
  return true
}

function inLoss(tcp: TcpSock, duplicates: number, progress: AckProgress, now: number): boolean {
  const { window } = tcp
  processLoss(tcp, duplicates, progress)
  identifyLoss(tcp, progress, now)
  if (!(window.state === 'open' || (progress.flags & LOST_RETRANSMIT) !== 0)) return false
  return beforeRecovery(tcp, duplicates, progress, now)
}

function beforeRecovery(tcp: TcpSock, duplicates: number, progress: AckProgress, now: number): boolean {
  const { window } = tcp
  if (!tcp.negotiated.hasSack) {
    if ((progress.flags & UNA_ADVANCED) !== 0) resetRenoSacks(tcp)
    addRenoSacks(tcp, duplicates)
  }
  if (window.state === 'open' || window.state === 'disorder') undoByDsack(tcp)
  identifyLoss(tcp, progress, now)
  if (!isTimeToRecover(tcp)) {
    tryToOpen(tcp, progress.flags)
    return false
  }
  const { mtuProbe, snd } = tcp
  if ((window.state === 'open' || window.state === 'disorder') && mtuProbe !== undefined && mtuProbe.probeSize > 0
    && snd.una === mtuProbe.probeStart) {
    onMtuProbeLost(tcp, mtuProbe)
    return markTooLarge(tcp, snd.mss)
  }
  enterRecovery(tcp, progress.flags)
  return true
}

/** RFC 5681 3.2b. What goes before it is limited transmit: duplicates leave the pipe (RFC 5681 3.2a, 3.2f, 3.2g, RFC 6675 5d). */
function isTimeToRecover(tcp: TcpSock): boolean { return tcp.loss.lostSegs > 0 }

/** RFC 6675 5a, RFC 5681 4.3: once for what is in flight now; a loss of what is sent later begins anew. */
export function enterRecovery(tcp: TcpSock, flags: number): void {
  const { loss } = tcp
  const { mib } = tcp.namespace
  // The clock of an earlier, finished episode says nothing of this one.
  if (loss.retransmitAt !== 0 && !anyRetransmitted(tcp)) loss.retransmitAt = 0
  if (tcp.negotiated.hasSack) mib.tcpExt.TCPSackRecovery++
  else mib.tcpExt.TCPRenoRecovery++
  loss.priorSsthresh = 0
  beginUndo(tcp)
  if (!isReducing(tcp)) {
    if ((flags & HAS_ECE) === 0) loss.priorSsthresh = currentSsthresh(tcp)
    beginReduction(tcp)
  }
  setCongestionState(tcp, 'recovery')
}

function tryToOpen(tcp: TcpSock, flags: number): void {
  if (!anyRetransmitted(tcp)) tcp.loss.retransmitAt = 0
  if ((flags & HAS_ECE) !== 0) enterCwr(tcp)
  if (tcp.window.state !== 'cwr') keepOpen(tcp)
}

/** After a time-out: F-RTO (RFC 5682 3.1) and slow-start retransmission. */
function processLoss(tcp: TcpSock, duplicates: number, progress: AckProgress): void {
  const { loss, snd, intents } = tcp
  const isRecovered = seq.geq(snd.una, loss.highSeq)
  if ((progress.flags & UNA_ADVANCED) !== 0 && undoLoss(tcp, false)) return
  if (loss.isFrto) {
    // Step 3.b: data never repeated was delivered, so the time-out was spurious.
    if ((progress.flags & ORIGINAL_ACKED) !== 0 && undoLoss(tcp, true)) return
    if (seq.gt(snd.nxt, loss.highSeq)) {
      if ((progress.flags & DATA_SACKED) !== 0 || duplicates > 0) loss.isFrto = false // step 3.a
    } else if ((progress.flags & UNA_ADVANCED) !== 0 && !isRecovered) {
      loss.highSeq = snd.nxt
      // Step 2.b: new data shall show whether the old is really lost.
      if (tcp.sendQueue.unsent !== undefined && seq.gt(seq.add(snd.una, snd.wnd), snd.nxt)) {
        intents.recover = 'new'
        return
      }
      loss.isFrto = false
    }
  }
  if (isRecovered) {
    finishRecovery(tcp)
    return
  }
  if (!tcp.negotiated.hasSack) {
    if (seq.gt(snd.nxt, loss.highSeq) && duplicates > 0) addRenoSacks(tcp, duplicates)
    else if ((progress.flags & UNA_ADVANCED) !== 0) resetRenoSacks(tcp)
  }
  intents.recover = 'lost'
}
