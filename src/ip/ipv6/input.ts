// IPv6 on the way in (RFC 8200; row C9): checks, extension headers, reassembly, delivery. Called by device-input.ts.

import type { DropReason } from '../../base/drop-reason.ts'
import type { NetDevice } from '../../link/net-device.ts'
import { NEXT_FRAGMENT } from '../../wire/ipv6-extensions.ts'
import { IPV6_HEADER_BYTES, Ipv6View } from '../../wire/ipv6.ts'
import { TO_OTHER_HOST } from '../../wire/packet.ts'
import type { Packet } from '../../wire/packet.ts'
import { addressWordsSum } from '../../wire/pseudo-header.ts'
import type { Icmpv6Input } from '../icmp/v6-input.ts'
import type { AddressTable } from '../interface-address.ts'
import { TO_IP_MULTICAST, TO_UNICAST } from '../ip-packet-info.ts'
import type { IpPacketInfo } from '../ip-packet-info.ts'
import type { GroupTable } from '../multicast/groups.ts'
import type { NetNamespace } from '../namespace.ts'
import type { IpSettings } from '../sysctl.ts'
import type { TransportTable } from '../transport-table.ts'
import type { ExtensionWalk } from './extension-headers.ts'
import type { Ipv6Forward } from './forward.ts'
import type { Ipv6Reassembly } from './fragment.ts'

const PROTOCOL_ICMPV6 = 58

export interface Ipv6InputParts {
  readonly namespace: NetNamespace
  readonly settings: IpSettings
  readonly addresses: AddressTable
  readonly groups: GroupTable
  readonly walk: ExtensionWalk
  readonly reassembly: Ipv6Reassembly
  readonly forward: Ipv6Forward
  readonly icmp: Icmpv6Input
  readonly transports: TransportTable
  readonly info: IpPacketInfo
}

export class Ipv6Input {
  private readonly parts: Ipv6InputParts
  private readonly namespace: NetNamespace
  private readonly view = new Ipv6View()

  constructor(parts: Ipv6InputParts) {
    this.parts = parts
    this.namespace = parts.namespace
  }

  /** Takes ownership; `packet.start` is the IP header, padding of the frame may follow the packet. */
  receive(packet: Packet, device: NetDevice): void {
    const { ip6 } = this.namespace.mib
    const view = this.view.wrap(packet)
    packet.networkAt = packet.start
    ip6.InReceives++
    ip6.InOctets += packet.end - packet.start
    if (packet.linkDestination === TO_OTHER_HOST || this.parts.settings.disable6.value !== 0) {
      this.drop(packet, packet.linkDestination === TO_OTHER_HOST ? 'frame-not-for-us' : 'filtered', device)
      return
    }
    const reason = view.check()
    if (reason !== undefined) {
      if (reason === 'ip-truncated') ip6.InTruncatedPkts++
      else ip6.InHdrErrors++
      this.drop(packet, reason, device)
      return
    }
    packet.trim(IPV6_HEADER_BYTES + view.payloadLength)
    const { walk } = this.parts
    walk.start(packet)
    const address = this.checkAddresses(device) ?? walk.hopByHop(packet)
    if (address !== undefined) {
      if (address === 'ipv6-extension') ip6.InHdrErrors++
      else ip6.InAddrErrors++
      this.drop(packet, address, device)
      return
    }
    this.route(packet, device)
  }

  /** RFC 4291 2.5.3, 2.7: what may never be on a wire. */
  private checkAddresses(device: NetDevice): DropReason | undefined {
    const { view } = this
    if (view.u8[view.at + 8] === 0xff) return 'ip-bad-source'
    const d0 = view.destinationWord(0)
    if (d0 >>> 24 === 0xff) return ((d0 >>> 16) & 0xf) === 0 || (((d0 >>> 16) & 0xf) === 1 && device.medium !== 'loopback') ? 'ip-bad-destination' : undefined
    if ((d0 | view.destinationWord(1) | view.destinationWord(2)) !== 0) return this.isLoopbackSource() && device.medium !== 'loopback' ? 'ip-bad-source' : undefined
    const d3 = view.destinationWord(3)
    return d3 === 0 || (d3 === 1 && device.medium !== 'loopback') ? 'ip-bad-destination' : undefined
  }

  private isLoopbackSource(): boolean {
    const { view } = this
    return (view.sourceWord(0) | view.sourceWord(1) | view.sourceWord(2)) === 0 && view.sourceWord(3) === 1
  }

