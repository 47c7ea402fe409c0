// All raw and ping sockets of a namespace, and the copies they get of arriving datagrams (Linux: raw_local_deliver,
// ping_rcv).

import { IPPROTO_ICMP, IPPROTO_ICMPV6 } from '../base/posix.ts'
import type { IcmpError } from '../ip/icmp-error.ts'
import type { IpPacketInfo } from '../ip/ip-packet-info.ts'
import type { NetNamespace } from '../ip/namespace.ts'
import type { RawReceiver } from '../ip/transport-protocol.ts'
import { leaveAllGroups } from '../sock/multicast-membership.ts'
import { enqueueIcmpError, keepsErrors } from '../sock/socket-errors.ts'
import type { Packet } from '../wire/packet.ts'
import { deliverCopy } from './deliver-copy.ts'
import type { PingTable } from './ping-sock.ts'
import { RawSock } from './raw-sock.ts'

export class RawTable implements RawReceiver {
  readonly namespace: NetNamespace
  private readonly byProtocol = new Map<number, RawSock[]>()
  private readonly pings: PingTable

  constructor(namespace: NetNamespace, pings: PingTable) {
    this.namespace = namespace
    this.pings = pings
  }

  * all(): Iterable<RawSock> {
    for (const socks of this.byProtocol.values()) yield* socks
  }

  create(family: number, protocol: number): RawSock {
    const sock = new RawSock(this.namespace, family, protocol)
    this.byProtocol.set(protocol, [...this.byProtocol.get(protocol) ?? [], sock])
    return sock
  }

  release(sock: RawSock): void {
    leaveAllGroups(sock)
    sock.queue.clear()
    const kept = (this.byProtocol.get(sock.protocol) ?? []).filter(each => each !== sock)
    if (kept.length === 0) this.byProtocol.delete(sock.protocol)
    else this.byProtocol.set(sock.protocol, kept)
  }

  /** An ICMP error about a datagram that a raw or ping socket sent. */
  error(error: IcmpError): void {
    if (error.protocol === IPPROTO_ICMP || error.protocol === IPPROTO_ICMPV6) this.pings.error(error)
    for (const sock of this.byProtocol.get(error.protocol) ?? []) {
      const isItsOwn = sock.isInet6 === (error.version === 6)
        && (!sock.isConnected || sock.flow.destination.equals(error.remote))
        && (!sock.addressNamed || sock.boundAddress.equals(error.local))
      if (!isItsOwn) continue
      if (keepsErrors(sock, error.version)) {
        const payload = error.packet?.memory.u8.slice(error.quotedAt, error.quotedEnd) ?? new Uint8Array(0)
        enqueueIcmpError(sock, error, error.errno, 0, payload)
      } else if (!error.fatal || !sock.isConnected) {
        continue
      }
      sock.reportError(error.errno)
    }
  }

  deliver(packet: Packet, info: IpPacketInfo): boolean {
    let isTaken = this.pings.deliver(packet, info)
    if (this.byProtocol.size === 0) return isTaken
    const socks = this.byProtocol.get(info.protocol)
    if (socks === undefined) return isTaken
    for (const sock of socks) {
      if (!sock.wants(packet, info)) continue
      isTaken = true
      // An IPv4 raw socket sees the header, an IPv6 one does not (RFC 3542 3).
      deliverCopy(this.namespace, sock, sock.queue, packet, info.version === 4 ? packet.networkAt : packet.transportAt)
    }
    return isTaken
  }
}
