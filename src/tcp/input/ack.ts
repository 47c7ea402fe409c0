// Step 5 of RFC 9293 3.10.7.4: the acknowledgement, the window, and what they say of the network.

import type { DropReason } from '../../base/drop-reason.ts'
import type { SeqNumber } from '../../base/seq.ts'
import * as seq from '../../base/seq.ts'
import { ECE, SYN } from '../../wire/tcp.ts'
import {
  ALERT, DATA_ACKED, DSACKING, FORWARD_PROGRESS, HAS_DATA, HAS_ECE, MAYBE_DELAYED, NOT_DUPLICATE, NO_CHALLENGE, SET_TIMER, SLOW_PATH,
  UNA_ADVANCED, UPDATE_TS_RECENT, WINDOW_UPDATED,
} from '../recovery/ack-flags.ts'
import type { AckProgress } from '../segment/ack-progress.ts'
import { removeAcknowledged } from '../recovery/acknowledge.ts'
import { makeSample } from '../recovery/delivery-rate.ts'
import { onDubiousAck } from '../recovery/fast-recovery.ts'
import { updateReorderWindow } from '../recovery/loss-detection.ts'
import { highestSackedSeq } from '../recovery/records.ts'
import { isReducing, proportionalReduction } from '../recovery/reduction.ts'
import { takeSacks } from '../recovery/selective-ack.ts'
import { onAckOfProbe, rearmRto, scheduleLossProbe } from '../recovery/tail-loss-probe.ts'
import { newMarks } from '../tcb/accurate-ecn.ts'
import { payloadLen } from '../tcb/send-queue.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { probeWithinUserTimeout } from '../tcb/user-timeout.ts'
import type { Segment } from '../segment/segment.ts'
import { updateTsRecent } from './acceptability.ts'
import { challenge } from './answers.ts'
import { notePredictable } from './receive-memory.ts'

/** `new`: processed. `old`: says nothing new. Otherwise why it is unacceptable. */
export type AckVerdict = 'new' | 'old' | DropReason

export function processAck(tcp: TcpSock, seg: Segment, callFlags: number, now: number): AckVerdict {
  const { snd, loss, env } = tcp
  const priorUna = snd.una
  const { ack } = seg
  const { progress } = env
  progress.reset()
  progress.flags = callFlags
  if (seq.lt(ack, priorUna)) return onOldAck(tcp, seg, progress, now)
  if (seq.gt(ack, snd.nxt)) {
    if ((callFlags & NO_CHALLENGE) === 0) challenge(tcp, now)
    return 'tcp-ack-beyond-sent'
  }
  if (seq.gt(ack, priorUna)) {
    progress.flags |= UNA_ADVANCED
    loss.retransmits = 0
  }
  const priorHighest = tcp.negotiated.hasSack ? highestSackedSeq(tcp) : snd.una
  const priorInFlight = loss.pipeSegs
  const priorOut = loss.outSegs
  const priorDelivered = loss.delivered
  const priorLost = loss.totalLost
  if ((progress.flags & UPDATE_TS_RECENT) !== 0) updateTsRecent(tcp, seg, now)
  takeWindow(tcp, seg, priorUna, progress, now)
  tcp.softError = undefined
  loss.probesOut = 0
  tcp.lastReceivedAt = now
  if (priorOut === 0) {
    afterAckOfNothing(tcp, seg, priorUna, progress, now)
    return 'new'
  }
  removeAcknowledged(tcp, priorUna, priorHighest, progress, now)
  const marks = takeMarks(tcp, seg, progress, loss.delivered - priorDelivered)
  updateReorderWindow(tcp, progress.priorDelivered)
  if (loss.isTlpOut) onAckOfProbe(tcp, ack, progress.flags, now)
  if (isDubious(tcp, progress.flags)) onDubiousAck(tcp, priorUna, duplicateCount(seg, progress.flags), progress, now)
  if ((progress.flags & SET_TIMER) !== 0 && !scheduleLossProbe(tcp, true, now)) rearmRto(tcp, now)
  if ((progress.flags & FORWARD_PROGRESS) !== 0 || (progress.flags & NOT_DUPLICATE) === 0) env.namespace.ip.confirmNeighbour(tcp.flow)
  controlCongestion(tcp, progress, loss.delivered - priorDelivered, loss.totalLost - priorLost, priorInFlight, marks, now)
  tcp.intents.push = true
  tcp.touch()
  return 'new'
}

