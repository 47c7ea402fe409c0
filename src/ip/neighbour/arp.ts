// ARP (RFC 826, RFC 5227; row B5): asks for the neighbours of IPv4, answers for our own addresses, announces them.

import { IpAddress } from '../../base/address/ip.ts'
import { MacAddress } from '../../base/address/mac.ts'
import { after, us } from '../../base/time.ts'
import type { NetDevice } from '../../link/net-device.ts'
import { transmit } from '../../link/transmit.ts'
import { ARP_BYTES, ARP_REPLY, ARP_REQUEST, ArpView, encodeArp } from '../../wire/arp.ts'
import { ETHERNET_HEADER_BYTES, ETHERTYPE_ARP, ETHERTYPE_IPV4, writeEthernetHeader } from '../../wire/ethernet.ts'
import { Ipv4View } from '../../wire/ipv4.ts'
import { TO_HOST } from '../../wire/packet.ts'
import type { Packet } from '../../wire/packet.ts'
import type { AddressTable } from '../interface-address.ts'
import type { NetNamespace } from '../namespace.ts'
import { sourceAddress4 } from '../route/source-address.ts'
import type { IpSettings } from '../sysctl.ts'
import { NeighbourTable } from './cache.ts'
import type { NeighbourEntry, Resolver } from './cache.ts'

/** Whoever claims an address of ours, or one that is being probed (RFC 5227 2.1, 2.4). */
export type ConflictListener = (address: IpAddress, device: NetDevice, claimant: MacAddress) => void

export class Arp implements Resolver {
  readonly etherType = ETHERTYPE_IPV4
  readonly neighbours: NeighbourTable
  onUnreachable: (entry: NeighbourEntry, packet: Packet) => void = () => { /* set by ip.ts */ }
  onConflict: ConflictListener = () => { /* set by duplicate-address.ts */ }
  private readonly namespace: NetNamespace
  private readonly addresses: AddressTable
  private readonly settings: IpSettings
  private readonly view = new ArpView()
  private readonly ipv4 = new Ipv4View()

  constructor(namespace: NetNamespace, addresses: AddressTable, settings: IpSettings) {
    this.namespace = namespace
    this.addresses = addresses
    this.settings = settings
    this.neighbours = new NeighbourTable(namespace, settings.neighbour4, this)
  }

  /** Takes ownership; `packet.start` is behind the Ethernet header. */
  input(packet: Packet, device: NetDevice): void {
    const view = this.view.wrap(packet)
    const reason = view.check()
    if (reason !== undefined) {
      this.namespace.countDrop('arp', reason, device.name, packet.length)
      packet.release()
      return
    }
    this.process(view, packet, device)
    packet.release()
  }

  /** RFC 826's order, with Linux's rules for who may change what (arp_process). */
  private process(view: ArpView, packet: Packet, device: NetDevice): void {
    const { operation, senderProtocol, targetProtocol } = view
    if (operation !== ARP_REQUEST && operation !== ARP_REPLY) return
    if (targetProtocol >>> 24 === 127 || targetProtocol >>> 28 === 0xe) return
    const mac = view.senderHardware
    if (mac.isMulticast || (device.address?.equals(mac) ?? false)) return
    const target = this.addresses.find4(targetProtocol)
    this.noticeConflict(senderProtocol, targetProtocol, mac, device)
    if (senderProtocol === 0) {
      // Somebody probes: defend what is ours (RFC 5227 2.1.1).
      if (operation === ARP_REQUEST && target !== undefined) this.reply(device, targetProtocol, 0, mac)
      return
    }
    const sender = IpAddress.v4(senderProtocol)
    if (sender.isMulticast || sender.isBroadcast) return
    const isGratuitous = senderProtocol === targetProtocol
    const known = this.neighbours.find(device, sender)
    if (operation === ARP_REQUEST && target !== undefined && !this.addresses.isLocal4(senderProtocol)) {
      const entry = known ?? this.neighbours.findOrCreate(device, sender)
      if (entry !== undefined) this.neighbours.learn(entry, mac, 'stale', true)
      this.reply(device, targetProtocol, senderProtocol, mac)
      return
    }
    if (known === undefined) return
    const isAnswer = operation === ARP_REPLY && packet.linkDestination === TO_HOST
    // A fresh entry is not overridden: two answers to one broadcast do not make it flap (locktime).
    const locked = after(known.updatedAt, us(this.settings.neighbour4.lockTime.value * 10_000)) > this.namespace.now()
    this.neighbours.learn(known, mac, isAnswer ? 'reachable' : 'stale', !locked || isGratuitous)
  }

  private noticeConflict(senderProtocol: number, targetProtocol: number, mac: MacAddress, device: NetDevice): void {
    const owned = this.addresses.find4(senderProtocol)
    if (senderProtocol !== 0 && (owned === undefined || owned.device === device)) this.onConflict(IpAddress.v4(senderProtocol), device, mac)
    if (senderProtocol === 0 && targetProtocol !== 0 && this.addresses.find4(targetProtocol) === undefined) {
      this.onConflict(IpAddress.v4(targetProtocol), device, mac)
    }
  }

  private reply(device: NetDevice, ours: number, theirs: number, to: MacAddress): void {
    this.send(device, ARP_REPLY, ours, theirs, to, to)
  }

  solicit(entry: NeighbourEntry, unicast: boolean, packet: Packet | undefined): void {
    const { device, address } = entry
    // The waiting packet's own source, when it is ours, is what the neighbour will be asked to answer to.
    const wanted = packet === undefined ? 0 : this.ipv4.wrap(packet).source
    const source = packet !== undefined && this.addresses.find4(wanted) !== undefined ? wanted
      : sourceAddress4(this.addresses, device, address)?.w3 ?? 0
    this.send(device, ARP_REQUEST, source, address.w3, MacAddress.ZERO, unicast ? entry.mac : MacAddress.BROADCAST)
  }

  unreachable(entry: NeighbourEntry, packet: Packet): void { this.onUnreachable(entry, packet) }

  /** RFC 5227 2.3: tells everyone where `address` is; also refreshes switches. */
  announce(device: NetDevice, address: IpAddress): void {
    this.send(device, ARP_REQUEST, address.w3, address.w3, MacAddress.ZERO, MacAddress.BROADCAST)
  }

  /** RFC 5227 2.1.1: asks without claiming. */
  probe(device: NetDevice, address: IpAddress): void {
    this.send(device, ARP_REQUEST, 0, address.w3, MacAddress.ZERO, MacAddress.BROADCAST)
  }

  private send(device: NetDevice, operation: number, sender: number, target: number, targetHardware: MacAddress, to: MacAddress): void {
    const { address } = device
    const packet = address === undefined ? undefined : this.namespace.memory.allocate(ARP_BYTES)
    if (packet === undefined || address === undefined) return
    const u8 = packet.memory.u8
    encodeArp({
      operation, senderHardware: address, senderProtocol: IpAddress.v4(sender), targetHardware, targetProtocol: IpAddress.v4(target),
    }, u8, packet.put(ARP_BYTES))
    packet.networkAt = packet.start
    packet.linkAt = packet.push(ETHERNET_HEADER_BYTES)
    writeEthernetHeader(u8, packet.linkAt, to, address, ETHERTYPE_ARP)
    transmit(device, packet, this.namespace)
  }
}
