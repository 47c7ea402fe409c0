// Steps 2 and 4 of RFC 9293 3.10.7.4 with RFC 5961: only an exact RST resets (3.2b), any other draws a challenge (RFC 5961 3.2b, 3.2c),
// and so does a SYN (RFC 5961 4.2).

import type { DropReason } from '../../base/drop-reason.ts'
import type { Errno } from '../../base/errno.ts'
import * as seq from '../../base/seq.ts'
import { ACK, RST, SYN } from '../../wire/tcp.ts'
import { suspectReset } from '../tcb/fast-open.ts'
import { failWith } from '../tcb/finish.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import type { Segment } from '../segment/segment.ts'
import { challenge } from './answers.ts'

/** RFC 9293 SHLD-2: whatever it carries. */
export function checkReset(tcp: TcpSock, seg: Segment, now: number): DropReason | 'done' | undefined {
  if ((seg.flags & RST) === 0) return undefined
  if (seg.seq === tcp.rcv.nxt || isResetAtFin(tcp, seg) || isAtHighestSack(tcp, seg)) return takeReset(tcp)
  if (tcp.fastOpen !== undefined) suspectReset(tcp, now)
  challenge(tcp, now)
  return 'tcp-reset-ignored'
}

/** A peer that forgot us counts its own FIN as not received. */
export function isResetAtFin(tcp: TcpSock, seg: Segment): boolean {
  return seg.seq === seq.add(tcp.rcv.nxt, -1) && (tcp.state === 'CLOSE-WAIT' || tcp.state === 'LAST-ACK' || tcp.state === 'CLOSING')
}

/** RFC 5961 3.2 with data missing: the right edge of what we SACKed is as good as RCV.NXT. */
function isAtHighestSack(tcp: TcpSock, seg: Segment): boolean {
  const { sacks, sackCount } = tcp.outOfOrder
  if (!tcp.negotiated.hasSack || sackCount === 0) return false
  let highest = seq.seqOf(sacks[1])
  for (let i = 1; i < sackCount; i++) highest = seq.later(highest, seq.seqOf(sacks[2 * i + 1]))
  return seg.seq === highest
}

/** The connection is reset. RFC 9293 MUST-12: the application learns that it was not closed normally. */
export function takeReset(tcp: TcpSock): DropReason {
  const error: Errno = tcp.state === 'SYN-SENT' ? 'ECONNREFUSED' : tcp.state === 'CLOSE-WAIT' ? 'EPIPE' : 'ECONNRESET'
  if (tcp.state === 'CLOSED') return 'tcp-closed'
  failWith(tcp, error, 'rcv RST')
  return 'tcp-closed'
}

export function checkSyn(tcp: TcpSock, seg: Segment, now: number): DropReason | undefined {
  if ((seg.flags & SYN) === 0) return undefined
  // The SYN-ACK of a simultaneous open repeats the SYN we have.
  const isCrossed = tcp.state === 'SYN-RECEIVED' && (seg.flags & ACK) !== 0 && seq.add(seg.seq, 1) === seg.endSeq && seg.endSeq === tcp.rcv.nxt
    && seg.ack === tcp.snd.nxt
  return isCrossed ? undefined : challengeSyn(tcp, now)
}

/** RFC 5961 4.2: whether the SYN is in the window or not. */
export function challengeSyn(tcp: TcpSock, now: number): DropReason {
  tcp.namespace.mib.tcpExt.TCPSYNChallenge++
  challenge(tcp, now)
  return 'tcp-syn-in-window'
}
