// Accurate ECN (RFC 9768): instead of one echo a round trip the receiver counts marks, packets in the three flags AE, CWR,
// ECE (the ACE field), bytes in an option. What a connection counts, and how the numbers are coded.

import { SYN } from '../../wire/tcp.ts'
import type { Segment } from '../segment/segment.ts'
import { ACK_NOW } from './ack-state.ts'
import type { TcpSock } from './tcp-sock.ts'

/** The two bits of the IP header. */
export const ECN_MASK = 3
export const ECT1 = 1
export const ECT0 = 2
export const CE = 3

export const ACE_SHIFT = 6
const ACE_MASK = 7
/** Counters of packets begin at 5, so that a zero tells of a path that clears the flags (3.2.1). */
const PACKETS_OFFSET = 5
/** Those of bytes with ECT(0) and ECT(1) at 1 (3.2.1). */
const BYTES_OFFSET = 1
/** As many marks may wait for an ACK; more and the three bits would wrap unseen. */
const MOST_PENDING = 6
/** Bytes after which the option is sent again: its counters have 24 bits. */
const OPTION_EVERY_BYTES = 1 << 21
export const ACCURATE_OPTION_BYTES = 12

/** The ACE field by which a SYN-ACK, or the last segment of the handshake, tells the codepoint it answers (table 3). */
const HANDSHAKE_CODES: readonly number[] = [2, 3, 4, 6]

export class AccurateEcn {
  /** Marked packets and bytes by codepoint that arrived: ECT(1), ECT(0), CE. */
  marksReceived = 0
  marksPending = 0
  ect1Bytes = 0
  ect0Bytes = 0
  ceBytes = 0
  lastCodepoint = -1
  /** Of ours that arrived marked, as the peer says. */
  marksDelivered = 0
  ceBytesDelivered = 0
  ect0BytesDelivered = 0
  ect1BytesDelivered = 0
  /** The last segment of the handshake answers the SYN-ACK's codepoint; -1 once it went. */
  answers = -1
  /** The peer's option was seen; ours is due; bytes counted since it went. */
  sawOption = false
  isOptionDue = false
  bytesSinceOption = 0
  /** The path clears the field: what the peer says cannot be trusted, nothing of ours is marked (3.2.2.1). */
  isFieldCleared = false
}

export function handshakeCode(codepoint: number): number { return HANDSHAKE_CODES[codepoint & ECN_MASK] << ACE_SHIFT }

export function aceOf(flags: number): number { return (flags >> ACE_SHIFT) & ACE_MASK }

/** The flags of a segment sent now. */
export function aceFlags(accurate: AccurateEcn): number {
  const { answers } = accurate
  if (answers >= 0) {
    accurate.answers = -1
    return handshakeCode(answers)
  }
  accurate.marksPending = 0
  return ((accurate.marksReceived + PACKETS_OFFSET) & ACE_MASK) << ACE_SHIFT
}

/** The flags that a segment without news carries: header prediction knows them. */
export function expectedAce(accurate: AccurateEcn): number { return ((accurate.marksDelivered + PACKETS_OFFSET) & ACE_MASK) << ACE_SHIFT }

/** An acceptable segment arrived with this codepoint. A change is told at once (3.2.2.5.1). */
export function countMarks(tcp: TcpSock, accurate: AccurateEcn, seg: Segment): void {
  const codepoint = seg.trafficClass & ECN_MASK
  if (codepoint === CE) {
    accurate.marksReceived += seg.segs
    accurate.marksPending += seg.segs
    if (accurate.marksPending >= MOST_PENDING) tcp.ack.pending |= ACK_NOW
  }
  if (seg.len === 0) return
  if (codepoint === CE) accurate.ceBytes += seg.len
  else if (codepoint === ECT0) accurate.ect0Bytes += seg.len
  else if (codepoint === ECT1) accurate.ect1Bytes += seg.len
  accurate.bytesSinceOption += seg.len
  if (accurate.lastCodepoint >= 0 && accurate.lastCodepoint !== codepoint) {
    tcp.ack.pending |= ACK_NOW
    accurate.isOptionDue = true
  }
  if (codepoint === CE || accurate.bytesSinceOption >= OPTION_EVERY_BYTES) accurate.isOptionDue = true
  accurate.lastCodepoint = codepoint
}

/** 3.2.2.5: how many more of our packets arrived marked, by the three bits, or by the option where these may have wrapped. */
export function newMarks(tcp: TcpSock, accurate: AccurateEcn, seg: Segment, deliveredSegs: number): number {
  const bytes = newMarkedBytes(accurate, seg)
  if (accurate.isFieldCleared || (seg.flags & SYN) !== 0) return 0
  const delta = (aceOf(seg.flags) - PACKETS_OFFSET - accurate.marksDelivered) & ACE_MASK
  let marks = delta
  if (deliveredSegs > ACE_MASK) {
    const safe = deliveredSegs - ((deliveredSegs - delta) & ACE_MASK)
    // Without the option the worst is assumed.
    if (bytes < 0 || bytes > delta * tcp.snd.mss) marks = safe
  }
  accurate.marksDelivered += marks
  return marks
}

/** How far a counter of 24 bits has moved; 0 for an old one. */
function newlyTold(counter: number, known: number): number {
  const delta = (counter - known) & 0xffffff
  return delta >= 0x800000 ? 0 : delta
}

/** Bytes newly told to be marked; -1 without the option. */
function newMarkedBytes(accurate: AccurateEcn, seg: Segment): number {
  if (seg.ecnCounters < 2) return -1
  accurate.sawOption = true
  if (seg.ecnCounters === 3) {
    accurate.ect1BytesDelivered += newlyTold(seg.ecnBytes[0], accurate.ect1BytesDelivered + BYTES_OFFSET)
    accurate.ect0BytesDelivered += newlyTold(seg.ecnBytes[2], accurate.ect0BytesDelivered + BYTES_OFFSET)
  }
  const delta = (seg.ecnBytes[1] - accurate.ceBytesDelivered) & 0xffffff
  // Older than what is known.
  if (delta >= 0x800000) return -1
  accurate.ceBytesDelivered += delta
  return delta
}

/** The listener's look at the handshake's last segment (3.2.2.1): a cleared field means that no mark of ours would be heard of. */
export function takeThirdAck(accurate: AccurateEcn, seg: Segment): void {
  const code = aceOf(seg.flags)
  if (seg.ecnCounters >= 0) accurate.sawOption = true
  if (code === 0) accurate.isFieldCleared = true
  else if (code === 6) accurate.marksDelivered++
}

/** The client's look at the SYN-ACK (table 2): undefined, classic or accurate. */
export function agreedByCode(code: number): 'none' | 'classic' | 'accurate' {
  if (code === 0 || code === 7) return 'none'
  return code === 1 ? 'classic' : 'accurate'
}
