// The window we advertise (RFC 9293 3.8.6): from free buffer memory, grown carefully, never shrunk (SHLD-14), raised only
// by worthwhile steps (MUST-39).

import * as seq from '../../base/seq.ts'
import { ACK_NO_MEMORY } from '../tcb/ack-state.ts'
import type { TcpSock } from '../tcb/tcp-sock.ts'
import { freeSpace, fullSpace, windowLeft } from '../tcb/receive-space.ts'

/** What could be advertised now: nothing for as long as nobody reads (RFC 9293 MAY-8). */
export function offerableWindow(tcp: TcpSock): number {
  const { rcv, negotiated, ack } = tcp
  let mss = rcv.mssEstimate
  let free = freeSpace(tcp)
  const allowed = fullSpace(tcp)
  const full = Math.min(rcv.clamp, allowed)
  if (mss > full) {
    mss = full
    if (mss <= 0) return 0
  }
  const unit = 1 << negotiated.rcvWscale
  if (free < full / 2) {
    ack.quick = 0
    free = Math.floor(free / unit) * unit
    // Close in time: with memory nearly used up a window would invite what must be dropped.
    if (free < Math.floor(allowed / 16) || free < mss) return 0
  }
  free = Math.min(free, rcv.slowStartThreshold)
  if (negotiated.rcvWscale > 0) return Math.ceil(free / unit) * unit
  const window = rcv.wnd
  // RFC 1122 4.2.3.3: a multiple of the segment size, moved only by whole ones.
  if (window <= free - mss || window > free) return Math.floor(free / mss) * mss
  if (mss === full && free > window + full / 2) return free
  return window
}

/** Fixes the window of a segment that goes out now; the 16 bits of the header (RFC 7323 2.3b). */
export function advertiseWindow(tcp: TcpSock): number {
  const { rcv, negotiated } = tcp
  if ((tcp.ack.pending & ACK_NO_MEMORY) !== 0) {
    rcv.wnd = 0
    rcv.isPredictable = false
    rcv.wup = rcv.nxt
    return 0
  }
  const { mib } = tcp.namespace
  const before = rcv.wnd
  const current = windowLeft(tcp)
  let offered = offerableWindow(tcp)
  if (offered < current) {
    // RFC 9293 SHLD-14: what was promised stays promised.
    if (offered === 0) mib.tcpExt.TCPWantZeroWindowAdv++
    const unit = 1 << negotiated.rcvWscale
    offered = Math.ceil(current / unit) * unit
  }
  rcv.wnd = offered
  rcv.wup = rcv.nxt
  offered = Math.min(offered, 65535 * (1 << negotiated.rcvWscale))
  const wire = Math.floor(offered / (1 << negotiated.rcvWscale))
  if (wire === 0) {
    rcv.isPredictable = false
    if (before > 0) mib.tcpExt.TCPToZeroWindowAdv++
  } else if (before === 0) {
    mib.tcpExt.TCPFromZeroWindowAdv++
  }
  return wire
}

/** After a read: is the window worth announcing? (Linux: tcp_cleanup_rbuf) */
export function shouldAnnounceWindow(tcp: TcpSock): boolean {
  const current = windowLeft(tcp)
  if (2 * current > tcp.rcv.clamp) return false
  const offered = offerableWindow(tcp)
  return offered > 0 && offered >= 2 * current
}

export function unacknowledgedBytes(tcp: TcpSock): number { return seq.diff(tcp.rcv.nxt, tcp.rcv.wup) }
