// The round trip as the receiver sees it: how long a window takes to arrive, or by timestamps. It paces the growth of
// the receive buffer (dynamic right-sizing).

import * as seq from '../../base/seq.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import type { Segment } from '../segment/segment.ts'

function update(tcp: TcpSock, sampleUs: number, isWindow: boolean): void {
  const { rcv } = tcp
  const sample = sampleUs === 0 ? 1 : sampleUs
  if (rcv.rttUs8 === 0) {
    rcv.rttUs8 = sample * 8
  } else if (isWindow) {
    // A window may take longer than a round trip, never shorter: keep the least.
    rcv.rttUs8 = Math.min(rcv.rttUs8, sample * 8)
  } else {
    rcv.rttUs8 += sample - rcv.rttUs8 / 8
  }
}

export function measureRtt(tcp: TcpSock, now: number): void {
  const { rcv } = tcp
  if (rcv.rttAt !== 0) {
    if (seq.lt(rcv.nxt, rcv.rttSeq)) return
    update(tcp, now - rcv.rttAt, true)
  }
  rcv.rttSeq = seq.add(rcv.nxt, rcv.wnd)
  rcv.rttAt = now
}

export function measureRttByTimestamp(tcp: TcpSock, seg: Segment, now: number): void {
  const { rcv, negotiated } = tcp
  if (!seg.hasTimestamp || seg.tsEcr === 0 || seg.tsEcr === rcv.rttLastEcho || seg.len < rcv.mssEstimate) return
  rcv.rttLastEcho = seg.tsEcr
  const delta = ((Math.floor(now / 1000) + negotiated.tsOffset) - seg.tsEcr) | 0
  if (delta >= 0) update(tcp, Math.max(delta, 1) * 1000, false)
}
