// Spurious reductions are taken back: by D-SACK (RFC 3708), by timestamps (RFC 4015's response to RFC 3522's detection),
// by F-RTO (RFC 5682).

import type { SeqNumber } from '../../base/seq.ts'
import * as seq from '../../base/seq.ts'
import { EVER_RETRANSMITTED, LOST } from '../tcb/send-record.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { RECOVERIES_TO_FORGET } from './loss-detection.ts'
import { echoIsBefore } from './records.ts'
import { setCongestionState } from './reduction.ts'
import { checkReordering } from './selective-ack.ts'

function undoReduction(tcp: TcpSock, unmarkLoss: boolean): void {
  const { loss, window, control } = tcp
  if (unmarkLoss) {
    for (let record = tcp.sendQueue.flightFirst; record?.wasSent === true; record = record.next) {
      if ((record.marks & LOST) === 0) continue
      record.marks &= ~LOST
      // Loss detection had let go of it (Linux leaves it to the time-out). It may be lost all the same: seen when all that is out now is.
      if (!record.inSentList) tcp.sendQueue.markSent(record)
    }
    loss.lostSegs = 0
    loss.retransmitHint = undefined
  }
  if (loss.priorSsthresh !== 0) {
    window.cwndSegs = control.undoCwndSegs(window)
    if (loss.priorSsthresh > window.ssthresh) window.ssthresh = loss.priorSsthresh
  }
  loss.hasUndo = false
  // RACK looks at the flight again.
  loss.rackAdvanced = true
}

/** The ACK answers an original: its echo is older than the first retransmission, or nothing was ever repeated. */
function wasOnlyDelayed(tcp: TcpSock): boolean {
  const { loss } = tcp
  if (loss.retransmitAt !== 0) return echoIsBefore(tcp, loss.retransmitAt)
  // Without SACK the clock was stopped when all was acknowledged (renoMustWait): it proves nothing.
  if (!tcp.negotiated.hasSack && seq.geq(tcp.snd.una, loss.highSeq)) return false
  return tcp.state !== 'SYN-SENT'
}

function mayUndo(tcp: TcpSock): boolean { return tcp.loss.hasUndo && (tcp.loss.undoRetransmits === 0 || wasOnlyDelayed(tcp)) }

export function anyRetransmitted(tcp: TcpSock): boolean {
  if (tcp.loss.retransmittedSegs > 0) return true
  const head = tcp.sendQueue.flightFirst
  return head !== undefined && (head.marks & EVER_RETRANSMITTED) !== 0
}

/** RFC 6582 3.2 step 1: without SACK the old state holds until something above it is acknowledged. */
function renoMustWait(tcp: TcpSock): boolean {
  if (tcp.snd.una !== tcp.loss.highSeq || tcp.negotiated.hasSack) return false
  if (!anyRetransmitted(tcp)) tcp.loss.retransmitAt = 0
  return true
}

/** Everything up to recovery's start is acknowledged. True: stay in the old state. */
export function finishRecovery(tcp: TcpSock): boolean {
  const { loss, window } = tcp
  const { mib } = tcp.namespace
  if (mayUndo(tcp)) {
    undoReduction(tcp, false)
    if (window.state === 'loss') mib.tcpExt.TCPLossUndo++
    else mib.tcpExt.TCPFullUndo++
  } else if (loss.rackReorderPersist > 0) {
    loss.rackReorderPersist--
  }
  if (renoMustWait(tcp)) return true
  setCongestionState(tcp, 'open')
  loss.isReneging = false
  return false
}

export function undoByDsack(tcp: TcpSock): boolean {
  const { loss } = tcp
  if (!loss.hasUndo || loss.undoRetransmits !== 0) return false
  loss.rackReorderPersist = Math.min(RECOVERIES_TO_FORGET, loss.rackReorderPersist + 1)
  undoReduction(tcp, false)
  tcp.namespace.mib.tcpExt.TCPDSACKUndo++
  return true
}

/** A time-out that proves mistaken. True when undone. */
export function undoLoss(tcp: TcpSock, byFrto: boolean): boolean {
  const { loss } = tcp
  const { mib } = tcp.namespace
  if (!byFrto && !mayUndo(tcp)) return false
  undoReduction(tcp, true)
  mib.tcpExt.TCPLossUndo++
  if (byFrto) mib.tcpExt.TCPSpuriousRTOs++
  loss.retransmits = 0
  if (renoMustWait(tcp)) return true
  if (byFrto || tcp.negotiated.hasSack) {
    setCongestionState(tcp, 'open')
    loss.isReneging = false
  }
  return true
}

/** A partial ACK whose hole was filled by a delayed original. True: wait, retransmissions are still out. */
export function undoPartial(tcp: TcpSock, priorUna: SeqNumber): boolean {
  const { loss } = tcp
  if (!loss.hasUndo || !wasOnlyDelayed(tcp)) return false
  checkReordering(tcp, priorUna, true)
  if (loss.retransmittedSegs > 0) return true
  if (!anyRetransmitted(tcp)) loss.retransmitAt = 0
  undoReduction(tcp, true)
  tcp.namespace.mib.tcpExt.TCPPartialUndo++
  keepOpen(tcp)
  return false
}

/** Open, or Disorder while something is missing. */
export function keepOpen(tcp: TcpSock): void {
  const { loss, window, snd } = tcp
  const state = loss.sackedSegs + loss.lostSegs > 0 || anyRetransmitted(tcp) ? 'disorder' : 'open'
  if (window.state === state) return
  setCongestionState(tcp, state)
  loss.highSeq = snd.nxt
}
