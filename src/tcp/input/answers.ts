// Answers that input asks for: challenge ACKs (RFC 5961 7) and ACKs to segments outside the window, both limited so that
// two stacks cannot keep answering each other.

import * as seq from '../../base/seq.ts'
import { SYN } from '../../wire/tcp.ts'
import { ACK_SCHEDULED, ATO_MIN_US, MAX_QUICK_ACKS } from '../tcb/ack-state.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import type { Segment } from '../segment/segment.ts'

export type SkippedCounter = 'TCPACKSkippedPAWS' | 'TCPACKSkippedSeq' | 'TCPACKSkippedChallenge' | 'TCPACKSkippedSynRecv'

function isLimited(tcp: TcpSock, counter: SkippedCounter, now: number): boolean {
  const { ack, env } = tcp
  if (ack.lastInvalidAt !== 0 && now - ack.lastInvalidAt < env.sysctl.invalidRatelimit.value * 1000) {
    env.namespace.mib.tcpExt[counter]++
    return true
  }
  ack.lastInvalidAt = now === 0 ? 1 : now
  return false
}

export function challenge(tcp: TcpSock, now: number): void {
  if (isLimited(tcp, 'TCPACKSkippedChallenge', now)) return
  if (!tcp.env.mayChallenge(now)) return
  tcp.namespace.mib.tcpExt.TCPChallengeACK++
  tcp.intents.answers++
  tcp.touch()
}

/** A segment that is not acceptable draws an ACK (RFC 9293 3.10.7.4 step 1); data always, others sparingly. */
export function answerUnacceptable(tcp: TcpSock, seg: Segment, counter: SkippedCounter, now: number): void {
  const isData = seg.seq !== seg.endSeq && (seg.flags & SYN) === 0
  if (!isData && isLimited(tcp, counter, now)) return
  if (seg.endSeq !== seg.seq && seq.lt(seg.seq, tcp.rcv.nxt)) {
    tcp.namespace.mib.tcpExt.DelayedACKLost++
    enterQuickAck(tcp, MAX_QUICK_ACKS)
    setDsack(tcp, seg.seq, seq.earlier(seg.endSeq, tcp.rcv.nxt))
  }
  tcp.intents.answers++
  tcp.touch()
}

export function scheduleAck(tcp: TcpSock): void {
  tcp.ack.pending |= ACK_SCHEDULED
  tcp.intents.ack = true
  tcp.touch()
}

/** ACK each of the next segments at once; at most half a window of them. */
export function raiseQuickAcks(tcp: TcpSock, most: number): void {
  const { rcv, ack } = tcp
  const wanted = Math.min(Math.floor(rcv.wnd / (2 * rcv.mssEstimate)) || 2, most)
  if (wanted > ack.quick) ack.quick = wanted
}

export function enterQuickAck(tcp: TcpSock, most: number): void {
  raiseQuickAcks(tcp, most)
  tcp.ack.pingpong = 0
  tcp.ack.atoUs = ATO_MIN_US
}

/** RFC 2883: the next ACK reports that these octets came twice. */
export function setDsack(tcp: TcpSock, left: typeof tcp.rcv.nxt, right: typeof tcp.rcv.nxt): void {
  const { ack, env, negotiated } = tcp
  if (!negotiated.hasSack || env.sysctl.dsack.value === 0) return
  const { mib } = env.namespace
  if (seq.lt(left, tcp.rcv.nxt)) mib.tcpExt.TCPDSACKOldSent++
  else mib.tcpExt.TCPDSACKOfoSent++
  ack.hasDsack = true
  ack.dsackStart = seq.toInt32(left)
  ack.dsackEnd = seq.toInt32(right)
}

export function extendDsack(tcp: TcpSock, left: typeof tcp.rcv.nxt, right: typeof tcp.rcv.nxt): void {
  const { ack } = tcp
  if (!ack.hasDsack) return setDsack(tcp, left, right)
  const start = seq.seqOf(ack.dsackStart)
  const end = seq.seqOf(ack.dsackEnd)
  if (seq.leq(left, end) && seq.geq(right, start)) {
    ack.dsackStart = seq.toInt32(seq.earlier(start, left))
    ack.dsackEnd = seq.toInt32(seq.later(end, right))
  }
}
