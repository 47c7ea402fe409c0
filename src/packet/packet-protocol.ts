// All AF_PACKET sockets of a host (row I3; Linux: af_packet): they tap devices on the way in and out, and send frames past
// the IP layer.

import { MacAddress } from '../base/address/mac.ts'
import type { Errno } from '../base/errno.ts'
import { ETH_P_ALL } from '../base/posix.ts'
import type { DeviceTap, NetDevice } from '../link/net-device.ts'
import { transmit } from '../link/transmit.ts'
import { READABLE } from '../sock/readiness.ts'
import type { Sock } from '../sock/sock.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import { truesize } from '../sock/truesize.ts'
import type { Packet } from '../wire/packet.ts'
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
      this.queue(sock, packet, device, packetType, etherType)
    }
  }

  private queue(sock: PacketSock, packet: Packet, device: NetDevice, packetType: number, etherType: number): void {
    sock.seen++
    const wanted = sock.filter?.(packet) ?? packet.length
    if (wanted === 0) return
    const charge = truesize(packet.length)
    const copy = sock.chargedBytes + charge > sock.rcvbuf && sock.chargedBytes > 0 ? undefined : packet.clone()
    if (copy === undefined) {
      sock.drops++
      this.namespace.countDrop('packet', 'socket-receive-buffer', device.name, packet.length)
      return
    }
    const address = device.medium === 'ethernet' && packetType !== PACKET_OUTGOING ? MacAddress.fromBytes(copy.memory.u8, copy.start + 6) : device.address
    if (device.medium === 'ethernet' && !sock.isRaw) copy.pull(Math.min(copy.length, ETHERNET_BYTES))
    if (device.medium === 'loopback' && sock.isRaw) pushLoopbackHeader(copy, etherType)
    if (wanted < packet.length) copy.trim(Math.max(0, copy.length - (packet.length - wanted)))
    copy.receivedAt = this.namespace.now()
    sock.queue.push({
      packet: copy, charge, wholeLength: packet.length,
      from: { family: 'AF_PACKET', protocol: etherType, interfaceIndex: device.index, hardwareType: ARPHRD[device.medium], packetType, address },
    })
    sock.chargedBytes += charge
    sock.wake(READABLE)
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

function etherTypeOf(packet: Packet, device: NetDevice): number {
  const { u8 } = packet.memory
  if (device.medium === 'ethernet') return (u8[packet.start + 12] << 8) | u8[packet.start + 13]
  return u8[packet.start] >>> 4 === 6 ? 0x86dd : 0x0800
}
