// The moment a connection is established: buffers, windows and estimators take their starting values (Linux:
// tcp_init_transfer, tcp_init_buffer_space, tcp_initialize_rcv_mss).

import * as seq from '../../base/seq.ts'
import { beginMtuSearch } from './mtu-probe.ts'
import { fullSpace } from './receive-space.ts'
import { INITIAL_CWND_SEGS, expandSendBuffer } from './send-space.ts'
import { fallBack } from './rtt-estimator.ts'
import type { TcpSock } from './tcp-sock.ts'

export function initialiseBuffers(tcp: TcpSock, now: number): void {
  const { rcv, snd } = tcp
  expandSendBuffer(tcp)
  rcv.spaceSeq = rcv.copied
  rcv.spaceAt = now
  const most = fullSpace(tcp)
  if (rcv.clamp >= most) rcv.clamp = Math.max(most, 4 * rcv.advmss > most ? most : 4 * rcv.advmss)
  if (rcv.clamp > 2 * rcv.advmss && rcv.clamp + rcv.advmss > most) rcv.clamp = Math.max(2 * rcv.advmss, most - rcv.advmss)
  rcv.slowStartThreshold = Math.min(rcv.slowStartThreshold, rcv.clamp)
  rcv.spaceBytes = Math.min(rcv.slowStartThreshold, rcv.wnd, INITIAL_CWND_SEGS * rcv.advmss)
  snd.cwndStampAt = now
}

/** A guess until data arrives: the smaller of both sides' segments, at least 88 octets. */
export function initialiseReceiveMss(tcp: TcpSock): void {
  const { rcv, snd } = tcp
  let hint = Math.min(rcv.advmss, snd.mss)
  hint = Math.min(hint, Math.floor(rcv.wnd / 2), 536)
  rcv.mssEstimate = Math.max(hint, 88)
}

export function establish(tcp: TcpSock, now: number): void {
  const { window, snd, control } = tcp
  // RFC 5681 3.1a, 3.1f, 3.1h: ten segments, but one after a SYN or SYN-ACK that was lost.
  beginMtuSearch(tcp, now)
  window.resize(snd.mss)
  const { route } = tcp.flow
  window.cwndSegs = route !== undefined && route.initcwnd > 0 ? route.initcwnd : INITIAL_CWND_SEGS
  if (tcp.synRetransmitted) window.cwndSegs = 1
  snd.cwndStampAt = now
  if (tcp.rtt.srttUs8 === 0) fallBack(tcp.rtt)
  control.start(window, now)
  initialiseBuffers(tcp, now)
  tcp.establishedAt = now
  tcp.ack.lastDataAt = now
  snd.pushed = snd.written
  rcvCopiedIsNxt(tcp)
}

function rcvCopiedIsNxt(tcp: TcpSock): void {
  if (seq.lt(tcp.rcv.copied, tcp.rcv.nxt) && tcp.receiveQueue.bytes === 0) tcp.rcv.copied = tcp.rcv.nxt
}
