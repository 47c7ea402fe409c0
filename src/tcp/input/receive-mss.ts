// The peer's segment size as it shows in what arrives (Linux: tcp_measure_rcv_mss): the unit of delayed ACKs and windows,
// and how much of buffer memory is payload.

import { FIN, PSH } from '../../wire/tcp.ts'
import type { Segment } from '../segment/segment.ts'
import { ACK_PUSHED, ACK_PUSHED_AGAIN } from '../tcb/ack-state.ts'
import { payloadOfSpace } from '../tcb/receive-space.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'

/** SOCK_MIN_RCVBUF / 2. */
const MIN_CLAMP = 1152

export function measureSegmentSize(tcp: TcpSock, seg: Segment): void {
  const { rcv, ack, negotiated } = tcp
  const lastSize = rcv.lastSegSize
  rcv.lastSegSize = 0
  let length = seg.packet.gsoSize > 0 ? Math.min(seg.packet.gsoSize, seg.len) : seg.len
  if (length >= rcv.mssEstimate) {
    if (length !== rcv.mssEstimate) {
      const ratioBefore = rcv.scalingRatio
      rcv.scalingRatio = Math.max(1, Math.min(255, Math.floor((seg.len * 256) / seg.truesize)))
      adjustClamp(tcp, ratioBefore)
    }
    rcv.mssEstimate = Math.min(length, rcv.advmss)
    // The likely end of a write: a drained reader acknowledges it soon.
    if ((seg.flags & PSH) !== 0) ack.pending |= ACK_PUSHED
    return
  }
  length += seg.headerLen
  if (length >= 536 + 20 || (length >= 88 + 20 && (seg.flags & (PSH | FIN)) === 0)) {
    length -= negotiated.headerLen
    rcv.lastSegSize = length
    if (length === lastSize) {
      rcv.mssEstimate = length
      return
    }
  }
  if ((ack.pending & ACK_PUSHED) !== 0) ack.pending |= ACK_PUSHED_AGAIN
  ack.pending |= ACK_PUSHED
}

/** The clamp follows the buffer when the ratio of payload changes (Linux: tcp_set_window_clamp). */
function adjustClamp(tcp: TcpSock, ratioBefore: number): void {
  const { rcv } = tcp
  if (rcv.scalingRatio === ratioBefore) return
  const before = rcv.clamp
  rcv.clamp = Math.max(MIN_CLAMP, payloadOfSpace(tcp, tcp.rcvbuf))
  if (rcv.clamp < before) rcv.slowStartThreshold = Math.min(rcv.slowStartThreshold, rcv.clamp)
  else rcv.slowStartThreshold = Math.max(rcv.slowStartThreshold, Math.min(rcv.wnd, rcv.clamp))
  rcv.spaceBytes = Math.min(rcv.spaceBytes, rcv.clamp)
}
