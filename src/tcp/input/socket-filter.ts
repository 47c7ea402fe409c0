// SO_ATTACH_FILTER on a TCP socket (Linux: tcp_filter): a segment it does not want never arrived, of one it wants in part the
// rest was never sent. Called by protocol.ts before any step of RFC 9293 3.10.7.

import * as seq from '../../base/seq.ts'
import { wantedBytes } from '../../sock/socket-filter.ts'
import type { Segment } from '../segment/segment.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'

export function filterRefuses(tcp: TcpSock, seg: Segment): boolean {
  const { filter } = tcp.options
  if (filter === undefined) return false
  const { packet } = seg
  const wanted = wantedBytes(tcp, filter, packet, packet.transportAt)
  if (wanted === 0) return true
  const cut = packet.end - packet.transportAt - Math.max(wanted, seg.headerLen)
  if (cut > 0) {
    packet.end -= cut
    seg.len -= cut
    seg.endSeq = seq.add(seg.endSeq, -cut)
  }
  return false
}
