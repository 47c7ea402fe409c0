// Neighbour discovery (RFC 4861; row C9): solicits and answers for the neighbours of IPv6, hears routers and redirects.
// Router advertisements go on to autoconf/slaac.ts.

import { IpAddress } from '../../base/address/ip.ts'
import type { MacAddress } from '../../base/address/mac.ts'
import { Prefix } from '../../base/address/prefix.ts'
import { setU16 } from '../../base/bytes.ts'
import { addSums, finish } from '../../base/checksum.ts'
import type { DropReason } from '../../base/drop-reason.ts'
import type { NetDevice } from '../../link/net-device.ts'
import { ETHERTYPE_IPV6 } from '../../wire/ethernet.ts'
import {
  ICMPV6_REDIRECT, NEIGHBOUR_ADVERTISEMENT, NEIGHBOUR_SOLICITATION, ROUTER_ADVERTISEMENT, ROUTER_SOLICITATION, writeIcmpv6Header,
} from '../../wire/icmpv6.ts'
import type { Icmpv6View } from '../../wire/icmpv6.ts'
import { Ipv6View } from '../../wire/ipv6.ts'
import { NDP_SOURCE_LINK_LAYER, NDP_TARGET_LINK_LAYER, NdpOptionCursor } from '../../wire/ndp-options.ts'
import type { Packet } from '../../wire/packet.ts'
import { addressSum, pseudoHeaderSum } from '../../wire/pseudo-header.ts'
import type { AddressTable, InterfaceAddress } from '../interface-address.ts'
import type { IpPacketInfo } from '../ip-packet-info.ts'
import type { Ipv6Output } from '../ipv6/output.ts'
import type { NetNamespace } from '../namespace.ts'
import type { RouteTable } from '../route/table.ts'
import { sourceAddress6 } from '../route/source-address.ts'
import type { IpSettings } from '../sysctl.ts'
import { NeighbourTable } from './cache.ts'
import type { NeighbourEntry, Resolver } from './cache.ts'

const PROTOCOL_ICMPV6 = 58
/** RFC 4861 3: proof that the packet came from this link. */
const HOP_LIMIT = 255
const FLAG_ROUTER = 0x80000000 | 0
const FLAG_SOLICITED = 0x40000000
const FLAG_OVERRIDE = 0x20000000
const OPTION_BYTES = 8

export class Ndp implements Resolver {
  readonly etherType = ETHERTYPE_IPV6
  readonly neighbours: NeighbourTable
  /** All set by ip.ts. */
  onUnreachable: (entry: NeighbourEntry, packet: Packet) => void = () => { /* unplugged */ }
  onDuplicate: (entry: InterfaceAddress) => void = () => { /* unplugged */ }
  onRouterAdvertisement: (view: Icmpv6View, router: IpAddress, device: NetDevice) => void = () => { /* unplugged */ }
  output!: Ipv6Output
  private readonly namespace: NetNamespace
  private readonly addresses: AddressTable
  private readonly table: RouteTable
  private readonly settings: IpSettings
  private readonly options = new NdpOptionCursor()
  private readonly waiting = new Ipv6View()

  constructor(namespace: NetNamespace, addresses: AddressTable, table: RouteTable, settings: IpSettings) {
    this.namespace = namespace
    this.addresses = addresses
    this.table = table
    this.settings = settings
    this.neighbours = new NeighbourTable(namespace, settings.neighbour6, this)
  }

  /** A checked ICMPv6 message of type 133 to 137; answers why it is refused. The packet stays the caller's. */
  input(view: Icmpv6View, info: IpPacketInfo, device: NetDevice): DropReason | undefined {
    if (info.hopLimit !== HOP_LIMIT || view.code !== 0 || view.end - view.at < view.fixedLength) return 'neighbour-malformed'
    switch (view.type) {
      case NEIGHBOUR_SOLICITATION: return this.onSolicitation(view, info, device)
      case NEIGHBOUR_ADVERTISEMENT: return this.onAdvertisement(view, info, device)
      case ROUTER_ADVERTISEMENT: return this.onRouter(view, info, device)
      case ICMPV6_REDIRECT: return this.onRedirect(view, info, device)
      default: return undefined // router solicitations are for routers
    }
  }

