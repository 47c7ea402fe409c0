// Step 1 of RFC 9293 3.10.7.4: is the segment in the window, and by PAWS (RFC 7323 5) not a ghost of an earlier round?

import type { DropReason } from '../../base/drop-reason.ts'
import * as seq from '../../base/seq.ts'
import { ACK, FIN, RST, SYN } from '../../wire/tcp.ts'
import { windowLeft } from '../tcb/receive-space.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import type { Segment } from '../segment/segment.ts'
import { answerUnacceptable } from './answers.ts'
import { challengeSyn, isResetAtFin, takeReset } from './reset-and-syn.ts'

const PAWS_IDLE_S = 24 * 24 * 3600
/** TSval may run back this much when the peer's clock ticks coarsely (Linux: TCP_PAWS_WINDOW). */
const PAWS_SLACK = 1
/** How far back the stamp of a reordered ACK may lie, in time-outs (Linux: tcp_tsval_replay). */
const REPLAY_RTOS = 1.2

export function checkSequence(tcp: TcpSock, seg: Segment, now: number): DropReason | undefined {
  const isReset = (seg.flags & RST) !== 0
  // RFC 7323 5.2, 5.2b: a reset is judged by its number alone.
  if (isPawsReject(tcp, seg, now) && !isReset) {
    if ((seg.flags & SYN) !== 0) return challengeSyn(tcp, now)
    if (isOvertakenAck(tcp, seg)) {
      tcp.namespace.mib.tcpExt.PAWSOldAck++
      return 'tcp-paws'
    }
    tcp.namespace.mib.tcpExt.PAWSEstab++
    answerUnacceptable(tcp, seg, 'TCPACKSkippedPAWS', now)
    return 'tcp-paws'
  }
  if (isInWindow(tcp, seg)) return undefined
  if (!isReset && (seg.flags & SYN) === 0 && !seq.lt(seg.endSeq, tcp.rcv.wup)) tcp.namespace.mib.tcpExt.BeyondWindow++
  // RFC 5961 3.2a.
  if (isReset) return isResetAtFin(tcp, seg) ? takeReset(tcp) : 'tcp-outside-window'
  if ((seg.flags & SYN) !== 0) return challengeSyn(tcp, now)
  answerUnacceptable(tcp, seg, 'TCPACKSkippedSeq', now)
  return 'tcp-outside-window'
}

/** RFC 9293 MUST-66: at a zero window what carries no data is in it, so RST, URG and ACK are still processed. */
function isInWindow(tcp: TcpSock, seg: Segment): boolean {
  if (seq.lt(seg.endSeq, tcp.rcv.wup)) return false
  const edge = seq.add(tcp.rcv.nxt, windowLeft(tcp))
  // A FIN may reach one past a closed window.
  if (seq.leq(seq.add(seg.endSeq, -(seg.flags & FIN)), edge)) return true
  // Beyond the edge in part: taken only as long as nothing else waits to be read (Linux 6.17).
  return seq.leq(seg.seq, edge) && tcp.receiveQueue.first === undefined
}

/** RFC 7323 5.3; a segment without a timestamp passes (RFC 7323 3.2d, and so not 3.2e). */
function isPawsReject(tcp: TcpSock, seg: Segment, now: number): boolean {
  const { negotiated, rcv } = tcp
  if (!negotiated.hasTimestamps || !seg.hasTimestamp || negotiated.tsRecentAt === 0) return false
  if (((negotiated.tsRecent - seg.tsVal) | 0) <= PAWS_SLACK) return false
  // RFC 7323 5.5: after 24 days TS.Recent says nothing.
  if (now / 1_000_000 - negotiated.tsRecentAt >= PAWS_IDLE_S) return false
  // A reordered pure ACK that repeats what is known is no ghost (RFC 7323 appendix, as Linux).
  const isDisorderedAck = (seg.flags & (ACK | SYN | RST)) === ACK && seg.seq === seg.endSeq && seg.seq === rcv.nxt
    && seg.ack === tcp.snd.una
    && seg.wnd * (1 << negotiated.sndWscale) === tcp.snd.wnd
    && ((negotiated.tsRecent - seg.tsVal) | 0) <= tcp.rtt.rtoUs / 1000 * REPLAY_RTOS
  return !isDisorderedAck
}

/** A pure ACK that data behind it overtook: common, no sign of a ghost, and no reason for a duplicate ACK (Linux since 6.14). */
function isOvertakenAck(tcp: TcpSock, seg: Segment): boolean {
  return (seg.flags & ACK) !== 0 && seg.seq === seg.endSeq && seq.lt(seg.seq, tcp.rcv.nxt)
}

/** RFC 7323 4.3, 4.3a, 4.3c: TS.Recent follows segments that do not lie beyond what was last acknowledged. */
export function updateTsRecent(tcp: TcpSock, seg: Segment, now: number): void {
  const { negotiated, rcv } = tcp
  if (!seg.hasTimestamp || !negotiated.hasTimestamps || seq.gt(seg.seq, rcv.wup)) return
  // Without the slack: whoever may go back by one may go back for ever.
  const isNewer = ((negotiated.tsRecent - seg.tsVal) | 0) <= 0 || now / 1_000_000 - negotiated.tsRecentAt >= PAWS_IDLE_S
  if (!isNewer && negotiated.tsRecentAt !== 0) return
  negotiated.tsRecent = seg.tsVal
  negotiated.tsRecentAt = Math.max(1, Math.floor(now / 1_000_000))
}
