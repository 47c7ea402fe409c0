// RFC 9293 3.10.7: what a segment does to a connection, step by step in the RFC's order. Nothing is sent from here; the
// sock's intents say what output shall do when the batch is over (MUST-58, MUST-59).

import { POLLOUT, POLLWRNORM } from '../../base/posix.ts'
import * as seq from '../../base/seq.ts'
import { ACK, FIN, RST, SYN } from '../../wire/tcp.ts'
import { RCV_SHUTDOWN, SEND_SHUTDOWN } from '../../sock/sock.ts'
import { NO_CHALLENGE, SLOW_PATH, UPDATE_TS_RECENT } from '../recovery/ack-flags.ts'
import { takeRttSample } from '../recovery/acknowledge.ts'
import { countMarks, takeThirdAck } from '../tcb/accurate-ecn.ts'
import { establish, initialiseReceiveMss } from '../tcb/establish.ts'
import { isFastChild } from '../tcb/fast-open.ts'
import { failWith, finish } from '../tcb/finish.ts'
import { KEEPALIVE_TIMER } from '../tcb/timer-slots.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import type { Segment } from '../segment/segment.ts'
import { checkSequence } from './acceptability.ts'
import { processAck } from './ack.ts'
import { challenge } from './answers.ts'
import { takeData } from './data.ts'
import { predictHeader } from './header-prediction.ts'
import { checkFastChild, completeFastChild } from './fast-open.ts'
import { measureRttByTimestamp } from './receive-rtt.ts'
import { checkReset, checkSyn } from './reset-and-syn.ts'
import { synSentArrives } from './syn-sent.ts'
import { processUrgent } from './urgent.ts'
import type { Verdict } from './verdict.ts'

const TIME_WAIT_MS = 60_000

/** `seg.packet` starts at the payload. The caller drops or releases the packet unless it was kept. */
export function segmentArrives(tcp: TcpSock, seg: Segment, now: number): Verdict {
  if (cameTooFar(tcp, seg, tcp.flow.destination.family === 4)) return 'tcp-min-ttl'
  tcp.rcv.segsIn += seg.segs
  if (seg.len > 0) tcp.rcv.dataSegsIn += seg.segs
  if (tcp.state === 'ESTABLISHED') return predictHeader(tcp, seg, now) ?? establishedArrives(tcp, seg, now)
  if (tcp.state === 'SYN-SENT') return synSentArrives(tcp, seg, now)
  if (tcp.state === 'CLOSED') return 'tcp-closed'
  if ((seg.flags & (ACK | RST | SYN)) === 0) return 'tcp-flags'
  return checkFastChild(tcp, seg, now) ?? checkAcceptable(tcp, seg, now) ?? otherStateArrives(tcp, seg, now)
}

/** RFC 5082 3: the generalised TTL security mechanism. */
export function cameTooFar({ inet }: TcpSock, seg: Segment, isVersion4: boolean): boolean {
  return (inet.minTtl | inet.minHopCount) !== 0 && seg.hopLimit < (isVersion4 ? inet.minTtl : inet.minHopCount)
}

function checkAcceptable(tcp: TcpSock, seg: Segment, now: number): Verdict | undefined {
  return checkSequence(tcp, seg, now)  // 1
    ?? checkReset(tcp, seg, now)       // 2
    ?? checkSyn(tcp, seg, now)         // 4
}

function establishedArrives(tcp: TcpSock, seg: Segment, now: number): Verdict {
  if ((seg.flags & (ACK | RST | SYN)) === 0) return 'tcp-flags'
  const refused = checkAcceptable(tcp, seg, now)
  if (refused !== undefined) return refused
  if (tcp.accurate !== undefined) countMarks(tcp, tcp.accurate, seg)
  const verdict = processAck(tcp, seg, SLOW_PATH | UPDATE_TS_RECENT, now) // 5
  if (verdict !== 'new' && verdict !== 'old') return verdict
  measureRttByTimestamp(tcp, seg, now)
  processUrgent(tcp, seg)                                                  // 6
  return wantsOutput(tcp, takeData(tcp, seg, now))                         // 7, 8
}

/** Whatever came, the window may now allow more, and an ACK may be due. */
function wantsOutput(tcp: TcpSock, verdict: Verdict): Verdict {
  tcp.intents.push = true
  tcp.intents.ack = true
  tcp.touch()
  return verdict
}

function otherStateArrives(tcp: TcpSock, seg: Segment, now: number): Verdict {
  if (tcp.accurate !== undefined) {
    countMarks(tcp, tcp.accurate, seg)
    if (tcp.state === 'SYN-RECEIVED') takeThirdAck(tcp.accurate, seg)
  }
  const verdict = processAck(tcp, seg, SLOW_PATH | UPDATE_TS_RECENT | NO_CHALLENGE, now)
  if (verdict !== 'new') {
    if (tcp.state === 'SYN-RECEIVED') {
      tcp.env.wantsReset = true
      return 'tcp-bad-ack'
    }
    if (verdict !== 'old') {
      challenge(tcp, now)
      return verdict
    }
  }
  const closing = advanceState(tcp, seg, now)
  if (closing !== undefined) return closing
  processUrgent(tcp, seg)
  return takeText(tcp, seg, now)
}

