// Step 6 of RFC 9293 3.10.7.4, the urgent mechanism (MUST-30, MUST-31): the urgent pointer, and the one octet that Linux keeps
// out of the stream.

import { POLLPRI } from '../../base/posix.ts'
import * as seq from '../../base/seq.ts'
import { SYN, URG } from '../../wire/tcp.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import type { Segment } from '../segment/segment.ts'

export function processUrgent(tcp: TcpSock, seg: Segment): void {
  if ((seg.flags & URG) !== 0) takePointer(tcp, seg)
  const { rcv } = tcp
  if (rcv.urgent !== 'awaited') return
  const offset = seq.diff(rcv.urgentSeq, seg.seq) - ((seg.flags & SYN) !== 0 ? 1 : 0)
  if (offset < 0 || offset >= seg.len) return
  rcv.urgentByte = seg.packet.u8[seg.packet.start + offset]
  rcv.urgent = 'here'
  // RFC 9293 MUST-32.
  tcp.intents.wake |= POLLPRI
  tcp.touch()
}

/** An older urgent octet at the point of reading is gone, any other joins the stream (Linux: tcp_check_urg). */
function skipOlder({ rcv, receiveQueue, options }: TcpSock): void {
  const isHere = rcv.urgent === 'here' || rcv.urgent === 'read'
  if (!isHere || options.oobInline || rcv.urgentSeq !== rcv.copied || rcv.copied === rcv.nxt) return
  if (receiveQueue.first === undefined) return
  rcv.memory -= receiveQueue.consume(1)
  rcv.copied = seq.add(rcv.copied, 1)
}

/** RFC 9293 MUST-62: Linux's default reads the pointer as the octet after the urgent one. */
function takePointer(tcp: TcpSock, seg: Segment): void {
  const { rcv, env } = tcp
  let offset = seg.urgentPointer
  if (offset > 0 && env.sysctl.stdurg.value === 0) offset--
  const at = seq.add(seg.seq, offset)
  if (seq.gt(rcv.copied, at) || seq.lt(at, rcv.nxt)) return
  if (rcv.urgent !== 'none' && seq.leq(at, rcv.urgentSeq)) return
  skipOlder(tcp)
  tcp.intents.wake |= POLLPRI
  tcp.touch()
  rcv.urgent = 'awaited'
  rcv.urgentSeq = at
}
