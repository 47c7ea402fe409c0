// How often this host answers with ICMP errors (RFC 1812 4.3.2.8, RFC 4443 2.4 (f)): Linux's two limits, one for all
// destinations together and one for each.

import type { IpAddress } from '../../base/address/ip.ts'
import type { SysctlRow } from '../../base/sysctl-table.ts'
import { TokenBucket } from '../../base/token-bucket.ts'
import type { NetNamespace } from '../namespace.ts'
import type { IpSettings } from '../sysctl.ts'

/** Linux: XRLIM_BURST_FACTOR. */
const BURST = 6
const MAX_PEERS = 1024

export class IcmpRateLimit {
  private readonly namespace: NetNamespace
  private readonly messagesPerSec: SysctlRow
  private readonly burst: SysctlRow
  private readonly interval4: SysctlRow
  private readonly interval6: SysctlRow
  private readonly mask4: SysctlRow
  private readonly mask6: SysctlRow
  private global: TokenBucket | undefined
  private globalRate = -1
  private readonly peers = new Map<string, { tokensMs: number, at: number }>()

  constructor(namespace: NetNamespace, settings: IpSettings) {
    this.namespace = namespace
    const { table } = settings
    this.messagesPerSec = table.row('net.ipv4.icmp_msgs_per_sec')
    this.burst = table.row('net.ipv4.icmp_msgs_burst')
    this.interval4 = table.row('net.ipv4.icmp_ratelimit')
    this.mask4 = table.row('net.ipv4.icmp_ratemask')
    this.interval6 = table.row('net.ipv6.icmp.ratelimit')
    this.mask6 = table.row('net.ipv6.icmp.ratemask')
  }

  allows(destination: IpAddress, type: number): boolean {
    const isV4 = destination.family === 4
    const limited = isV4 ? type < 32 && ((this.mask4.value >>> type) & 1) !== 0 : isInRanges(this.mask6.text, type)
    if (!limited || destination.isLoopback) return true
    return this.peerAllows(destination, (isV4 ? this.interval4 : this.interval6).value) && this.globalAllows()
  }

  private globalAllows(): boolean {
    const now = this.namespace.now()
    if (this.global === undefined || this.globalRate !== this.messagesPerSec.value) {
      this.globalRate = this.messagesPerSec.value
      this.global = new TokenBucket(this.globalRate, this.burst.value, now)
    }
    return this.global.take(1, now)
  }

  /** Linux's inet_peer_xrlim_allow: one each interval, six in a burst. */
  private peerAllows(destination: IpAddress, intervalMs: number): boolean {
    if (intervalMs === 0) return true
    const nowMs = this.namespace.now() / 1000
    const key = destination.toString()
    const known = this.peers.get(key)
    const peer = known ?? { tokensMs: BURST * intervalMs, at: nowMs }
    if (known === undefined) {
      if (this.peers.size >= MAX_PEERS) this.peers.clear()
      this.peers.set(key, peer)
    }
    peer.tokensMs = Math.min(BURST * intervalMs, peer.tokensMs + nowMs - peer.at)
    peer.at = nowMs
    if (peer.tokensMs < intervalMs) return false
    peer.tokensMs -= intervalMs
    return true
  }
}

/** `0-1,3-127`, as Linux writes the mask of ICMPv6. */
function isInRanges(text: string, type: number): boolean {
  return text.split(',').some(range => {
    const [low, high = low] = range.split('-').map(Number)
    return type >= low && type <= high
  })
}