/** What the acknowledgement of our SYN or FIN changes. */
function advanceState(tcp: TcpSock, seg: Segment, now: number): Verdict | undefined {
  if (tcp.state === 'FIN-WAIT-1' && isFastChild(tcp)) completeFastChild(tcp, now)
  const isFinAcked = tcp.snd.una === tcp.snd.written && tcp.sendQueue.first === undefined
  if (tcp.state === 'SYN-RECEIVED') enterEstablished(tcp, seg, now)
  else if (tcp.state === 'FIN-WAIT-1' && isFinAcked) return enterFinWait2(tcp, seg, now)
  else if (tcp.state === 'CLOSING' && isFinAcked) {
    tcp.intents.timeWait = 'time-wait'
    tcp.touch()
    return 'done'
  } else if (tcp.state === 'LAST-ACK' && isFinAcked) {
    finish(tcp, 'rcv ACK of FIN')
    return 'done'
  }
  return undefined
}

/** The handshake is complete on the passive side, or both sides opened at once. */
function enterEstablished(tcp: TcpSock, seg: Segment, now: number): void {
  const { snd, rcv, negotiated, loss, intents } = tcp
  loss.delivered++
  if (tcp.rtt.srttUs8 === 0 && tcp.synAckSentAt !== 0) takeRttSample(tcp, now - tcp.synAckSentAt, now - tcp.synAckSentAt, false, now)
  if (negotiated.hasTimestamps) rcv.advmss -= 12
  loss.retransmitAt = 0
  // The window's first word sizes segments before the search for a larger MTU begins (Linux: tcp_init_transfer).
  if (intents.syncMss) {
    intents.syncMss = false
    tcp.env.syncMss(tcp)
  }
  if (isFastChild(tcp)) {
    completeFastChild(tcp, now)
  } else {
    establish(tcp, now)
    rcv.copied = rcv.nxt
  }
  tcp.setState('ESTABLISHED', 'rcv ACK of SYN')
  tcp.timers.disarm(KEEPALIVE_TIMER)
  intents.wake |= POLLOUT | POLLWRNORM
  snd.una = seg.ack
  snd.wnd = seg.wnd * (1 << negotiated.sndWscale)
  snd.wl1 = seg.seq
  snd.lastSentAt = now
  intents.updateRate = true
  intents.established = true
  initialiseReceiveMss(tcp)
  tcp.touch()
}

function enterFinWait2(tcp: TcpSock, seg: Segment, now: number): Verdict | undefined {
  tcp.setState('FIN-WAIT-2', 'rcv ACK of FIN')
  tcp.shutdownBits |= SEND_SHUTDOWN
  // A lingering close waits for this.
  tcp.intents.wake |= POLLOUT
  tcp.touch()
  if (!tcp.orphaned) return undefined
  const { linger2Seconds } = tcp.connection
  const hasNewData = seg.seq !== seg.endSeq && seq.gt(seq.add(seg.endSeq, (seg.flags & FIN) !== 0 ? -1 : 0), tcp.rcv.nxt)
  if (linger2Seconds < 0 || hasNewData) {
    tcp.namespace.mib.tcpExt.TCPAbortOnData++
    if (hasNewData) tcp.env.wantsReset = true
    finish(tcp, 'abort')
    return 'tcp-closed'
  }
  const finTimeMs = finTime(tcp)
  if (finTimeMs > TIME_WAIT_MS) tcp.timers.arm(KEEPALIVE_TIMER, now + (finTimeMs - TIME_WAIT_MS) * 1000)
  else if ((seg.flags & FIN) !== 0) tcp.timers.arm(KEEPALIVE_TIMER, now + finTimeMs * 1000)
  else {
    tcp.intents.timeWait = 'fin-wait-2'
    tcp.intents.timeWaitMs = finTimeMs
    tcp.touch()
    return 'done'
  }
  return undefined
}

/** How long an orphan waits for the peer's FIN (tcp_fin_timeout, TCP_LINGER2), at least 3.5 RTO. */
export function finTime(tcp: TcpSock): number {
  const seconds = tcp.connection.linger2Seconds === 0 ? tcp.env.sysctl.finTimeout.value : tcp.connection.linger2Seconds
  const { rtoUs } = tcp.rtt
  return Math.max(seconds * 1000, (rtoUs * 4 - rtoUs / 2) / 1000)
}

function takeText(tcp: TcpSock, seg: Segment, now: number): Verdict {
  const { state, rcv } = tcp
  const isLate = state === 'CLOSE-WAIT' || state === 'CLOSING' || state === 'LAST-ACK'
  if (isLate && seq.geq(seg.seq, rcv.nxt)) return wantsOutput(tcp, 'done')
  // RFC 9293 3.6.1 SHLD-3: data for a reader that is gone draws RST.
  const dataEnd = seq.add(seg.endSeq, (seg.flags & FIN) !== 0 ? -1 : 0)
  if (state !== 'ESTABLISHED' && (tcp.shutdownBits & RCV_SHUTDOWN) !== 0 && seg.seq !== seg.endSeq && seq.gt(dataEnd, rcv.nxt)) {
    tcp.namespace.mib.tcpExt.TCPAbortOnData++
    tcp.env.wantsReset = true
    failWith(tcp, 'ECONNRESET', 'abort')
    return 'tcp-closed'
  }
  return wantsOutput(tcp, takeData(tcp, seg, now))
}
