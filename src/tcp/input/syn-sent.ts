// RFC 9293 3.10.7.3: a segment in SYN-SENT. The SYN-ACK completes the active open; a bare SYN makes it simultaneous
// (MUST-10).

import { POLLOUT, POLLWRNORM } from '../../base/posix.ts'
import { INFINITE_SSTHRESH } from '../congestion/congestion-control.ts'
import * as seq from '../../base/seq.ts'
import { ACK, CWR, ECE, RST, SYN } from '../../wire/tcp.ts'
import { SLOW_PATH } from '../recovery/ack-flags.ts'
import { MAX_QUICK_ACKS } from '../tcb/ack-state.ts'
import { establish, initialiseReceiveMss } from '../tcb/establish.ts'
import { AccurateEcn, CE, ECN_MASK, aceOf, agreedByCode } from '../tcb/accurate-ecn.ts'
import { asksForEcn } from '../tcb/ecn.ts'
import { beginMtuSearch } from '../tcb/mtu-probe.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import type { Segment } from '../segment/segment.ts'
import { processAck } from './ack.ts'
import { takeFastSynAck } from './fast-open.ts'
import { MD5_OPTION_BYTES } from '../segment/signature.ts'
import { raiseQuickAcks, scheduleAck } from './answers.ts'
import { takeReset } from './reset-and-syn.ts'
import { processUrgent } from './urgent.ts'
import { takeData } from './data.ts'
import type { Verdict } from './verdict.ts'

export function synSentArrives(tcp: TcpSock, seg: Segment, now: number): Verdict {
  const { snd, env, loss } = tcp
  const hasAck = (seg.flags & ACK) !== 0
  if (hasAck) {
    // First: is the ACK of our SYN?
    if (seq.leq(seg.ack, snd.una) || seq.gt(seg.ack, snd.nxt)) {
      if (loss.retransmits === 0) tcp.timers.armRetransmit('rto', now + 1000)
      env.wantsReset = (seg.flags & RST) === 0
      return 'tcp-bad-ack'
    }
    if (isEchoUnknown(tcp, seg, now)) {
      env.namespace.mib.tcpExt.PAWSActive++
      env.wantsReset = (seg.flags & RST) === 0
      return 'tcp-paws'
    }
    if ((seg.flags & RST) !== 0) return takeReset(tcp)
    if ((seg.flags & SYN) === 0) return 'tcp-flags'
    return completeOpen(tcp, seg, now)
  }
  if ((seg.flags & RST) !== 0) return 'tcp-reset-ignored'
  if ((seg.flags & SYN) === 0) return 'tcp-flags'
  return simultaneousOpen(tcp, seg, now)
}

/** The echo must be a timestamp our SYN carried. */
function isEchoUnknown(tcp: TcpSock, seg: Segment, now: number): boolean {
  if (!seg.hasTimestamp || seg.tsEcr === 0) return false
  const echo = (seg.tsEcr - tcp.negotiated.tsOffset) | 0
  const first = Math.floor(tcp.synSentAt / 1000) | 0
  return ((echo - first) | 0) < 0 || ((echo - (Math.floor(now / 1000) | 0)) | 0) > 0
}

/** Options of the peer's SYN: what both offered holds (RFC 7323 2.2c, 3.2c, 3.2h, 3.2j). */
function takeSynOptions(tcp: TcpSock, seg: Segment, now: number): void {
  const { negotiated, snd, rcv, env } = tcp
  const signed = tcp.md5Key === undefined ? 0 : MD5_OPTION_BYTES
  negotiated.hasTimestamps = seg.hasTimestamp && env.sysctl.timestamps.value !== 0
  if (negotiated.hasTimestamps) {
    negotiated.tsRecent = seg.tsVal
    negotiated.tsRecentAt = Math.max(1, Math.floor(now / 1_000_000))
    negotiated.headerLen = 32 + signed
    rcv.advmss -= 12
  } else {
    negotiated.headerLen = 20 + signed
  }
  negotiated.hasSack = agreesOnSack(tcp, seg)
  negotiated.hasWscale = seg.wscale >= 0 && env.sysctl.windowScaling.value !== 0
  negotiated.sndWscale = negotiated.hasWscale ? seg.wscale : 0
  if (!negotiated.hasWscale) {
    negotiated.rcvWscale = 0
    rcv.clamp = Math.min(rcv.clamp, 65535)
  }
  // RFC 9293 MUST-15: no MSS option means 536 or 1220.
  const offered = seg.mss === 0 ? (tcp.flow.destination.family === 4 ? 536 : 1220) : seg.mss
  snd.mssClamp = snd.userMss > 0 ? Math.min(offered, snd.userMss) : offered
}

