// IPv6 on the way out (RFC 8200; row C9): header, flow label, fragmentation at the source, copies of multicast for members
// on this host. Called by transports, ICMPv6, neighbour discovery and raw sockets.

import { IPV6_MIN_MTU } from '../../base/posix.ts'
import type { IpAddress } from '../../base/address/ip.ts'
import { getU32 } from '../../base/bytes.ts'
import type { Errno } from '../../base/errno.ts'
import { finish32, mix32 } from '../../base/hash.ts'
import type { SysctlRow } from '../../base/sysctl-table.ts'
import type { NetDevice } from '../../link/net-device.ts'
import { IPV6_HEADER_BYTES, Ipv6View, writeIpv6Header } from '../../wire/ipv6.ts'
import { GSO_NONE, TO_MULTICAST } from '../../wire/packet.ts'
import type { Packet } from '../../wire/packet.ts'
import type { Flow } from '../flow.ts'
import type { LinkOutput } from '../link-output.ts'
import type { LoopBack } from '../loop-back.ts'
import type { GroupTable } from '../multicast/groups.ts'
import type { NetNamespace } from '../namespace.ts'
import type { CachedRoute, RouteLookup } from '../route/lookup.ts'
import type { PathMtuCache } from '../route/path-mtu.ts'
import type { IpSettings } from '../sysctl.ts'
import { fragmentIpv6 } from './fragment.ts'

const MAX_PAYLOAD_BYTES = 65535
const PROTOCOL_TCP = 6
const PROTOCOL_UDP = 17

export class Ipv6Output {
  private readonly namespace: NetNamespace
  private readonly settings: IpSettings
  private readonly lookup: RouteLookup
  private readonly pathMtu: PathMtuCache
  private readonly groups: GroupTable
  private readonly link: LinkOutput
  private readonly loopBack: LoopBack
  private readonly autoFlowLabels: SysctlRow
  private readonly secret: number
  private readonly view = new Ipv6View()
  private nextFragmentId: number

  constructor(namespace: NetNamespace, settings: IpSettings, lookup: RouteLookup, pathMtu: PathMtuCache, groups: GroupTable,
    link: LinkOutput, loopBack: LoopBack) {
    this.namespace = namespace
    this.settings = settings
    this.lookup = lookup
    this.pathMtu = pathMtu
    this.groups = groups
    this.link = link
    this.loopBack = loopBack
    this.autoFlowLabels = settings.table.row('net.ipv6.auto_flowlabels')
    this.secret = namespace.random.secret.next32() | 0
    this.nextFragmentId = namespace.random.secret.next32() | 0
  }

  /** A fresh route in the flow, or why there is none. */
  resolve(flow: Flow): Errno | undefined {
    const { route } = flow
    return route !== undefined && route.generation === this.namespace.routeGeneration ? undefined : this.lookup.resolve(flow)
  }

  /** IpLayer.output for an IPv6 destination. */
  output(packet: Packet, flow: Flow): Errno | undefined {
    const { ip6 } = this.namespace.mib
    const errno = this.resolve(flow)
    const route = flow.route as CachedRoute | undefined
    if (errno !== undefined || route === undefined) {
      ip6.OutNoRoutes++
      packet.release()
      return errno ?? 'ENETUNREACH'
    }
    const length = packet.length
    const pathMtu = this.mtu(flow, route)
    const mtu = flow.fragmentBytes > 0 && flow.fragmentBytes < pathMtu ? flow.fragmentBytes : pathMtu
    const tooBig = packet.gsoType === GSO_NONE && length + IPV6_HEADER_BYTES > mtu
    const mustFit = flow.mtuDiscover === 'do' || flow.mtuDiscover === 'probe' || flow.dontFragment
    if (length > MAX_PAYLOAD_BYTES || (tooBig && mustFit)) {
      ip6.OutDiscards++
      packet.release()
      return 'EMSGSIZE'
    }
    packet.transportAt = packet.start
    packet.routingMark = flow.mark
    packet.priority = flow.priority
    const label = flow.flowLabel !== 0 ? flow.flowLabel : this.autoLabel(packet, flow)
    const hopLimit = flow.hopLimit >= 0 ? flow.hopLimit : route.kind === 'multicast' ? 1 : this.settings.defaultHopLimit.value
    const at = packet.push(IPV6_HEADER_BYTES)
    packet.networkAt = at
    writeIpv6Header(packet.memory.u8, at, flow.trafficClass, label, length, flow.protocol, hopLimit, flow.source, flow.destination)
    ip6.OutRequests++
    ip6.OutOctets += length + IPV6_HEADER_BYTES
    if (route.kind === 'multicast' && !this.copyToMembers(packet, flow, route, hopLimit)) return undefined
    if (tooBig) return this.sendFragments(packet, route, mtu)
    this.link.send(packet, route)
    return undefined
  }