  private route(packet: Packet, device: NetDevice): void {
    const { view } = this
    const d0 = view.destinationWord(0)
    const d1 = view.destinationWord(1)
    const d2 = view.destinationWord(2)
    const d3 = view.destinationWord(3)
    if (d0 >>> 24 === 0xff) {
      this.namespace.mib.ip6.InMcastPkts++
      if (this.parts.groups.accepts(device, d0, d1, d2, d3) || device.allMulticast) this.deliver(packet, TO_IP_MULTICAST, device)
      else this.drop(packet, 'ip-not-local', device)
      return
    }
    const entry = this.parts.addresses.find6(d0, d1, d2, d3, device.index)
    if (entry === undefined || !entry.isUsable) this.parts.forward.receive(packet, device)
    else this.deliver(packet, TO_UNICAST, device)
  }

  private deliver(packet: Packet, kind: number, device: NetDevice): void {
    const { walk } = this.parts
    const reason = walk.forDestination(packet)
    if (reason !== undefined) {
      if (reason !== 'ip-unknown-protocol') this.namespace.mib.ip6.InHdrErrors++
      this.drop(packet, reason, device)
      return
    }
    if (walk.nextHeader === NEXT_FRAGMENT) this.reassemble(packet, kind, device)
    else this.deliverUpper(packet, kind, device)
  }

  private reassemble(packet: Packet, kind: number, device: NetDevice): void {
    const { reassembly, walk } = this.parts
    const whole = reassembly.input(packet, walk.at, walk.namedAt, device.name)
    if (whole !== undefined) {
      // The whole begins again at its IPv6 header; only what stood behind the fragment header is new.
      this.view.wrap(whole, whole.networkAt)
      walk.start(whole)
      this.deliverWhole(whole, kind, device)
      return
    }
    const { fault } = reassembly
    if (fault === undefined) return
    reassembly.fault = undefined
    this.namespace.mib.ip6.InHdrErrors++
    walk.report(packet, fault.code, packet.networkAt + fault.pointer)
    this.drop(packet, 'ip-fragment-malformed', device)
  }

  private deliverWhole(packet: Packet, kind: number, device: NetDevice): void {
    const { walk } = this.parts
    const reason = walk.hopByHop(packet) ?? walk.forDestination(packet)
    // A fragment inside a fragment has no honest use.
    if (reason !== undefined || walk.nextHeader === NEXT_FRAGMENT) this.drop(packet, reason ?? 'ip-fragment-malformed', device)
    else this.deliverUpper(packet, kind, device)
  }

  private deliverUpper(packet: Packet, kind: number, device: NetDevice): void {
    const { walk, info, transports } = this.parts
    const { nextHeader } = walk
    this.describe(nextHeader, kind, device)
    packet.transportAt = walk.at
    packet.pull(walk.at - packet.start)
    const taken = transports.deliverRaw(packet, info)
    const transport = nextHeader === PROTOCOL_ICMPV6 ? undefined : transports.get(nextHeader)
    const { ip6 } = this.namespace.mib
    if (transport !== undefined) {
      ip6.InDelivers++
      transport.input(packet, info)
    } else if (nextHeader === PROTOCOL_ICMPV6) {
      ip6.InDelivers++
      this.parts.icmp.input(packet, info, device)
    } else if (taken) {
      ip6.InDelivers++
      packet.release()
    } else {
      ip6.InUnknownProtos++
      walk.reportUnknownProtocol(packet)
      this.drop(packet, 'ip-unknown-protocol', device)
    }
  }

  private describe(protocol: number, kind: number, device: NetDevice): void {
    const { view } = this
    const { info } = this.parts
    info.s0 = view.sourceWord(0)
    info.s1 = view.sourceWord(1)
    info.s2 = view.sourceWord(2)
    info.s3 = view.sourceWord(3)
    info.d0 = view.destinationWord(0)
    info.d1 = view.destinationWord(1)
    info.d2 = view.destinationWord(2)
    info.d3 = view.destinationWord(3)
    info.addressSum = addressWordsSum(info.s0, info.s1, info.s2, info.s3, info.d0, info.d1, info.d2, info.d3)
    info.version = 6
    info.protocol = protocol
    info.hopLimit = view.hopLimit
    info.trafficClass = view.trafficClass
    info.flowLabel = view.flowLabel
    info.destinationKind = kind
    info.deviceIndex = device.index
  }

  private drop(packet: Packet, reason: DropReason, device: NetDevice): void {
    this.namespace.countDrop('ip', reason, device.name, packet.length)
    packet.release()
  }
}