  /** The link address in an option of `type`; false when the options are malformed. */
  private findLinkOption(view: Icmpv6View, type: number): boolean | undefined {
    const cursor = this.options.start(view.u8, view.at + view.fixedLength, view.end)
    let at = -1
    while (cursor.next()) if (cursor.type === type) at = cursor.at
    if (cursor.bad) return undefined
    if (at < 0) return false
    cursor.at = at
    return true
  }

  private onSolicitation(view: Icmpv6View, info: IpPacketInfo, device: NetDevice): DropReason | undefined {
    const target = view.target
    const source = info.source()
    const hasLink = this.findLinkOption(view, NDP_SOURCE_LINK_LAYER)
    const probing = source.isUnspecified
    if (hasLink === undefined || target.isMulticast || (probing && hasLink)) return 'neighbour-malformed'
    const mac = hasLink ? this.options.mac : undefined
    const entry = this.addresses.find(target, device.index)
    if (entry === undefined || entry.device !== device || entry.state === 'duplicate') return undefined
    if (entry.state === 'tentative') {
      // RFC 4862 5.4.3: somebody else probes the same address.
      if (probing) this.onDuplicate(entry)
      return undefined
    }
    if (probing) {
      this.advertise(device, target, IpAddress.ALL_NODES, FLAG_OVERRIDE)
      return undefined
    }
    if (mac !== undefined) this.hear(device, source, mac)
    this.advertise(device, target, source, FLAG_SOLICITED | FLAG_OVERRIDE)
    return undefined
  }

  /** An option tells a link address. */
  private hear(device: NetDevice, address: IpAddress, mac: MacAddress): NeighbourEntry | undefined {
    const entry = this.neighbours.findOrCreate(device, address)
    if (entry !== undefined) this.neighbours.learn(entry, mac, 'stale', true)
    return entry
  }

  private onAdvertisement(view: Icmpv6View, info: IpPacketInfo, device: NetDevice): DropReason | undefined {
    const target = view.target
    const hasLink = this.findLinkOption(view, NDP_TARGET_LINK_LAYER)
    const toGroup = info.d0 >>> 24 === 0xff
    if (hasLink === undefined || target.isMulticast || (toGroup && view.isSolicited)) return 'neighbour-malformed'
    const own = this.addresses.find(target, device.index)
    if (own?.state === 'tentative') {
      this.onDuplicate(own)
      return undefined
    }
    const entry = this.neighbours.find(device, target)
    if (own !== undefined || entry === undefined) return undefined
    const known = entry.state !== 'none' && entry.state !== 'incomplete' && entry.state !== 'failed'
    // RFC 4861 7.2.5: without an address there is nothing to complete.
    if (!hasLink && !known) return undefined
    this.neighbours.learn(entry, hasLink ? this.options.mac : entry.mac, view.isSolicited ? 'reachable' : 'stale', view.isOverride)
    entry.isRouter = view.isRouter
    return undefined
  }

  private onRouter(view: Icmpv6View, info: IpPacketInfo, device: NetDevice): DropReason | undefined {
    const router = info.source()
    const hasLink = this.findLinkOption(view, NDP_SOURCE_LINK_LAYER)
    if (hasLink === undefined || !router.isLinkLocal) return 'neighbour-malformed'
    if (hasLink) {
      const entry = this.hear(device, router, this.options.mac)
      if (entry !== undefined) entry.isRouter = true
    }
    this.onRouterAdvertisement(view, router, device)
    return undefined
  }