  /** RFC 6437 3: a stable label for each transport flow, as Linux's auto_flowlabels. */
  private autoLabel(packet: Packet, flow: Flow): number {
    if (this.autoFlowLabels.value === 0 || (flow.protocol !== PROTOCOL_TCP && flow.protocol !== PROTOCOL_UDP) || packet.length < 4) return 0
    const ports = getU32(packet.memory.u8, packet.start)
    const hash = finish32(mix32(mix32(mix32(this.secret, ports), flow.destination.w3), flow.source.w3 ^ flow.destination.w1))
    const label = hash & 0xfffff
    return label === 0 ? 1 : label
  }

  /** IpLayer.mtu, for a flow whose route is fresh. */
  mtu(flow: Flow, route: CachedRoute): number {
    if (flow.pathMtuGeneration !== this.pathMtu.generation) {
      const known = route.mtuLocked || route.kind === 'local' ? undefined : this.pathMtu.get(flow.destination)
      flow.pathMtu = Math.max(IPV6_MIN_MTU, known === undefined ? route.mtu : Math.min(known.mtu, route.mtu))
      flow.pathMtuGeneration = this.pathMtu.generation
    }
    return flow.mtuDiscover === 'probe' ? route.mtu : flow.pathMtu
  }

  /** False when the packet stays on this host (hop limit 0, interface-local scope) and is gone. */
  private copyToMembers(packet: Packet, flow: Flow, route: CachedRoute, hopLimit: number): boolean {
    this.namespace.mib.ip6.OutMcastPkts++
    const { device } = route
    if (device.medium === 'loopback') return true
    if (flow.multicastLoop && this.groups.isMember(device, flow.destination)) {
      const copy = packet.clone()
      if (copy !== undefined) {
        copy.linkDestination = TO_MULTICAST
        this.loopBack.push(copy, device)
      }
    }
    if (hopLimit !== 0 && flow.destination.scope > 1) return true
    packet.release()
    return false
  }

  private sendFragments(packet: Packet, route: CachedRoute, mtu: number): Errno | undefined {
    const { ip6 } = this.namespace.mib
    this.nextFragmentId = this.nextFragmentId + 1 | 0
    let piece = fragmentIpv6(packet, mtu, this.nextFragmentId)
    if (piece === undefined) {
      ip6.FragFails++
      return 'ENOBUFS'
    }
    ip6.FragOKs++
    while (piece !== undefined) {
      const next: Packet | undefined = piece.next
      piece.next = undefined
      ip6.FragCreates++
      this.link.send(piece, route)
      piece = next
    }
    return undefined
  }

  /** IPV6_HDRINCL: the header is the program's. */
  outputWithHeader(packet: Packet, flow: Flow): Errno | undefined {
    const errno = this.resolve(flow)
    const route = flow.route as CachedRoute | undefined
    const bad = this.view.wrap(packet).checkHeader() !== undefined
    if (errno !== undefined || route === undefined || bad || packet.length > route.mtu) {
      packet.release()
      return errno ?? (bad ? 'EINVAL' : 'EMSGSIZE')
    }
    packet.networkAt = packet.start
    this.view.payloadLength = packet.length - IPV6_HEADER_BYTES
    this.namespace.mib.ip6.OutRequests++
    this.link.send(packet, route)
    return undefined
  }

  /** Passing through (ipv6/forward.ts). */
  forward(packet: Packet, route: CachedRoute): void { this.link.send(packet, route) }

  /** Straight to a device, without a route: neighbour discovery and MLD. `packet.start` is the ICMPv6 header. */
  outputOn(device: NetDevice, packet: Packet, source: IpAddress, destination: IpAddress, protocol: number, hopLimit: number): void {
    const length = packet.length
    packet.transportAt = packet.start
    packet.networkAt = packet.push(IPV6_HEADER_BYTES)
    writeIpv6Header(packet.memory.u8, packet.networkAt, 0, 0, length, protocol, hopLimit, source, destination)
    const { ip6 } = this.namespace.mib
    ip6.OutRequests++
    if (destination.isMulticast) ip6.OutMcastPkts++
    this.link.sendTo(packet, device, destination)
  }
}
