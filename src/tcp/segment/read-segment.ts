// An arrived packet becomes the stack's segment record, or is refused: for whom it was, its form, its checksum (RFC 9293 3.1).
// Called by protocol.ts, once a packet.

import type { DropReason } from '../../base/drop-reason.ts'
import * as seq from '../../base/seq.ts'
import { TO_UNICAST } from '../../ip/ip-packet-info.ts'
import type { IpPacketInfo } from '../../ip/ip-packet-info.ts'
import { CHECKSUM_NONE } from '../../wire/packet.ts'
import type { Packet } from '../../wire/packet.ts'
import { FIN, SYN } from '../../wire/tcp.ts'
import type { TcpView } from '../../wire/tcp.ts'
import { isSumRight } from './checksum.ts'
import { readOptions } from './options.ts'
import type { Segment } from './segment.ts'

/** Fills `seg`; the packet is left starting at the payload. */
export function readSegment(seg: Segment, view: TcpView, packet: Packet, info: IpPacketInfo): DropReason | undefined {
  const { memory } = packet
  view.wrap(memory.view, packet.start, packet.end)
  // RFC 9293 MUST-57, MUST-63: one host talks to one host.
  if (info.destinationKind !== TO_UNICAST) return 'tcp-not-unicast'
  const malformed = view.check()
  if (malformed !== undefined) return malformed
  // RFC 9293 MUST-3.
  if (packet.checksum === CHECKSUM_NONE && !isSumRight(packet, info)) return 'tcp-checksum'
  seg.packet = packet
  seg.srcPort = view.srcPort
  seg.dstPort = view.dstPort
  seg.seq = seq.seqOf(view.seq)
  seg.ack = seq.seqOf(view.ack)
  seg.flags = view.flags
  seg.wnd = view.wnd
  seg.urgentPointer = view.urgentPointer
  seg.headerLen = view.headerLen
  seg.len = view.payloadLen
  seg.endSeq = seq.add(seg.seq, seg.len + ((seg.flags & SYN) >> 1) + (seg.flags & FIN))
  seg.segs = Math.max(1, packet.gsoSegs)
  seg.trafficClass = info.trafficClass
  seg.hopLimit = info.hopLimit
  readOptions(seg, memory, view.optionsAt, view.optionsEnd)
  packet.pull(view.headerLen)
  return undefined
}