const agreesOnSack = (tcp: TcpSock, seg: Segment): boolean => seg.hasSackPermitted && tcp.env.sysctl.sack.value !== 0

function completeOpen(tcp: TcpSock, seg: Segment, now: number): Verdict {
  const { snd, rcv, intents } = tcp
  snd.wl1 = seg.seq
  // Before the ACK is judged: without SACK the state of a repeated SYN would outlast it.
  tcp.negotiated.hasSack = agreesOnSack(tcp, seg)
  processAck(tcp, seg, SLOW_PATH, now)
  rcv.nxt = seq.add(seg.seq, 1)
  rcv.irs = seg.seq
  rcv.wup = rcv.nxt
  // RFC 7323 2.2b: the window of a SYN is never scaled.
  snd.wnd = seg.wnd
  agreeOnEcn(tcp, seg)
  takeSynOptions(tcp, seg, now)
  snd.maxWnd = snd.wnd
  beginMtuSearch(tcp, now)
  tcp.env.syncMss(tcp)
  initialiseReceiveMss(tcp)
  rcv.copied = rcv.nxt
  tcp.setState('ESTABLISHED', 'rcv SYN,ACK')
  // A SYN that was repeated says nothing of the path's room (Linux).
  tcp.window.ssthresh = INFINITE_SSTHRESH
  establish(tcp, now)
  snd.lastSentAt = now
  tcp.namespace.ip.confirmNeighbour(tcp.flow)
  intents.wake |= POLLOUT | POLLWRNORM
  const wasFastOpen = tcp.fastOpen !== undefined && (tcp.fastOpen.sentOption || tcp.fastOpen.hasSynData)
  if (tcp.fastOpen === undefined || !takeFastSynAck(tcp, seg)) afterOpen(tcp, now)
  seg.seq = rcv.nxt
  // Text and FIN of a SYN-ACK will come again; only Fast Open's client takes them at once (Linux).
  if (wasFastOpen && seg.endSeq !== rcv.nxt) {
    processUrgent(tcp, seg)
    return takeData(tcp, seg, now)
  }
  return 'done'
}

/** RFC 9768 3.1.2, table 2; RFC 3168 6.1.1. */
function agreeOnEcn(tcp: TcpSock, seg: Segment): void {
  const { negotiated, ecn, env } = tcp
  tcp.accurate = undefined
  const answer = asksForEcn(tcp) === 'accurate' ? agreedByCode(aceOf(seg.flags)) : (seg.flags & (ECE | CWR)) === ECE ? 'classic' : 'none'
  negotiated.hasEcn = ecn.wasAsked && answer !== 'none'
  if (!negotiated.hasEcn || answer !== 'accurate') return
  const accurate = tcp.accurate = new AccurateEcn()
  accurate.answers = seg.trafficClass & ECN_MASK
  if (accurate.answers === CE) accurate.marksReceived++
  // Our SYN was marked on its way.
  if (aceOf(seg.flags) === 6) accurate.marksDelivered++
  accurate.sawOption = seg.ecnCounters >= 0
  accurate.isOptionDue = accurate.sawOption && env.sysctl.ecnOption.value > 0
}

/** The third segment of the handshake: at once, or delayed when data to carry it is there or the accept is deferred. */
function afterOpen(tcp: TcpSock, now: number): void {
  const { ack, intents } = tcp
  const hasData = tcp.sendQueue.unsent !== undefined
  if (hasData || tcp.fastOpen?.hasWriter === true || ack.pingpong > 0) {
    scheduleAck(tcp)
    raiseQuickAcks(tcp, MAX_QUICK_ACKS)
    ack.atoUs = 40_000
    intents.delayAckTo = now + 200_000
    intents.push = hasData
  } else {
    intents.answers++
  }
  tcp.touch()
}

function simultaneousOpen(tcp: TcpSock, seg: Segment, now: number): Verdict {
  const { snd, rcv, intents } = tcp
  takeSynOptions(tcp, seg, now)
  if (tcp.negotiated.hasTimestamps) rcv.advmss += 12
  rcv.nxt = seq.add(seg.seq, 1)
  rcv.irs = seg.seq
  rcv.copied = rcv.nxt
  rcv.wup = rcv.nxt
  snd.wnd = seg.wnd
  snd.wl1 = seg.seq
  snd.maxWnd = snd.wnd
  tcp.env.syncMss(tcp)
  initialiseReceiveMss(tcp)
  tcp.setState('SYN-RECEIVED', 'rcv SYN')
  tcp.isPassive = false
  intents.synAck = true
  tcp.touch()
  return 'done'
}