/** AccECN's feedback, of an ACK that says something new; -1 where it was not negotiated. */
function takeMarks(tcp: TcpSock, seg: Segment, progress: AckProgress, deliveredSegs: number): number {
  const { accurate } = tcp
  if (accurate === undefined) return -1
  if ((progress.flags & FORWARD_PROGRESS) === 0 || tcp.state === 'SYN-RECEIVED') return 0
  const marks = newMarks(tcp, accurate, seg, deliveredSegs)
  if (marks > 0) progress.flags |= HAS_ECE
  return marks
}

/** Window and SACK information, or just the window when nothing unusual is about. */
function takeWindow(tcp: TcpSock, seg: Segment, priorUna: SeqNumber, progress: AckProgress, now: number): void {
  const { snd } = tcp
  if ((progress.flags & (SLOW_PATH | UNA_ADVANCED)) === UNA_ADVANCED) {
    snd.wl1 = seg.seq
    advanceUna(tcp, seg.ack)
    progress.flags |= WINDOW_UPDATED
    return
  }
  if (seg.seq !== seg.endSeq) progress.flags |= HAS_DATA
  updateWindow(tcp, seg, progress)
  if (seg.sackCount > 0 && tcp.negotiated.hasSack) takeSacks(tcp, seg, priorUna, progress, now)
  if ((seg.flags & (ECE | SYN)) === ECE && tcp.negotiated.hasEcn && tcp.accurate === undefined) progress.flags |= HAS_ECE
}

function advanceUna(tcp: TcpSock, ack: SeqNumber): void {
  const { snd } = tcp
  snd.bytesAcked += seq.diff(ack, snd.una)
  snd.una = ack
}

/** RFC 9293 3.10.7.4: newer by SEG.SEQ, or SEG.ACK, or a larger window of the same. It may shrink (MUST-34). */
function updateWindow(tcp: TcpSock, seg: Segment, progress: AckProgress): void {
  const { snd, negotiated } = tcp
  // RFC 7323 2.3b.
  const wnd = seg.wnd * (1 << negotiated.sndWscale)
  const isNewer = seq.gt(seg.ack, snd.una) || seq.gt(seg.seq, snd.wl1) || (seg.seq === snd.wl1 && (wnd > snd.wnd || wnd === 0))
  if (isNewer) {
    progress.flags |= WINDOW_UPDATED
    snd.wl1 = seg.seq
    if (snd.wnd !== wnd) {
      snd.wnd = wnd
      tcp.rcv.isPredictable = false
      notePredictable(tcp)
      if (tcp.sendQueue.unsent !== undefined) tcp.intents.checkIdle = true
      if (wnd > snd.maxWnd) {
        snd.maxWnd = wnd
        tcp.intents.syncMss = true
      }
    }
  }
  advanceUna(tcp, seg.ack)
}

function isDubious(tcp: TcpSock, flags: number): boolean {
  return (flags & NOT_DUPLICATE) === 0 || (flags & ALERT) !== 0 || tcp.window.state !== 'open'
}

/** RFC 5681 2: neither data nor window nor progress. A super-segment stands for several. */
function duplicateCount(seg: Segment, flags: number): number {
  if ((flags & (UNA_ADVANCED | NOT_DUPLICATE | DSACKING)) !== 0) return 0
  return (flags & HAS_DATA) !== 0 ? 1 : Math.max(1, seg.segs)
}

function afterAckOfNothing(tcp: TcpSock, seg: Segment, priorUna: SeqNumber, progress: AckProgress, now: number): void {
  if ((progress.flags & DSACKING) !== 0) onDubiousAck(tcp, priorUna, duplicateCount(seg, progress.flags), progress, now)
  ackProbe(tcp, now)
  if (tcp.loss.isTlpOut) onAckOfProbe(tcp, seg.ack, progress.flags, now)
  tcp.intents.push = true
  tcp.touch()
}

