// How large a segment may be: SMSS from path MTU, options and the peer's offer (RFC 9293 MUST-16, RFC 6691), and how many
// of them one super-segment gathers.

import type { TcpSock } from '../tcb/tcp-sock.ts'
import { ACCURATE_OPTION_BYTES } from '../tcb/accurate-ecn.ts'
import type { AccurateEcn } from '../tcb/accurate-ecn.ts'
import { mtuToMss } from '../tcb/mtu-probe.ts'
import { MD5_OPTION_BYTES } from '../segment/signature.ts'
import { minRttUs } from '../recovery/delivery-rate.ts'

const MSS_DEFAULT = 536
/** Payload of the largest super-segment: 64 KB less headers. */
const SUPER_SEGMENT_BYTES = 65536 - 321
const MAX_SUPER_SEGS = 65535

/** RFC 9293 MUST-38: never more than half the largest window the peer ever offered, so that it can always be used. */
function boundToHalfWindow(tcp: TcpSock, bytes: number): number {
  const { maxWnd } = tcp.snd
  const cutoff = maxWnd > MSS_DEFAULT ? maxWnd >> 1 : maxWnd
  return cutoff > 0 && bytes > cutoff ? Math.max(cutoff, 68 - tcp.negotiated.headerLen) : bytes
}

/** The path MTU is `mtu` now. The congestion window, counted in segments, shrinks with them (RFC 5681 3.1i). */
export function syncMss(tcp: TcpSock, mtu: number): number {
  const { snd, window, mtuProbe } = tcp
  if (mtuProbe !== undefined && mtuProbe.searchHigh > mtu) mtuProbe.searchHigh = mtu
  snd.pathMtu = mtu
  snd.mss = boundToHalfWindow(tcp, mtuToMss(tcp, mtu))
  if (mtuProbe?.enabled === true) snd.mss = Math.min(snd.mss, mtuToMss(tcp, mtuProbe.searchLow))
  window.resize(snd.mss)
  return snd.mss
}

/** Without SACK blocks: signature, timestamp. */
export function baseOptionsLength(tcp: TcpSock): number {
  return (tcp.negotiated.hasTimestamps ? 12 : 0) + (tcp.md5Key === undefined ? 0 : MD5_OPTION_BYTES)
}

/** Bytes of options on a segment sent now. */
export function optionsLength(tcp: TcpSock): number {
  const base = baseOptionsLength(tcp)
  const count = sackBlockCount(tcp, base)
  const length = count === 0 ? base : base + 4 + 8 * count
  return tcp.accurate !== undefined && owesAccurateOption(tcp, tcp.accurate, length) ? length + ACCURATE_OPTION_BYTES : length
}

/** The AccECN option goes when it is due, is known to pass, and the other options leave it room (RFC 9768 3.2.3.3). */
export function owesAccurateOption(tcp: TcpSock, accurate: AccurateEcn, length: number): boolean {
  return accurate.isOptionDue && accurate.sawOption && tcp.env.sysctl.ecnOption.value > 0 && length + ACCURATE_OPTION_BYTES <= 40
}

export function sackBlockCount(tcp: TcpSock, base: number): number {
  const count = tcp.outOfOrder.sackCount + (tcp.ack.hasDsack ? 1 : 0)
  return count === 0 ? 0 : Math.min(count, (40 - base - 4) >> 3)
}

/** Payload of a full segment sent now: SMSS less the SACK blocks it would carry. */
export function currentMss(tcp: TcpSock): number {
  const { snd, negotiated, env: { namespace }, flow } = tcp
  // A route that went stale is looked up again by the next transmission; till then its MTU holds (Linux: __sk_dst_get).
  const isStale = flow.route !== undefined && flow.route.generation !== namespace.routeGeneration && snd.pathMtu > 0
  const mtu = isStale ? snd.pathMtu : namespace.ip.mtu(flow)
  let mss = mtu !== snd.pathMtu ? syncMss(tcp, mtu) : snd.mss
  const headerLen = 20 + optionsLength(tcp)
  if (headerLen !== negotiated.headerLen) mss -= headerLen - negotiated.headerLen
  return mss
}

/** RFC 9293 SHLD-28: how many bytes a record is filled up to before a new one begins. */
export function sizeGoal(tcp: TcpSock, mss: number): number {
  const { snd } = tcp
  const largest = boundToHalfWindow(tcp, SUPER_SEGMENT_BYTES)
  let goal = snd.goalSegs * mss
  if (largest < goal || largest >= goal + mss) {
    snd.goalSegs = Math.max(1, Math.min(Math.floor(largest / mss), MAX_SUPER_SEGS))
    goal = snd.goalSegs * mss
  }
  return Math.max(goal, mss)
}

/** Segments of one super-segment: about a millisecond at the present rate, more on short paths. */
export function superSegmentSegs(tcp: TcpSock, mss: number): number {
  const { window, control, env } = tcp
  // A signature is of one segment.
  if (tcp.md5Key !== undefined) return 1
  const rate = tcp.bytesPerSecond
  let bytes = Math.min(rate === 0 ? SUPER_SEGMENT_BYTES : rate / 1024, SUPER_SEGMENT_BYTES)
  const halvings = minRttUs(tcp) >> env.sysctl.tsoRttLog.value
  if (halvings < 32) bytes = Math.min(bytes + (SUPER_SEGMENT_BYTES >> halvings), SUPER_SEGMENT_BYTES)
  const least = control.minTsoSegs?.(window) ?? env.sysctl.minTsoSegs.value
  // Large segments (loopback): what no packet can hold is never gathered.
  return Math.max(1, Math.min(Math.max(Math.floor(bytes / mss), least), Math.floor(SUPER_SEGMENT_BYTES / mss)))
}

/** Twice the window a round trip in slow start, 1.2 times after it: what pacing would send at. */
export function updateRate(tcp: TcpSock): void {
  const { window, rtt, loss, snd, env, options } = tcp
  if (rtt.srttUs8 === 0) return
  const inSlowStart = window.cwndSegs < window.ssthreshSegs / 2
  const ratio = inSlowStart ? env.sysctl.pacingSsRatio.value : env.sysctl.pacingCaRatio.value
  const segs = Math.max(window.cwndSegs, loss.outSegs)
  tcp.bytesPerSecond = Math.min((segs * snd.mss * 8_000_000 * ratio) / 100 / rtt.srttUs8, options.maxPacingRate)
}
