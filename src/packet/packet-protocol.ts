// All AF_PACKET sockets of a host (row I3; Linux: af_packet): they tap devices on the way in and out, and send frames past
// the IP layer.

import { MacAddress } from '../base/address/mac.ts'
import type { Errno } from '../base/errno.ts'
import { ETH_P_ALL } from '../base/posix.ts'
import type { DeviceTap, NetDevice } from '../link/net-device.ts'
import { transmit } from '../link/transmit.ts'
import { READABLE } from '../sock/readiness.ts'
import type { Sock } from '../sock/sock.ts'
import { encodeSockaddr } from '../sock/sockaddr-codec.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import { truesize } from '../sock/truesize.ts'
import { CHECKSUM_NONE, CHECKSUM_PARTIAL } from '../wire/packet.ts'
import type { Packet } from '../wire/packet.ts'
import { TP_STATUS_CSUMNOTREADY, TP_STATUS_CSUM_VALID, TP_STATUS_LOSING, TP_STATUS_USER } from './frame-ring.ts'
import type { FrameRing } from './frame-ring.ts'
import { PacketMemberships } from './membership.ts'
import { PacketSock } from './packet-sock.ts'

const ETHERNET_BYTES = 14
/** A VLAN tag may stand beside the MTU. */
const VLAN_BYTES = 4
const ETH_P_8021Q = 0x8100
const PACKET_OUTGOING = 4
const ARPHRD = { ethernet: 1, loopback: 772, ip: 65_534 } as const

export class PacketProtocol implements DeviceTap {
  readonly namespace: Sock['namespace']
  readonly socks = new Set<PacketSock>()
  readonly memberships = new PacketMemberships()
  private isTapping = false

  constructor(namespace: Sock['namespace']) {
    this.namespace = namespace
  }

  /** `protocol` as the program gives it: in network order. */
  create(family: number, type: number, protocol: number): PacketSock {
    const { sysctl } = this.namespace
    const sock = new PacketSock(this.namespace, family, type, protocol,
      sysctl.row('net.core.wmem_default').value, sysctl.row('net.core.rmem_default').value)
    sock.etherType = ((protocol & 0xff) << 8) | (protocol >>> 8)
    this.socks.add(sock)
    this.adjustTaps()
    return sock
  }

  release(sock: PacketSock): void {
    this.socks.delete(sock)
    this.memberships.dropAll(sock)
    sock.ring = undefined
    for (let frame = sock.take(); frame !== undefined; frame = sock.take()) frame.packet.release()
    this.adjustTaps()
  }

  /** The host has a new device: whoever listens hears it too. */
  deviceAdded(device: NetDevice): void {
    if (this.isTapping) device.addTap(this)
  }

  frameIn(packet: Packet, device: NetDevice): void { this.show(packet, device, packet.linkDestination) }

  frameOut(packet: Packet, device: NetDevice): void { this.show(packet, device, PACKET_OUTGOING) }

  /** Devices are tapped only while somebody listens. */
  private adjustTaps(): void {
    const isNeeded = this.socks.size > 0
    if (isNeeded === this.isTapping) return
    this.isTapping = isNeeded
    for (const device of this.namespace.devices) {
      if (isNeeded) device?.addTap(this)
      else device?.removeTap(this)
    }
  }

  private show(packet: Packet, device: NetDevice, packetType: number): void {
    const etherType = etherTypeOf(packet, device)
    for (const sock of this.socks) {
      if (sock.etherType === 0 || (sock.deviceIndex !== 0 && sock.deviceIndex !== device.index)) continue
      if (sock.etherType !== ETH_P_ALL && (sock.etherType !== etherType || packetType === PACKET_OUTGOING)) continue
      // Nobody hears what it sent itself.
      if (packetType === PACKET_OUTGOING && (sock.ignoresOutgoing || packet.owner === sock)) continue
      this.queue(sock, packet, device, packetType, etherType)
    }
  }

  private queue(sock: PacketSock, packet: Packet, device: NetDevice, packetType: number, etherType: number): void {
    const wanted = this.wantedBytes(sock, packet, device, packetType, etherType)
    if (wanted === 0) return
    const isEthernet = device.medium === 'ethernet'
    const address = isEthernet && packetType !== PACKET_OUTGOING ? MacAddress.fromBytes(packet.memory.u8, packet.start + 6)
      : device.medium === 'loopback' ? MacAddress.ZERO : device.address
    const from: SocketAddress = {
      family: 'AF_PACKET', protocol: etherType, interfaceIndex: device.index, hardwareType: ARPHRD[device.medium], packetType, address,
    }
    const linkBytes = !sock.isRaw ? -1 : device.medium === 'ip' ? 0 : ETHERNET_BYTES
    const status = TP_STATUS_USER | (packet.checksum === CHECKSUM_PARTIAL ? TP_STATUS_CSUMNOTREADY
      : packet.checksum === CHECKSUM_NONE || packetType === PACKET_OUTGOING ? 0 : TP_STATUS_CSUM_VALID)
    const isTaken = sock.ring === undefined ? this.enqueue(sock, packet, device, wanted, from, status, linkBytes)
      : this.writeRing(sock, sock.ring, packet, device, wanted, from, status, linkBytes)
    if (!isTaken) {
      sock.drops++
      this.namespace.countDrop('packet', 'socket-receive-buffer', device.name, packet.length)
      return
    }
    sock.seen++
    sock.wake(READABLE)
  }

