// An arrived segment (RFC 9293 3.10.7's SEG.*): the header's values, the options', and where its payload lies. One record
// a stack, refilled for every segment.

import type { SeqNumber } from '../../base/seq.ts'
import type { Cookie } from './fast-open-cookie.ts'
import { ZERO_SEQ } from './zero-seq.ts'
import type { Packet } from '../../wire/packet.ts'

export class Segment {
  packet!: Packet
  seq: SeqNumber = ZERO_SEQ
  ack: SeqNumber = ZERO_SEQ
  /** After payload, SYN and FIN. */
  endSeq: SeqNumber = ZERO_SEQ
  /** Payload bytes. */
  len = 0
  /** As on the wire: 16 bits without sign (RFC 9293 MUST-1). */
  wnd = 0
  flags = 0
  urgentPointer = 0
  headerLen = 0
  srcPort = 0
  dstPort = 0
  /** Segments that a super-segment stands for. */
  segs = 1
  /** What it costs the receiver, from when it is taken: its packet may be poured into another by then. */
  truesize = 0
  /** DSCP and ECN of the IP header. */
  trafficClass = 0
  hopLimit = 0
  /** Options. */
  hasTimestamp = false
  tsVal = 0
  tsEcr = 0
  /** 0 when absent. */
  mss = 0
  /** -1 when absent. */
  wscale = -1
  hasSackPermitted = false
  sackCount = 0
  /** Counters of the AccECN option, in the order ECT(1), CE, ECT(0); how many came, -1 without the option. */
  ecnCounters = -1
  readonly ecnBytes = new Int32Array(3)
  /** Where the signature is (RFC 2385), -1 without. */
  md5At = -1
  /** Fast Open's option of a SYN. */
  cookie: Cookie | undefined = undefined
  /** left, right, left, right ... of up to four blocks. */
  readonly sackBlocks = new Int32Array(8)
}
