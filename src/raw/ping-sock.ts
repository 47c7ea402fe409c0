// Ping sockets (row I2; Linux: net/ipv4/ping.c): SOCK_DGRAM with IPPROTO_ICMP or ICMPv6 sends echo requests and gets their
// replies without privilege. The identifier is the socket's port.

import type { Errno } from '../base/errno.ts'
import { finish } from '../base/checksum.ts'
import { AF_INET6, IPPROTO_ICMP, IPPROTO_ICMPV6, MSG_OOB, SOCK_DGRAM } from '../base/posix.ts'
import type { IcmpError } from '../ip/icmp-error.ts'
import type { IpPacketInfo } from '../ip/ip-packet-info.ts'
import type { NetNamespace } from '../ip/namespace.ts'
import { BindTable } from '../sock/bind-table.ts'
import type { ControlMessage } from '../sock/control-message.ts'
import { connectAddressOnly, sendFlow } from '../sock/datagram-peer.ts'
import { autobind, bindInet } from '../sock/inet-bind.ts'
import { InetSock } from '../sock/inet-sock.ts'
import { leaveAllGroups } from '../sock/multicast-membership.ts'
import { PacketQueue } from '../sock/packet-queue.ts'
import { datagramReadiness } from '../sock/readiness.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import { enqueueIcmpError, enqueueLocalError, keepsErrors } from '../sock/socket-errors.ts'
import type { Packet } from '../wire/packet.ts'
import { addressSum, pseudoHeaderSum } from '../wire/pseudo-header.ts'
import { deliverCopy } from './deliver-copy.ts'

const HEADER_BYTES = 8
const ECHO_REPLY = 0
const ECHO_REQUEST = 8
const ECHO_REQUEST_6 = 128
const ECHO_REPLY_6 = 129

export class PingSock extends InetSock {
  readonly queue = new PacketQueue()
  isConnected = false

  constructor(namespace: NetNamespace, family: number) {
    super(namespace, family, SOCK_DGRAM, family === AF_INET6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP,
      namespace.sysctl.row('net.core.wmem_default').value, namespace.sysctl.row('net.core.rmem_default').value)
    // As if SO_REUSEADDR were set (Linux: INET_PROTOSW_REUSE).
    this.setOptions({ reuseAddress: true })
    if (family === AF_INET6) this.setInetOptions({ v6Only: true })
  }

  override readiness(): number { return datagramReadiness(this, this.queue.head !== undefined, this.hasPacketRoom) }
}

export class PingTable {
  readonly namespace: NetNamespace
  /** Identifiers are as ports: one owner each, the stack's choice on request. */
  readonly identifiers: BindTable
  readonly socks = new Set<PingSock>()

  constructor(namespace: NetNamespace) {
    this.namespace = namespace
    this.identifiers = new BindTable(namespace, 'datagram')
  }

  /** Is a process of this group allowed to have one (net.ipv4.ping_group_range)? */
  permits(gid: number): boolean {
    const [low, high] = this.namespace.sysctl.row('net.ipv4.ping_group_range').values
    return gid >= low && gid <= high
  }

  create(family: number): PingSock {
    const sock = new PingSock(this.namespace, family)
    this.socks.add(sock)
    return sock
  }

  release(sock: PingSock): void {
    leaveAllGroups(sock)
    sock.queue.clear()
    this.identifiers.unbind(sock)
    this.socks.delete(sock)
  }

  deliver(packet: Packet, info: IpPacketInfo): boolean {
    if (this.socks.size === 0) return false
    const { u8 } = packet.memory
    const type = u8[packet.transportAt]
    const isReply = info.version === 4
      ? info.protocol === IPPROTO_ICMP && type === ECHO_REPLY
      : info.protocol === IPPROTO_ICMPV6 && type === ECHO_REPLY_6
    if (!isReply || packet.end - packet.transportAt < HEADER_BYTES) return false
    const identifier = (u8[packet.transportAt + 4] << 8) | u8[packet.transportAt + 5]
    const sock = this.find(info.version, identifier)
    if (sock === undefined) return false
    deliverCopy(this.namespace, sock, sock.queue, packet, packet.transportAt)
    return true
  }