  private enqueue(sock: PacketSock, packet: Packet, device: NetDevice, wanted: number, from: SocketAddress, status: number,
    linkBytes: number): boolean {
    const copy = sock.chargedBytes >= sock.rcvbuf ? undefined : packet.clone()
    if (copy === undefined) return false
    fitHeader(copy, device, linkBytes, etherTypeOf(packet, device))
    const wholeLength = copy.length
    copy.trim(Math.min(wanted, wholeLength))
    copy.receivedAt = this.namespace.now()
    const charge = truesize(copy.length)
    sock.queue.push({ packet: copy, charge, wholeLength, from, status, linkBytes })
    sock.chargedBytes += charge
    return true
  }

  /** The frame is copied once, into the program's buffer. */
  private writeRing(sock: PacketSock, ring: FrameRing, packet: Packet, device: NetDevice, wanted: number, from: SocketAddress,
    status: number, linkBytes: number): boolean {
    const whole = device.medium === 'loopback' ? packet.clone() : packet
    if (whole === undefined) return false
    if (whole !== packet) fitHeader(whole, device, linkBytes, etherTypeOf(packet, device))
    const start = whole === packet && linkBytes < 0 && device.medium === 'ethernet' ? packet.start + ETHERNET_BYTES : whole.start
    const length = whole.end - start
    const losing = sock.drops > 0 ? TP_STATUS_LOSING : 0
    const isTaken = ring.write(whole.memory.u8, start, Math.min(wanted, length), {
      status: status | losing, atUs: this.namespace.now(), address: encodeSockaddr(from), linkBytes, wholeLength: length,
    })
    if (whole !== packet) whole.release()
    return isTaken
  }

  /** What the filter wants of the frame as this socket sees it: with or without its link header. */
  private wantedBytes(sock: PacketSock, packet: Packet, device: NetDevice, packetType: number, etherType: number): number {
    const { filter } = sock.options
    if (filter === undefined) return Infinity
    const isLoopback = device.medium === 'loopback'
    const isEthernet = device.medium === 'ethernet'
    const seen = isLoopback && sock.isRaw ? packet.clone() : packet
    if (seen === undefined) return 0
    if (seen !== packet) pushLoopbackHeader(seen, etherType)
    const subject = filter.subject.ofPacket(seen, isEthernet && !sock.isRaw ? seen.start + ETHERNET_BYTES : seen.start)
    subject.linkAt = isEthernet || seen !== packet ? seen.start : -1
    subject.networkAt = subject.linkAt < 0 ? seen.start : seen.start + ETHERNET_BYTES
    subject.isLoopback = isLoopback
    subject.etherType = etherType
    subject.packetType = packetType
    subject.deviceIndex = device.index
    subject.hardwareType = ARPHRD[device.medium]
    subject.random = this.namespace.random.public.next32()
    const wanted = filter.run(subject)
    if (seen !== packet) seen.release()
    return wanted
  }

  /** A frame as the program wrote it, or its payload behind a header made from `address`. */
  send(sock: PacketSock, buffer: Uint8Array, offset: number, length: number, address: SocketAddress | undefined): number | Errno {
    if (address !== undefined && address.family !== 'AF_PACKET') return 'EINVAL'
    const device = this.namespace.device(address?.interfaceIndex ?? sock.deviceIndex)
    if (device === undefined) return 'ENXIO'
    if (!device.up) return 'ENETDOWN'
    const hasHeader = device.medium === 'ethernet' && sock.isRaw
    if (hasHeader && length < ETHERNET_BYTES) return 'EINVAL'
    const isTagged = hasHeader && ((buffer[offset + 12] << 8) | buffer[offset + 13]) === ETH_P_8021Q
    if (length > device.mtu + (hasHeader ? ETHERNET_BYTES : 0) + (isTagged ? VLAN_BYTES : 0)) return 'EMSGSIZE'
    if (!sock.mayCharge) return 'EAGAIN'
    const packet = this.namespace.memory.allocate(length)
    if (packet === undefined) return 'ENOBUFS'
    packet.putBytes(buffer, offset, length)
    sock.chargePacket(packet)
    if (device.medium === 'ethernet' && !hasHeader) pushEthernetHeader(packet, device, address, sock.etherType)
    packet.linkAt = packet.start
    packet.deviceIndex = device.index
    transmit(device, packet, this.namespace)
    return length
  }
}

function pushEthernetHeader(packet: Packet, device: NetDevice, address: SocketAddress | undefined, fallbackType: number): void {
  const at = packet.push(ETHERNET_BYTES)
  const { u8 } = packet.memory
  const to = address?.family === 'AF_PACKET' ? address.address : undefined
  ;(to ?? MacAddress.BROADCAST).writeTo(u8, at)
  ;(device.address ?? MacAddress.ZERO).writeTo(u8, at + 6)
  const etherType = address?.family === 'AF_PACKET' && address.protocol !== 0 ? address.protocol : fallbackType
  u8[at + 12] = etherType >>> 8
  u8[at + 13] = etherType
}

/** Loopback has no link header; readers of whole frames see one of zeros, as on Linux. */
function pushLoopbackHeader(packet: Packet, etherType: number): void {
  const at = packet.push(ETHERNET_BYTES)
  const { u8 } = packet.memory
  u8.fill(0, at, at + 12)
  u8[at + 12] = etherType >>> 8
  u8[at + 13] = etherType
}

/** Makes a copy begin where the socket's frames do. */
function fitHeader(copy: Packet, device: NetDevice, linkBytes: number, etherType: number): void {
  if (device.medium === 'ethernet' && linkBytes < 0) copy.pull(Math.min(copy.length, ETHERNET_BYTES))
  if (device.medium === 'loopback' && linkBytes > 0) pushLoopbackHeader(copy, etherType)
}

function etherTypeOf(packet: Packet, device: NetDevice): number {
  const { u8 } = packet.memory
  if (device.medium === 'ethernet') return (u8[packet.start + 12] << 8) | u8[packet.start + 13]
  return u8[packet.start] >>> 4 === 6 ? 0x86dd : 0x0800
}