/** RFC 9293 MUST-37: an answered probe keeps the connection; an open window ends probing. */
function ackProbe(tcp: TcpSock, now: number): void {
  const { snd, rtt, timers } = tcp
  const head = tcp.sendQueue.unsent
  if (head === undefined) return
  const isOpen = seq.leq(seq.add(head.seq, Math.min(payloadLen(head), snd.mss)), seq.add(snd.una, snd.wnd))
  if (isOpen && seq.leq(head.endSeq, seq.add(snd.una, snd.wnd))) {
    rtt.backoff = 0
    tcp.loss.probesAt = 0
    timers.disarmRetransmit()
  } else if (timers.kind === 'idle' || timers.kind === 'persist') {
    timers.armRetransmit('persist', now + probeWithinUserTimeout(tcp, probeWaitUs(tcp), now))
  }
}

/** RFC 9293 SHLD-29, SHLD-30. */
export function probeWaitUs(tcp: TcpSock): number {
  const { rtt } = tcp
  return Math.min(Math.max(rtt.rtoUs, rtt.rtoMinUs) * 2 ** Math.min(rtt.backoff, 20), rtt.rtoMaxUs)
}

function onOldAck(tcp: TcpSock, seg: Segment, progress: AckProgress, now: number): AckVerdict {
  const { snd } = tcp
  // RFC 9293 MAY-12, RFC 5961 5.2: further back than the window ever reached cannot be honest.
  const reach = Math.min(snd.maxWnd, snd.bytesAcked)
  if (seq.lt(seg.ack, seq.add(snd.una, -reach))) {
    if ((progress.flags & NO_CHALLENGE) === 0) challenge(tcp, now)
    return 'tcp-old-ack'
  }
  if (seg.sackCount > 0 && tcp.negotiated.hasSack) {
    takeSacks(tcp, seg, snd.una, progress, now)
    onDubiousAck(tcp, snd.una, 0, progress, now)
    tcp.touch()
  }
  return 'old'
}

function controlCongestion(tcp: TcpSock, progress: AckProgress, deliveredSegs: number, lostSegs: number, priorInFlight: number,
  marks: number, now: number): void {
  const { window, control, env } = tcp
  makeSample(tcp, progress, now, deliveredSegs, lostSegs, priorInFlight)
  const { sample } = env
  sample.isAckDelayed = (progress.flags & MAYBE_DELAYED) !== 0
  sample.deliveredCeSegs = marks >= 0 ? marks : (progress.flags & HAS_ECE) !== 0 ? deliveredSegs : 0
  if (sample.deliveredCeSegs > 0) {
    tcp.loss.deliveredCe += sample.deliveredCeSegs
    env.namespace.mib.tcpExt.TCPDeliveredCE += sample.deliveredCeSegs
  }
  sample.ecnEcho = (progress.flags & HAS_ECE) !== 0
  sample.ackedBytes = deliveredSegs * tcp.snd.mss
  control.onPacketsAcked?.(window, sample)
  if (control.controlsWindow) {
    control.onSample?.(window, sample)
    if (window.pacingRate > 0) tcp.bytesPerSecond = Math.min(window.pacingRate, tcp.options.maxPacingRate)
    return
  }
  if (isReducing(tcp)) {
    proportionalReduction(tcp, deliveredSegs, lostSegs, progress.flags)
    tcp.snd.cwndStampAt = now
  } else if (mayRaise(tcp, progress.flags) && deliveredSegs > 0) {
    control.onAck(window, sample)
    tcp.snd.cwndStampAt = now
  }
  tcp.intents.updateRate = true
}

function mayRaise(tcp: TcpSock, flags: number): boolean {
  const reorders = tcp.loss.reorderingSegs > tcp.env.sysctl.reordering.value
  return (flags & (reorders ? FORWARD_PROGRESS : DATA_ACKED)) !== 0
}
