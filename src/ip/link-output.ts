// From a routed IP packet to a frame on a device: the last step of both IP versions on the way out. Chooses the link
// destination (neighbour, group, broadcast, or none on media without addresses).

import { MacAddress } from '../base/address/mac.ts'
import type { IpAddress } from '../base/address/ip.ts'
import type { NetDevice } from '../link/net-device.ts'
import { transmit } from '../link/transmit.ts'
import { ETHERNET_HEADER_BYTES, ETHERTYPE_IPV4, ETHERTYPE_IPV6, writeEthernetHeader } from '../wire/ethernet.ts'
import type { Packet } from '../wire/packet.ts'
import type { NetNamespace } from './namespace.ts'
import { NeighbourEntry } from './neighbour/cache.ts'
import type { NeighbourTable } from './neighbour/cache.ts'
import type { CachedRoute } from './route/lookup.ts'

export class LinkOutput {
  private readonly namespace: NetNamespace
  private readonly neighbours4: NeighbourTable
  private readonly neighbours6: NeighbourTable

  constructor(namespace: NetNamespace, neighbours4: NeighbourTable, neighbours6: NeighbourTable) {
    this.namespace = namespace
    this.neighbours4 = neighbours4
    this.neighbours6 = neighbours6
    const send = (packet: Packet, device: NetDevice): void => { transmit(device, packet, namespace) }
    neighbours4.transmit = send
    neighbours6.transmit = send
  }

  /** Takes ownership; `packet.start` is the IP header. */
  send(given: Packet, route: CachedRoute): void {
    const { device } = route
    if (device.medium !== 'ethernet') {
      this.put(device, given)
      return
    }
    // A packet forwarded from a medium without link header may lack the room for ours.
    const packet = given.headroom < ETHERNET_HEADER_BYTES ? this.withHeadroom(given) : given
    if (packet === undefined) return
    if (route.kind !== 'unicast') {
      this.sendToGroup(packet, device, route.nextHop, route.kind === 'broadcast')
      return
    }
    const cached = route.neighbour
    const entry = cached instanceof NeighbourEntry && !cached.dead ? cached : this.neighbourOf(route)
    if (entry === undefined) this.refuse(packet, device)
    else if (entry.table.prepare(entry, packet)) this.put(device, packet)
  }

  /** A full queue before the device is told to whoever looks at `queueRefusals` (TCP), when nothing of the packet left. */
  private put(device: NetDevice, packet: Packet): void {
    const { counters } = device
    const before = counters.txPackets
    if (transmit(device, packet, this.namespace) === 'device-queue-full' && counters.txPackets === before) this.namespace.queueRefusals++
  }

  private withHeadroom(packet: Packet): Packet | undefined {
    const copy = this.namespace.memory.allocate(packet.length)
    if (copy === undefined) {
      this.namespace.countDrop('ip', 'no-packet-memory', '', packet.length)
    } else {
      const shift = copy.start - packet.start
      packet.memory.u8.copyWithin(copy.put(packet.length), packet.start, packet.end)
      copy.networkAt = packet.networkAt + shift
      copy.transportAt = packet.transportAt < 0 ? -1 : packet.transportAt + shift
      copy.checksum = packet.checksum
      copy.checksumStart = packet.checksumStart + shift
      copy.checksumAt = packet.checksumAt + shift
      copy.gsoType = packet.gsoType
      copy.gsoSize = packet.gsoSize
      copy.gsoSegs = packet.gsoSegs
    }
    packet.release()
    return copy
  }

  private refuse(packet: Packet, device: NetDevice): void {
    this.namespace.countDrop('arp', 'neighbour-table-full', device.name, packet.length)
    packet.release()
  }

  private neighbourOf(route: CachedRoute): NeighbourEntry | undefined {
    const table = route.nextHop.family === 4 ? this.neighbours4 : this.neighbours6
    const entry = table.findOrCreate(route.device, route.nextHop)
    route.neighbour = entry
    return entry
  }

  /** To a neighbour outside any route: neighbour discovery's own messages. */
  sendTo(packet: Packet, device: NetDevice, address: IpAddress): void {
    if (device.medium !== 'ethernet') {
      transmit(device, packet, this.namespace)
      return
    }
    if (address.isMulticast) {
      this.sendToGroup(packet, device, address, false)
      return
    }
    const table = address.family === 4 ? this.neighbours4 : this.neighbours6
    const entry = table.findOrCreate(device, address)
    if (entry === undefined) this.refuse(packet, device)
    else if (table.prepare(entry, packet)) transmit(device, packet, this.namespace)
  }

  /** With the link address given: an answer to whoever asked. */
  sendToMac(packet: Packet, device: NetDevice, mac: MacAddress, etherType: number): void {
    const source = device.address
    if (device.medium === 'ethernet' && source !== undefined) {
      packet.linkAt = packet.push(ETHERNET_HEADER_BYTES)
      writeEthernetHeader(packet.memory.u8, packet.linkAt, mac, source, etherType)
    }
    transmit(device, packet, this.namespace)
  }

  private sendToGroup(packet: Packet, device: NetDevice, address: IpAddress, isBroadcast: boolean): void {
    const isV4 = address.family === 4
    const group = isV4 ? MacAddress.forIpv4Multicast(address.w3) : MacAddress.forIpv6Multicast(address.w3)
    const mac = isBroadcast ? MacAddress.BROADCAST : group
    this.sendToMac(packet, device, mac, isV4 ? ETHERTYPE_IPV4 : ETHERTYPE_IPV6)
  }

  confirm(route: CachedRoute): void {
    const entry = route.neighbour
    if (entry instanceof NeighbourEntry) entry.table.confirm(entry)
  }
}
