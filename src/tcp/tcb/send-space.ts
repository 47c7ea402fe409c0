// Send-buffer arithmetic: room for more, when sleepers are told, and growth with the window (Linux: tcp_sndbuf_expand).

import * as seq from '../../base/seq.ts'
import type { TcpSock } from './tcp-sock.ts'

/** RFC 6928. */
export const INITIAL_CWND_SEGS = 10

function roundUpPowerOfTwo(n: number): number { return 1 << (32 - Math.clz32(n - 1)) }

/** Two windows' worth of full segments with their overhead. */
export function expandSendBuffer(tcp: TcpSock): void {
  const { snd, window, loss, env } = tcp
  if (tcp.sndbufLocked) return
  const perSegment = roundUpPowerOfTwo(Math.max(snd.mssClamp, snd.mss) + 640) + 256
  const segs = Math.max(INITIAL_CWND_SEGS, window.smss === 0 ? 0 : window.cwndSegs, loss.reorderingSegs + 1)
  const wanted = 2 * segs * perSegment
  if (tcp.sndbuf < wanted) tcp.sndbuf = Math.min(wanted, env.sysctl.wmem.values[2])
}

export function unsentBytes(tcp: TcpSock): number { return seq.diff(tcp.snd.written, tcp.snd.nxt) }

/** May another record be begun? (Linux: sk_stream_memory_free) */
export function hasSendRoom(tcp: TcpSock): boolean {
  return tcp.sendQueue.queuedBytes < tcp.sndbuf && unsentBytes(tcp) < lowWater(tcp)
}

/** TCP_NOTSENT_LOWAT. */
function lowWater(tcp: TcpSock): number {
  return tcp.connection.notSentLowat === 0 ? tcp.env.sysctl.notsentLowat.value : tcp.connection.notSentLowat
}

/** Enough room to be worth waking for: a third of the buffer (Linux: sk_stream_is_writeable). */
export function isWritable(tcp: TcpSock): boolean {
  return tcp.sndbuf - tcp.sendQueue.queuedBytes >= tcp.sendQueue.queuedBytes >> 1 && hasSendRoom(tcp)
}

/** Sleepers are told once half of what may wait unsent is gone, so that one wake-up serves many writes. */
export function isWorthWaking(tcp: TcpSock): boolean { return isWritable(tcp) && 2 * unsentBytes(tcp) < lowWater(tcp) }
