// Packetization-layer path MTU discovery (RFC 4821, RFC 8899; Linux: icsk_mtup): a search between an MTU that works and one
// that may. Kept only by socks of a namespace whose tcp_mtu_probing asks for it.

import type { SeqNumber } from '../../base/seq.ts'
import { ZERO_SEQ } from '../segment/zero-seq.ts'
import type { TcpSock } from './tcp-sock.ts'

export class MtuProbe {
  /** tcp_mtu_probing 2, or 1 and a black hole was met: segments keep to `searchLow`. */
  enabled = false
  /** Bytes of IP packets. */
  searchLow = 0
  searchHigh = 0
  /** The probe in flight: its size, 0 for none, and its octets. */
  probeSize = 0
  probeStart: SeqNumber = ZERO_SEQ
  probeEnd: SeqNumber = ZERO_SEQ
  /** When the search began. */
  startedAt = 0
}

export function ipHeaderLen(tcp: TcpSock): number { return tcp.flow.destination.family === 4 ? 20 : 40 }

export function mssToMtu(tcp: TcpSock, mss: number): number { return mss + tcp.negotiated.headerLen + ipHeaderLen(tcp) }

export function mtuToMss(tcp: TcpSock, mtu: number): number {
  const { snd, env, negotiated } = tcp
  const mss = Math.min(mtu - ipHeaderLen(tcp) - 20, snd.mssClamp)
  return Math.max(mss, env.sysctl.minSndMss.value) - (negotiated.headerLen - 20)
}

/** From tcp_base_mss to what the peer takes; sync of the segment size is the caller's. */
export function beginMtuSearch(tcp: TcpSock, now: number): void {
  const { env, snd } = tcp
  const mode = env.sysctl.mtuProbing.value
  if (mode === 0) {
    tcp.mtuProbe = undefined
    return
  }
  const probe = tcp.mtuProbe = new MtuProbe()
  probe.enabled = mode > 1
  probe.searchHigh = snd.mssClamp + 20 + ipHeaderLen(tcp)
  probe.searchLow = mssToMtu(tcp, env.sysctl.baseMss.value)
  probe.startedAt = now
}

/** RFC 4821 7.6.1: the path takes the probe's size. The window is as many bytes as it was. */
export function onMtuProbeDelivered(tcp: TcpSock, probe: MtuProbe): void {
  const { window, snd } = tcp
  window.cwndSegs = Math.max(1, Math.floor(window.cwndSegs * mssToMtu(tcp, snd.mss) / probe.probeSize))
  window.cwndCount = 0
  probe.searchLow = probe.probeSize
  probe.probeSize = 0
  tcp.intents.syncMss = true
  tcp.touch()
  tcp.namespace.mib.tcpExt.TCPMTUPSuccess++
}

/** RFC 4821 7.6.2: nothing but the probe was lost: it was too large, and no sign of congestion. */
export function onMtuProbeLost(tcp: TcpSock, probe: MtuProbe): void {
  probe.searchHigh = probe.probeSize - 1
  probe.probeSize = 0
  tcp.window.cwndSegs++
  tcp.namespace.mib.tcpExt.TCPMTUPFail++
}

/** RFC 4821 7.7: time-outs over time-outs; what is sent may be too large for a router that says nothing. */
export function suspectBlackHole(tcp: TcpSock, now: number): boolean {
  const { mtuProbe: probe, env } = tcp
  if (probe === undefined) return false
  if (probe.enabled) {
    const { baseMss, mtuProbeFloor, minSndMss } = env.sysctl
    const half = Math.min(baseMss.value, mtuToMss(tcp, probe.searchLow) >> 1)
    probe.searchLow = mssToMtu(tcp, Math.max(half, mtuProbeFloor.value, minSndMss.value))
  } else {
    probe.enabled = true
    probe.startedAt = now
  }
  return true
}
