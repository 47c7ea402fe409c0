// What every attached device hands its packets to (Linux: __netif_receive_skb): shows the frame to observers and taps,
// reads the link header, sends each packet to its protocol, and ends the batch. Rows B1, B2.

import type { DropReason } from '../base/drop-reason.ts'
import { observeArrival } from '../link/hand-up.ts'
import type { DeviceReceiver, NetDevice } from '../link/net-device.ts'
import { ETHERNET_HEADER_BYTES, ETHERTYPE_ARP, ETHERTYPE_IPV4, ETHERTYPE_IPV6, EthernetView } from '../wire/ethernet.ts'
import { TO_BROADCAST, TO_HOST, TO_MULTICAST, TO_OTHER_HOST } from '../wire/packet.ts'
import type { Packet } from '../wire/packet.ts'
import type { Ipv4Input } from './ipv4/input.ts'
import type { Ipv6Input } from './ipv6/input.ts'
import type { NetNamespace } from './namespace.ts'
import type { Arp } from './neighbour/arp.ts'
import type { TransportTable } from './transport-table.ts'

export class DeviceInput implements DeviceReceiver {
  /** The carrier or the administrator changed something; set by ip.ts. */
  onLinkChanged: (device: NetDevice) => void = () => { /* unplugged */ }
  private readonly namespace: NetNamespace
  private readonly transports: TransportTable
  private readonly ipv4: Ipv4Input
  private readonly ipv6: Ipv6Input
  private readonly arp: Arp
  private readonly ethernet = new EthernetView()
  /** Those devices that gather, as of this generation: most hosts have none, and some have many devices. */
  private gathering: readonly (NetDevice | undefined)[] = []
  private generation = 0

  constructor(namespace: NetNamespace, transports: TransportTable, ipv4: Ipv4Input, ipv6: Ipv6Input, arp: Arp) {
    this.namespace = namespace
    this.transports = transports
    this.ipv4 = ipv4
    this.ipv6 = ipv6
    this.arp = arp
  }

  receive(packet: Packet, device: NetDevice): void {
    packet.deviceIndex = device.index
    packet.linkAt = packet.start
    if (device.medium !== 'loopback') {
      packet.routingMark = 0
      packet.priority = 0
    }
    if (device.medium === 'ethernet') this.readEthernet(packet, device)
    if (device.taps.length > 0 || this.namespace.trace.frames) observeArrival(device, packet, this.namespace)
    if (!device.up) {
      this.drop(packet, 'device-down', device)
      return
    }
    if (device.medium === 'ethernet') this.openFrame(packet, device)
    else this.receiveNetwork(packet, device)
  }

  /** Says to whom the frame is addressed, before taps see it. */
  private readEthernet(packet: Packet, device: NetDevice): void {
    const view = this.ethernet.wrap(packet)
    if (view.check() !== undefined) return
    const own = device.address
    packet.etherType = view.etherType
    if (view.isGroup) {
      packet.linkDestination = view.isBroadcast ? TO_BROADCAST : TO_MULTICAST
      if (packet.linkDestination === TO_MULTICAST) device.counters.multicast++
    } else {
      packet.linkDestination = own !== undefined && view.isTo(own.high16, own.low32) ? TO_HOST : TO_OTHER_HOST
    }
  }

  private openFrame(packet: Packet, device: NetDevice): void {
    if (packet.length < ETHERNET_HEADER_BYTES) {
      this.drop(packet, 'frame-too-short', device)
      return
    }
    if (packet.linkDestination === TO_OTHER_HOST) {
      // A promiscuous device shows them to taps; they are still not ours.
      this.drop(packet, 'frame-not-for-us', device)
      return
    }
    const { etherType } = packet
    packet.pull(ETHERNET_HEADER_BYTES)
    packet.networkAt = packet.start
    if (etherType === ETHERTYPE_IPV4) this.ipv4.receive(packet, device)
    else if (etherType === ETHERTYPE_IPV6) this.ipv6.receive(packet, device)
    else if (etherType === ETHERTYPE_ARP) this.arp.input(packet, device)
    else this.drop(packet, 'unknown-ethertype', device)
  }

  /** A copy of what this host itself sent to a group or to all: its source is ours, and rightly so. */
  receiveLooped(packet: Packet, device: NetDevice): void {
    if (packet.memory.u8[packet.start] >>> 4 === 4) this.ipv4.receiveLooped(packet, device)
    else this.ipv6.receive(packet, device)
  }

  /** A bare IP packet: its first nibble tells the version. */
  receiveNetwork(packet: Packet, device: NetDevice): void {
    const version = packet.length > 0 ? packet.memory.u8[packet.start] >>> 4 : 0
    packet.networkAt = packet.start
    packet.etherType = version === 6 ? ETHERTYPE_IPV6 : ETHERTYPE_IPV4
    if (version === 4) this.ipv4.receive(packet, device)
    else if (version === 6) this.ipv6.receive(packet, device)
    else this.drop(packet, 'ip-version', device)
  }

  /** Now protocols answer, and devices that gather send what they gathered. */
  endBatch(_device?: NetDevice): void {
    this.transports.endBatch()
    const { namespace } = this
    if (this.generation !== namespace.routeGeneration) {
      this.generation = namespace.routeGeneration
      this.gathering = namespace.devices.filter(each => each?.gathers === true)
    }
    for (const device of this.gathering) device?.flush()
  }

  linkChanged(device: NetDevice): void { this.onLinkChanged(device) }

  private drop(packet: Packet, reason: DropReason, device: NetDevice): void {
    this.namespace.countDrop('link', reason, device.name, packet.length)
    packet.release()
  }
}
