// UDP as IP sees it (RFC 768, RFC 1122 4.1; Linux: udp_prot): finds the socket for each datagram and each ICMP error, and
// keeps sockets in their port table.

import type { Errno } from '../base/errno.ts'
import { IPPROTO_UDP } from '../base/posix.ts'
import type { DropReason } from '../base/drop-reason.ts'
import { finish32, mix32 } from '../base/hash.ts'
import type { IcmpError } from '../ip/icmp-error.ts'
import { IpPacketInfo, TO_IP_MULTICAST, TO_UNICAST } from '../ip/ip-packet-info.ts'
import type { NetNamespace } from '../ip/namespace.ts'
import type { TransportProtocol } from '../ip/transport-protocol.ts'
import type { BindTable } from '../sock/bind-table.ts'
import { leaveAllGroups } from '../sock/multicast-membership.ts'
import { READABLE } from '../sock/readiness.ts'
import { enqueueIcmpError, keepsErrors } from '../sock/socket-errors.ts'
import { wantedBytes } from '../sock/socket-filter.ts'
import type { PacketFilter } from '../wire/bpf/filter.ts'
import type { Packet } from '../wire/packet.ts'
import { UDP_HEADER_BYTES, UdpView } from '../wire/udp.ts'
import { UdpPortTable } from './port-table.ts'
import { UdpSock } from './udp-sock.ts'

export class UdpProtocol implements TransportProtocol {
  readonly protocol = IPPROTO_UDP
  readonly namespace: NetNamespace
  readonly ports: BindTable
  readonly table: UdpPortTable
  /** Every socket there is, bound or not: for ss. */
  readonly socks = new Set<UdpSock>()
  private readonly view = new UdpView()
  /** The quoted datagram's addresses as if it had come back: the key of the socket that sent it. */
  private readonly quoted = new IpPacketInfo()

  constructor(namespace: NetNamespace, ports: BindTable) {
    this.namespace = namespace
    this.ports = ports
    this.table = new UdpPortTable(finish32(mix32(namespace.random.secret.next32(), IPPROTO_UDP)))
  }

  create(family: number): UdpSock {
    const sock = new UdpSock(this.namespace, family)
    this.socks.add(sock)
    return sock
  }

  /** The last file is gone: whatever waits is discarded. */
  release(sock: UdpSock): void {
    this.unhash(sock)
    leaveAllGroups(sock)
    sock.cork = undefined
    sock.queue.clear()
    this.socks.delete(sock)
  }

  /** Runs a change of port or address with the sock out of the port table. */
  rehash(sock: UdpSock, change: () => Errno | 0): Errno | 0 {
    if (sock.localPort !== 0) this.table.remove(sock)
    const result = change()
    if (sock.localPort !== 0) this.table.add(sock)
    return result
  }

  unhash(sock: UdpSock): void {
    if (sock.localPort === 0) return
    this.table.remove(sock)
    this.ports.unbind(sock)
  }

  input(packet: Packet, info: IpPacketInfo): void {
    const mib = info.version === 4 ? this.namespace.mib.udp : this.namespace.mib.udp6
    const header = this.view.wrap(packet)
    const wrong = header.check(info.addressSum, info.version)
    if (wrong !== undefined && !(header.checksum === 0 && this.takesNoChecksum(info))) {
      mib.InErrors++
      if (wrong === 'udp-checksum') mib.InCsumErrors++
      this.drop(packet, wrong)
      return
    }
    const { sourcePort, destinationPort } = header
    if (info.destinationKind !== TO_UNICAST) {
      this.flood(packet, info, sourcePort, destinationPort)
      return
    }
    const sock = this.table.find(info, sourcePort, destinationPort)
    if (sock !== undefined) {
      this.deliver(sock, packet, info)
      return
    }
    mib.NoPorts++
    this.namespace.ip.sendUnreachable(packet, info, 'port')
    this.drop(packet, 'udp-no-port')
  }