  /** RFC 4861 8.3: only the router in use may tell of a better first hop. */
  private onRedirect(view: Icmpv6View, info: IpPacketInfo, device: NetDevice): DropReason | undefined {
    const target = view.target
    const destination = view.redirectDestination
    const router = info.source()
    const hasLink = this.findLinkOption(view, NDP_TARGET_LINK_LAYER)
    const onLink = target.equals(destination)
    if (hasLink === undefined || !router.isLinkLocal || destination.isMulticast || !(target.isLinkLocal || onLink)) return 'neighbour-malformed'
    const { acceptRedirects6, forward6 } = this.settings
    const current = this.table.lookup(destination, device.index)
    if (acceptRedirects6.value === 0 || forward6.value !== 0 || current?.gateway?.equals(router) !== true) return 'icmp-ignored'
    if (hasLink) this.hear(device, target, this.options.mac)
    const prefix = new Prefix(destination, 128)
    this.table.remove(prefix, each => each.origin === 'redirect')
    this.table.add({
      destination: prefix, gateway: onLink ? undefined : target, device, metric: 0, type: 'unicast', source: undefined, mtu: 0, mtuLocked: false,
      advmss: 0, origin: 'redirect',
    })
    this.namespace.routeGeneration++
    return undefined
  }

  solicit(entry: NeighbourEntry, unicast: boolean, packet: Packet | undefined): void {
    const { device, address } = entry
    const wanted = packet === undefined ? undefined : this.waiting.wrap(packet).source
    const source = wanted !== undefined && this.addresses.find(wanted, device.index)?.isUsable === true ? wanted
      : sourceAddress6(this.addresses, device, address)
    if (source !== undefined) this.sendSolicitation(device, source, address, unicast ? address : address.solicitedNode())
  }

  unreachable(entry: NeighbourEntry, packet: Packet): void { this.onUnreachable(entry, packet) }

  /** RFC 4862 5.4.2: from the unspecified address, to whoever may hold `target`. */
  probe(device: NetDevice, target: IpAddress): void { this.sendSolicitation(device, IpAddress.ANY6, target, target.solicitedNode()) }

  private sendSolicitation(device: NetDevice, source: IpAddress, target: IpAddress, destination: IpAddress): void {
    const packet = this.build(device, NEIGHBOUR_SOLICITATION, 0, target, source.isUnspecified ? 0 : NDP_SOURCE_LINK_LAYER)
    if (packet !== undefined) this.send(device, packet, source, destination)
  }

  private advertise(device: NetDevice, target: IpAddress, destination: IpAddress, flags: number): void {
    const router = this.settings.forward6.value === 0 ? 0 : FLAG_ROUTER
    const packet = this.build(device, NEIGHBOUR_ADVERTISEMENT, flags | router, target, NDP_TARGET_LINK_LAYER)
    if (packet !== undefined) this.send(device, packet, target, destination)
  }

  solicitRouters(device: NetDevice): void {
    const source = sourceAddress6(this.addresses, device, IpAddress.ALL_ROUTERS)
    const packet = this.build(device, ROUTER_SOLICITATION, 0, undefined, source === undefined ? 0 : NDP_SOURCE_LINK_LAYER)
    if (packet !== undefined) this.send(device, packet, source ?? IpAddress.ANY6, IpAddress.ALL_ROUTERS)
  }

  private build(device: NetDevice, type: number, rest: number, target: IpAddress | undefined, option: number): Packet | undefined {
    const packet = this.namespace.memory.allocate(64)
    if (packet === undefined) return undefined
    const { u8 } = packet.memory
    writeIcmpv6Header(u8, packet.put(8), type, 0, rest)
    if (target !== undefined) target.write16(u8, packet.put(16))
    if (option !== 0 && device.address !== undefined) {
      const at = packet.put(OPTION_BYTES)
      u8[at] = option
      u8[at + 1] = 1
      device.address.writeTo(u8, at + 2)
    }
    return packet
  }

  private send(device: NetDevice, packet: Packet, source: IpAddress, destination: IpAddress): void {
    const pseudo = pseudoHeaderSum(addressSum(source, destination), PROTOCOL_ICMPV6, packet.length)
    setU16(packet.memory.u8, packet.start + 2, finish(addSums(pseudo, packet.memory.checksummer.sum(packet.start, packet.length))))
    this.namespace.mib.icmp6.OutMsgs++
    this.output.outputOn(device, packet, source, destination, PROTOCOL_ICMPV6, HOP_LIMIT)
  }
}
