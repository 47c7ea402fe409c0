// IPv4 on the way out (RFC 1122 3.2.1, 3.3.2; rows C1, C2): writes the header in front of a transport segment, decides DF,
// cuts what does not fit, hands to the link. Called by transports, ICMP and raw sockets.

import { getU16, setU16, setU32 } from '../../base/bytes.ts'
import type { Errno } from '../../base/errno.ts'
import { fragmentWord, IPV4_MAX_PACKET_BYTES, IPV4_MIN_HEADER_BYTES, Ipv4View, writeIpv4Header } from '../../wire/ipv4.ts'
import { Ipv4OptionCursor } from '../../wire/ipv4-options.ts'
import { GSO_NONE, TO_BROADCAST, TO_MULTICAST } from '../../wire/packet.ts'
import type { Packet } from '../../wire/packet.ts'
import type { Flow } from '../flow.ts'
import type { LinkOutput } from '../link-output.ts'
import type { LoopBack } from '../loop-back.ts'
import type { GroupTable } from '../multicast/groups.ts'
import type { NetNamespace } from '../namespace.ts'
import type { CachedRoute, RouteLookup } from '../route/lookup.ts'
import type { PathMtuCache } from '../route/path-mtu.ts'
import type { IpSettings } from '../sysctl.ts'
import { fragmentIpv4 } from './fragment.ts'
import { Identification } from './identification.ts'
import { MS_A_DAY, recordPassage } from './options.ts'

export class Ipv4Output {
  readonly identification: Identification
  private readonly namespace: NetNamespace
  private readonly settings: IpSettings
  private readonly lookup: RouteLookup
  private readonly pathMtu: PathMtuCache
  private readonly groups: GroupTable
  private readonly link: LinkOutput
  private readonly loopBack: LoopBack
  private readonly view = new Ipv4View()
  private readonly optionCursor = new Ipv4OptionCursor()

  constructor(namespace: NetNamespace, settings: IpSettings, lookup: RouteLookup, pathMtu: PathMtuCache, groups: GroupTable,
    link: LinkOutput, loopBack: LoopBack) {
    this.namespace = namespace
    this.settings = settings
    this.lookup = lookup
    this.pathMtu = pathMtu
    this.groups = groups
    this.link = link
    this.loopBack = loopBack
    this.identification = new Identification(namespace.random)
  }

  /** IpLayer.output for an IPv4 destination. */
  output(packet: Packet, flow: Flow): Errno | undefined {
    let route = flow.route as CachedRoute | undefined
    if (route === undefined || route.generation !== this.namespace.routeGeneration) {
      const errno = this.lookup.resolve(flow)
      if (errno !== undefined) return this.refuse(packet, errno)
      route = flow.route as CachedRoute
    }
    const { options } = flow
    const headerLength = IPV4_MIN_HEADER_BYTES + (options === undefined ? 0 : options.length)
    packet.transportAt = packet.start
    packet.routingMark = flow.mark
    packet.priority = flow.priority
    const at = packet.push(headerLength)
    packet.networkAt = at
    if (options !== undefined) packet.memory.u8.set(options, at + IPV4_MIN_HEADER_BYTES)
    const total = packet.end - at
    if (total > IPV4_MAX_PACKET_BYTES) return this.refuse(packet, 'EMSGSIZE')
    const isSuper = packet.gsoType !== GSO_NONE
    const mtu = this.mtu(flow, route)
    const tooBig = !isSuper && total > mtu
    const dontFragment = this.dontFragment(flow, route, tooBig)
    if (tooBig && dontFragment) {
      this.namespace.mib.ip.FragFails++
      return this.refuse(packet, 'EMSGSIZE')
    }
    const source = flow.source.w3
    const destination = flow.destination.w3
    const id = this.identification.take(source, destination, flow.protocol, isSuper ? Math.max(1, packet.gsoSegs) : 1)
    const ttl = flow.hopLimit >= 0 ? flow.hopLimit : route.kind === 'multicast' ? 1 : this.settings.defaultTtl.value
    writeIpv4Header(packet.memory.view, at, headerLength, flow.trafficClass, total, id, fragmentWord(0, dontFragment, false), ttl,
      flow.protocol, source, destination)
    if (options !== undefined) this.recordOrigin(packet, source)
    const { ip } = this.namespace.mib
    ip.OutRequests++
    ip.OutOctets += total
    if (route.kind === 'multicast' || route.kind === 'broadcast') return this.sendToMany(packet, flow, route, tooBig ? mtu : 0, ttl)
    return tooBig ? this.sendFragments(packet, route, mtu) : this.sendOne(packet, route)
  }