  /** UDP_NO_CHECK6_RX: IPv6 without a checksum, for tunnels (RFC 6935). */
  private takesNoChecksum(info: IpPacketInfo): boolean {
    const { sourcePort, destinationPort, length } = this.view
    return length >= UDP_HEADER_BYTES && info.destinationKind === TO_UNICAST
      && this.table.find(info, sourcePort, destinationPort)?.acceptsNoChecksum6 === true
  }

  error(error: IcmpError): void {
    const { quoted } = this
    if (error.packet === undefined || error.quotedEnd - error.quotedAt < UDP_HEADER_BYTES) return
    const { local, remote } = error
    quoted.version = error.version
    ;[quoted.s0, quoted.s1, quoted.s2, quoted.s3] = [remote.w0, remote.w1, remote.w2, remote.w3]
    ;[quoted.d0, quoted.d1, quoted.d2, quoted.d3] = [local.w0, local.w1, local.w2, local.w3]
    quoted.deviceIndex = error.packet.deviceIndex
    const header = this.view.wrap(error.packet, error.quotedAt)
    const remotePort = header.destinationPort
    const sock = this.table.find(quoted, remotePort, header.sourcePort)
    if (sock === undefined) return
    let { errno, fatal } = error
    if (error.mtu > 0) {
      this.namespace.ip.updatePathMtu(remote, error.mtu)
      if (sock.flow.mtuDiscover === 'dont') return
      errno = 'EMSGSIZE'
      fatal = true
    }
    if (keepsErrors(sock, error.version)) {
      const payload = error.packet.memory.u8.slice(error.quotedAt + UDP_HEADER_BYTES, error.quotedEnd)
      enqueueIcmpError(sock, error, errno, remotePort, payload)
    } else if (!fatal || !sock.isConnected) {
      // An unconnected socket could not tell which of its datagrams was meant (behaviour 52).
      return
    }
    sock.reportError(errno)
  }

  private deliver(sock: UdpSock, packet: Packet, info: IpPacketInfo): void {
    const mib = info.version === 4 ? this.namespace.mib.udp : this.namespace.mib.udp6
    const { filter } = sock.options
    if (filter !== undefined && this.refuses(sock, filter, packet)) {
      mib.InErrors++
      this.drop(packet, 'socket-filter')
      return
    }
    packet.start = packet.transportAt + UDP_HEADER_BYTES
    if (!sock.queue.offer(packet, sock.rcvbuf)) {
      mib.RcvbufErrors++
      mib.InErrors++
      this.drop(packet, 'socket-receive-buffer')
      return
    }
    mib.InDatagrams++
    sock.wake(READABLE)
  }

  /** A filter sees the header too; what it does not want of the data is cut off. */
  private refuses(sock: UdpSock, filter: PacketFilter, packet: Packet): boolean {
    const wanted = wantedBytes(sock, filter, packet, packet.transportAt)
    packet.end = Math.min(packet.end, packet.transportAt + Math.max(wanted, UDP_HEADER_BYTES))
    return wanted === 0
  }

  /** Multicast and broadcast: everyone who listens gets a copy, and no error is sent (RFC 1122 4.1.3.1). */
  private flood(packet: Packet, info: IpPacketInfo, sourcePort: number, destinationPort: number): void {
    const listeners = this.table.findAll(info, sourcePort, destinationPort, info.destinationKind === TO_IP_MULTICAST)
    for (const sock of listeners.slice(1)) {
      const copy = packet.clone()
      if (copy === undefined) this.namespace.countDrop('udp', 'no-packet-memory', '', packet.length)
      else this.deliver(sock, copy, info)
    }
    if (listeners.length > 0) {
      this.deliver(listeners[0], packet, info)
    } else {
      (info.version === 4 ? this.namespace.mib.udp : this.namespace.mib.udp6).IgnoredMulti++
      this.drop(packet, 'udp-no-port')
    }
  }

  private drop(packet: Packet, reason: DropReason): void {
    this.namespace.countDrop('udp', reason, this.namespace.device(packet.deviceIndex)?.name ?? '', packet.length)
    packet.release()
  }
}
