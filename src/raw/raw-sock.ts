// A raw socket (row I1; Linux: raw_sock): a copy of every datagram of one protocol, after the stack's own handling.

import { AF_INET6, IPPROTO_ICMPV6, IPPROTO_RAW, SOCK_RAW } from '../base/posix.ts'
import type { IpPacketInfo } from '../ip/ip-packet-info.ts'
import type { NetNamespace } from '../ip/namespace.ts'
import { InetSock } from '../sock/inet-sock.ts'
import { wantsGroupPacket } from '../sock/multicast-membership.ts'
import { PacketQueue } from '../sock/packet-queue.ts'
import { datagramReadiness } from '../sock/readiness.ts'
import type { Packet } from '../wire/packet.ts'

/** Where ICMPv6 has its checksum: the stack fills it in for every raw ICMPv6 socket (RFC 3542 3.1). */
const ICMPV6_CHECKSUM_AT = 2

export class RawSock extends InetSock {
  readonly queue = new PacketQueue()
  isConnected = false
  /** ICMP_FILTER: a bit set refuses that type (0 to 31). */
  icmpFilter = 0
  /** ICMP6_FILTER: 256 bits, set refuses. */
  readonly icmp6Filter = new Uint32Array(8)

  constructor(namespace: NetNamespace, family: number, protocol: number) {
    super(namespace, family, SOCK_RAW, protocol,
      namespace.sysctl.row('net.core.wmem_default').value, namespace.sysctl.row('net.core.rmem_default').value)
    // As if SO_REUSEADDR were set (Linux: INET_PROTOSW_REUSE).
    this.setOptions({ reuseAddress: true })
    if (family !== AF_INET6 && protocol === IPPROTO_RAW) this.setInetOptions({ headerIncluded: true })
    if (family === AF_INET6 && protocol === IPPROTO_ICMPV6) this.setInetOptions({ checksumOffset: ICMPV6_CHECKSUM_AT })
  }

  override readiness(): number { return datagramReadiness(this, this.queue.head !== undefined, this.hasPacketRoom) }

  /** Is this datagram of its protocol for it? */
  wants(packet: Packet, info: IpPacketInfo): boolean {
    if (this.isInet6 !== (info.version === 6)) return false
    const { boundAddress: bound, flow } = this
    if (!bound.isUnspecified && (bound.w3 !== info.d3 || bound.w2 !== info.d2 || bound.w1 !== info.d1 || bound.w0 !== info.d0)) return false
    const peer = flow.destination
    if (this.isConnected && (peer.w3 !== info.s3 || peer.w2 !== info.s2 || peer.w1 !== info.s1 || peer.w0 !== info.s0)) return false
    if (flow.deviceIndex !== 0 && flow.deviceIndex !== info.deviceIndex) return false
    if (info.destinationKind === 2 && !wantsGroupPacket(this, info.destination(), info.source(), info.deviceIndex)) return false
    return this.passesFilter(packet.memory.u8[packet.transportAt])
  }

  private passesFilter(type: number): boolean {
    if (this.protocol === 1) return type > 31 || (this.icmpFilter & (1 << type)) === 0
    if (this.protocol === IPPROTO_ICMPV6) return (this.icmp6Filter[type >>> 5] & (1 << (type & 31))) === 0
    return true
  }
}