  /** RFC 791 3.1: who sends enters its own address and time first. */
  private recordOrigin(packet: Packet, source: number): void {
    const view = this.view.wrap(packet)
    if (recordPassage(view, this.optionCursor, source, Math.floor(this.namespace.now() / 1000) % MS_A_DAY)) view.refreshChecksum()
  }

  private sendOne(packet: Packet, route: CachedRoute): undefined {
    this.link.send(packet, route)
    return undefined
  }

  private refuse(packet: Packet, errno: Errno): Errno {
    packet.release()
    if (errno === 'EMSGSIZE') this.namespace.mib.ip.OutDiscards++
    else this.namespace.mib.ip.OutNoRoutes++
    return errno
  }

  /** RFC 1191 3: DF always while discovering, except where the socket, the route or an odd router says no. */
  private dontFragment(flow: Flow, route: CachedRoute, tooBig: boolean): boolean {
    if (flow.mtuDiscover === 'dont') return false
    if (flow.mtuDiscover !== 'want') return true
    if (tooBig || route.mtuLocked) return false
    return flow.pathMtu === route.mtu || this.pathMtu.get(flow.destination)?.locked !== true
  }

  /** IpLayer.mtu, for a flow whose route is fresh. */
  mtu(flow: Flow, route: CachedRoute): number {
    if (flow.pathMtuGeneration !== this.pathMtu.generation) {
      const known = route.mtuLocked || route.kind === 'local' ? undefined : this.pathMtu.get(flow.destination)
      flow.pathMtu = known === undefined ? route.mtu : Math.min(known.mtu, route.mtu)
      flow.pathMtuGeneration = this.pathMtu.generation
    }
    return flow.mtuDiscover === 'probe' ? route.mtu : flow.pathMtu
  }

  /** Multicast and broadcast: a copy for members on this host, then the wire (TTL 0 stays here, RFC 1112 6.1). */
  private sendToMany(packet: Packet, flow: Flow, route: CachedRoute, fragmentMtu: number, ttl: number): Errno | undefined {
    const isMulticast = route.kind === 'multicast'
    if (isMulticast) this.namespace.mib.ip.OutMcastPkts++
    else this.namespace.mib.ip.OutBcastPkts++
    const wanted = isMulticast ? flow.multicastLoop && this.groups.isMember(route.device, flow.destination) : true
    if (wanted && route.device.medium !== 'loopback') {
      const copy = packet.clone()
      if (copy !== undefined) {
        copy.linkDestination = isMulticast ? TO_MULTICAST : TO_BROADCAST
        this.loopBack.push(copy, route.device)
      }
    }
    if (isMulticast && ttl === 0) {
      packet.release()
      return undefined
    }
    return fragmentMtu > 0 ? this.sendFragments(packet, route, fragmentMtu) : this.sendOne(packet, route)
  }

  private sendFragments(packet: Packet, route: CachedRoute, mtu: number): Errno | undefined {
    const { ip } = this.namespace.mib
    let piece = fragmentIpv4(packet, mtu)
    if (piece === undefined) {
      ip.FragFails++
      return 'ENOBUFS'
    }
    ip.FragOKs++
    while (piece !== undefined) {
      const next: Packet | undefined = piece.next
      piece.next = undefined
      ip.FragCreates++
      this.link.send(piece, route)
      piece = next
    }
    return undefined
  }

  /** IpLayer.outputWithHeader: IP_HDRINCL (row I1). */
  outputWithHeader(packet: Packet, flow: Flow): Errno | undefined {
    if (flow.route === undefined || flow.route.generation !== this.namespace.routeGeneration) {
      const errno = this.lookup.resolve(flow)
      if (errno !== undefined) return this.refuse(packet, errno)
    }
    const route = flow.route as CachedRoute | undefined
    const view = this.view.wrap(packet)
    if (route === undefined || view.checkHeader() !== undefined) {
      packet.release()
      return 'EINVAL'
    }
    if (packet.length > route.mtu) return this.refuse(packet, 'EMSGSIZE')
    const { u8, at } = view
    packet.networkAt = at
    packet.routingMark = flow.mark
    packet.priority = flow.priority
    packet.transportAt = at + view.headerLength
    if (view.source === 0) setU32(u8, at + 12, route.source.w3)
    if (getU16(u8, at + 4) === 0) setU16(u8, at + 4, this.identification.take(view.source, view.destination, view.protocol, 1))
    view.totalLength = packet.length
    view.refreshChecksum()
    this.namespace.mib.ip.OutRequests++
    this.link.send(packet, route)
    return undefined
  }

  /** A packet that already has its header and is only passing through (ipv4/forward.ts); takes ownership. */
  forward(packet: Packet, route: CachedRoute): void {
    if (packet.gsoType === GSO_NONE && packet.length > route.mtu) void this.sendFragments(packet, route, route.mtu)
    else this.link.send(packet, route)
  }
}
