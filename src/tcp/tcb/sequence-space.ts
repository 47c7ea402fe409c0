// RFC 9293 3.3.1's two records, with what Linux keeps beside them. Fields are named as the RFC's variables without prefix:
// `snd.una`, `rcv.nxt`. Windows are bytes, instants microseconds.

import type { SeqNumber } from '../../base/seq.ts'
import { ZERO_SEQ } from '../segment/zero-seq.ts'

/** Nagle's switches (Linux: tp->nonagle). */
export const NAGLE_OFF = 1
export const CORKED = 2
export const PUSH_ONCE = 4

export class SendSequence {
  una: SeqNumber = ZERO_SEQ
  nxt: SeqNumber = ZERO_SEQ
  iss: SeqNumber = ZERO_SEQ
  /** The peer's window, scaled: beyond 16 bits (RFC 9293 REC-1). */
  wnd = 0
  /** Segment used for the last window update: sequence number. */
  wl1: SeqNumber = ZERO_SEQ
  /** Urgent pointer: the octet after the urgent data, however far ahead (RFC 9293 MUST-31). */
  up: SeqNumber = ZERO_SEQ
  isUrgent = false
  /** After the last byte written. */
  written: SeqNumber = ZERO_SEQ
  /** Where PSH was last forced. */
  pushed: SeqNumber = ZERO_SEQ
  /** End of the last small segment sent (Minshall's Nagle). */
  small: SeqNumber = ZERO_SEQ
  /** Largest window the peer ever offered. */
  maxWnd = 0
  /** Payload of a full segment now (SMSS less options). */
  mss = 536
  /** Upper bound by the peer's MSS option and TCP_MAXSEG. */
  mssClamp = 536
  /** TCP_MAXSEG, 0 when unset. */
  userMss = 0
  /** Most segments of a super-segment at the last sizing. */
  goalSegs = 1
  /** NAGLE_OFF | CORKED | PUSH_ONCE. */
  nagle = 0
  /** When data was last sent. */
  lastSentAt = 0
  /** When anything was last sent: super-segments wait for more data only right after a write. */
  lastTransmitAt = 0
  /** Most segments in flight since the window was last full, and since when (RFC 7661; Linux: snd_cwnd_used). */
  cwndUsedSegs = 0
  cwndStampAt = 0
  /** The path MTU behind `mss`. */
  pathMtu = 0
  /** Bytes sent and acknowledged, for TCP_INFO. */
  bytesSent = 0
  bytesAcked = 0
  bytesRetransmitted = 0
  segsOut = 0
  dataSegsOut = 0
}

export class ReceiveSequence {
  nxt: SeqNumber = ZERO_SEQ
  irs: SeqNumber = ZERO_SEQ
  wnd = 0
  /** RCV.NXT when the window was last advertised. */
  wup: SeqNumber = ZERO_SEQ
  /** Next data may skip the question whether there is memory, while pages already taken suffice (Linux: pred_flags). */
  isPredictable = true
  /** The next octet the application will read. */
  copied: SeqNumber = ZERO_SEQ
  /** Never advertise more (TCP_WINDOW_CLAMP), 0 while nothing says so. */
  clamp = 0
  /** Advertise no more than this yet: grows as data arrives in good order. */
  slowStartThreshold = 0
  /** What our MSS option said. */
  advmss = 536
  /** Estimate of the peer's segment size, from what arrives. */
  mssEstimate = 536
  lastSegSize = 0
  /** Urgent octet: its place, and the octet itself (URGENT_*). */
  urgentSeq: SeqNumber = ZERO_SEQ
  urgentByte = 0
  urgent: 'none' | 'awaited' | 'here' | 'read' = 'none'
  /** Payload part of buffer memory, in 1/256. */
  scalingRatio = 128
  /** Bytes charged to SO_RCVBUF. */
  memory = 0
  /** Dynamic right-sizing: bytes read in the current round, and where the round began. */
  spaceBytes = 0
  spaceSeq: SeqNumber = ZERO_SEQ
  spaceAt = 0
  /** Receiver-side round trip, scaled by 8; 0 unknown. */
  rttUs8 = 0
  rttSeq: SeqNumber = ZERO_SEQ
  rttAt = 0
  rttLastEcho = 0
  bytesReceived = 0
  segsIn = 0
  dataSegsIn = 0
  duplicateSegs = 0
  outOfOrderSegs = 0
}