  /** An ICMP error about an echo request of ours. */
  error(error: IcmpError): void {
    const { packet } = error
    if (packet === undefined || error.quotedEnd - error.quotedAt < HEADER_BYTES) return
    const { u8 } = packet.memory
    if (u8[error.quotedAt] !== (error.version === 4 ? ECHO_REQUEST : ECHO_REQUEST_6)) return
    const sock = this.find(error.version, (u8[error.quotedAt + 4] << 8) | u8[error.quotedAt + 5])
    if (sock === undefined) return
    if (keepsErrors(sock, error.version)) {
      enqueueIcmpError(sock, error, error.errno, 0, u8.slice(error.quotedAt, error.quotedEnd))
    } else if (!error.fatal || !sock.isConnected) {
      return
    }
    sock.reportError(error.errno)
  }

  private find(version: number, identifier: number): PingSock | undefined {
    for (const sock of this.socks) {
      if (sock.localPort === identifier && sock.isInet6 === (version === 6)) return sock
    }
    return undefined
  }
}

export function bindPing(pings: PingTable, sock: PingSock, address: SocketAddress): 0 | Errno {
  if (sock.localPort !== 0) return 'EINVAL'
  return bindInet(sock, pings.identifiers, address)
}

export function connectPing(pings: PingTable, sock: PingSock, address: SocketAddress): 0 | Errno {
  const refused = address.family === 'AF_UNSPEC' ? undefined : autobind(sock, pings.identifiers)
  if (refused !== undefined) return refused
  const result = connectAddressOnly(sock, address)
  if (result !== 0) return result
  sock.isConnected = address.family !== 'AF_UNSPEC'
  sock.remotePort = sock.isConnected && 'port' in address ? address.port : 0
  return 0
}

/** The program writes type, code and sequence number; identifier and checksum are the stack's. */
export function sendPing(pings: PingTable, sock: PingSock, buffer: Uint8Array, offset: number, length: number, flags: number,
  address: SocketAddress | undefined, control: readonly ControlMessage[] | undefined): number | Errno {
  if (length > 0xffff) return 'EMSGSIZE'
  if (length < HEADER_BYTES) return 'EINVAL'
  if ((flags & MSG_OOB) !== 0) return 'EOPNOTSUPP'
  const refused = autobind(sock, pings.identifiers)
  if (refused !== undefined) return refused
  if (buffer[offset] !== (sock.isInet6 ? ECHO_REQUEST_6 : ECHO_REQUEST) || buffer[offset + 1] !== 0) return 'EINVAL'
  const flow = sendFlow(sock, sock.isConnected, address, control, flags)
  if (typeof flow === 'string') return flow
  if (sock.error !== undefined) return sock.takeError() ?? 'EAGAIN'
  if (!sock.mayCharge) return 'EAGAIN'
  const packet = pings.namespace.memory.allocate(length)
  if (packet === undefined) return 'ENOBUFS'
  packet.putBytes(buffer, offset, length)
  sock.chargePacket(packet)
  packet.transportAt = packet.start
  const { u8 } = packet.memory
  u8[packet.start + 4] = sock.localPort >>> 8
  u8[packet.start + 5] = sock.localPort
  const sum = sock.isInet6 ? pseudoHeaderSum(addressSum(flow.source, flow.destination), IPPROTO_ICMPV6, length) : 0
  u8[packet.start + 2] = sum >>> 8
  u8[packet.start + 3] = sum
  // In full, as Linux: a reply on loopback is made from it.
  const checksum = finish(packet.memory.checksummer.sum(packet.start, length))
  u8[packet.start + 2] = checksum >>> 8
  u8[packet.start + 3] = checksum
  const failed = pings.namespace.ip.output(packet, flow)
  // With IP_RECVERR the error queue tells the MTU that was too small.
  if (failed === 'EMSGSIZE') enqueueLocalError(sock, failed, pings.namespace.ip.mtu(flow), 0)
  return failed ?? length
}
