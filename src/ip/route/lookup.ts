// Destination to device, next hop and source (Linux: ip_route_output_key; row C4). The answer is a Route that flows keep;
// a direct-mapped cache hands the same Route to every flow with the same destination. `routeGeneration` of the namespace
// makes them all stale at once.

import { IpAddress } from '../../base/address/ip.ts'
import type { Errno } from '../../base/errno.ts'
import type { NetDevice } from '../../link/net-device.ts'
import type { Flow, Route } from '../flow.ts'
import type { AddressTable } from '../interface-address.ts'
import type { NetNamespace } from '../namespace.ts'
import { sourceAddress4, sourceAddress6 } from './source-address.ts'
import type { RouteEntry, RouteTable } from './table.ts'

/** A Route with room for the neighbour entry of its next hop. */
export interface CachedRoute extends Route {
  /** Where the packet goes on the link: the gateway, or the destination itself. */
  readonly nextHop: IpAddress
  /** Owned by ip/link-output.ts. */
  neighbour: unknown
}

const CACHE_SLOTS = 512
/** What total length and payload length can express. */
const MAX_MTU4 = 65535
const MAX_MTU6 = 65535 + 40

class CacheSlot {
  destination: IpAddress = IpAddress.ANY6
  source: IpAddress = IpAddress.ANY6
  deviceIndex = 0
  mark = 0
  isOnLinkOnly = false
  generation = -1
  answer: CachedRoute | Errno = 'ENETUNREACH'
}

export class RouteLookup {
  private readonly namespace: NetNamespace
  private readonly addresses: AddressTable
  private readonly table: RouteTable
  private readonly cache: CacheSlot[] = Array.from({ length: CACHE_SLOTS }, () => new CacheSlot())

  constructor(namespace: NetNamespace, addresses: AddressTable, table: RouteTable) {
    this.namespace = namespace
    this.addresses = addresses
    this.table = table
  }

  /** IpLayer.resolve. */
  resolve(flow: Flow): Errno | undefined {
    // To nowhere means to this host (Linux, both families).
    if (flow.destination.isUnspecified) {
      const isV4 = flow.destination.family === 4
      flow.destination = flow.source.isUnspecified || (flow.source.family === 4) !== isV4
        ? (isV4 ? IpAddress.LOOPBACK4 : IpAddress.LOOPBACK6) : flow.source
    }
    const deviceIndex = flow.deviceIndex !== 0 ? flow.deviceIndex : flow.outDevice
    const answer = this.find(flow.destination, flow.source, deviceIndex, flow.mark, flow.isOnLinkOnly)
    if (typeof answer === 'string') {
      flow.route = undefined
      return answer
    }
    flow.route = answer
    flow.neighbour = undefined
    flow.pathMtuGeneration = -1
    if (flow.source.isUnspecified) flow.source = answer.source
    return undefined
  }

  /** `source` may be unspecified. */
  find(destination: IpAddress, source: IpAddress, deviceIndex: number, mark: number = 0,
    isOnLinkOnly: boolean = false): CachedRoute | Errno {
    const words = destination.w3 ^ destination.w2 ^ destination.w1 ^ (source.w3 << 5) ^ deviceIndex ^ (mark << 9)
    const hash = Math.imul(words, 0x9e3779b1) >>> 23
    const slot = this.cache[hash & (CACHE_SLOTS - 1)]
    const generation = this.namespace.routeGeneration
    if (slot.generation === generation && slot.deviceIndex === deviceIndex && slot.destination.equals(destination)
      && slot.source.equals(source) && slot.mark === mark && slot.isOnLinkOnly === isOnLinkOnly) return slot.answer
    slot.destination = destination
    slot.source = source
    slot.deviceIndex = deviceIndex
    slot.mark = mark
    slot.isOnLinkOnly = isOnLinkOnly
    slot.generation = generation
    slot.answer = destination.family === 4 ? this.find4(destination, source, deviceIndex, mark, isOnLinkOnly)
      : this.find6(destination, source, deviceIndex, mark)
    return slot.answer
  }

  private loopback(): NetDevice | undefined { return this.namespace.devices.find(each => each?.medium === 'loopback') }

  private find4(destination: IpAddress, source: IpAddress, deviceIndex: number, mark: number, isOnLinkOnly: boolean): CachedRoute | Errno {
    if (source.isMulticast || source.isBroadcast) return 'EINVAL'
    if (deviceIndex !== 0 && this.namespace.device(deviceIndex) === undefined) return 'ENODEV'
    if (destination.isMulticast) return this.toGroup(destination, source, deviceIndex, 'multicast')
    if (destination.isBroadcast) return this.toGroup(destination, source, deviceIndex, 'broadcast')
    const local = this.addresses.isLocal4(destination.w3)
    if (local && this.isReachableHere(destination, deviceIndex)) return this.toSelf(destination, source)
    const network = this.addresses.broadcast4(destination.w3)
    if (network !== undefined && (deviceIndex === 0 || network.device.index === deviceIndex)) {
      return this.make(destination, source.isUnspecified ? network.address : source, network.device, undefined, 'broadcast')
    }
    const entry = this.table.lookup(destination, deviceIndex, mark, isOnLinkOnly)
    if (entry === undefined) return this.assumeOnLink(destination, source, deviceIndex)
    return this.fromEntry(destination, source, entry, nextHop => sourceAddress4(this.addresses, nextHop.device, nextHop.address))
  }

  private find6(destination: IpAddress, source: IpAddress, deviceIndex: number, mark: number): CachedRoute | Errno {
    if (source.isMulticast) return 'EINVAL'
    if (destination.isMulticast) return this.toGroup(destination, source, deviceIndex, 'multicast')
    if (this.addresses.isLocal(destination, deviceIndex)) return this.toSelf(destination, source)
    const entry = this.table.lookup(destination, deviceIndex, mark)
    if (entry === undefined) return 'ENETUNREACH'
    return this.fromEntry(destination, source, entry, nextHop => sourceAddress6(this.addresses, nextHop.device, destination))
  }

  /** A socket bound to a device reaches an address of ours only if it stands on that device. */
  private isReachableHere(destination: IpAddress, deviceIndex: number): boolean {
    if (deviceIndex === 0) return true
    const device = this.addresses.find4(destination.w3)?.device
    return device === undefined ? this.namespace.device(deviceIndex)?.medium === 'loopback'
      : device.index === deviceIndex || this.namespace.device(deviceIndex)?.medium === 'loopback'
  }

  private toSelf(destination: IpAddress, source: IpAddress): CachedRoute | Errno {
    const loopback = this.loopback()
    if (loopback === undefined || !loopback.up) return 'ENETUNREACH'
    // Of all 127/8 only the address of the device itself is a source.
    const own = destination.family === 4 && destination.isLoopback && this.addresses.find4(destination.w3) === undefined
      ? IpAddress.LOOPBACK4 : destination
    return this.make(destination, source.isUnspecified ? own : source, loopback, undefined, 'local')
  }

  private fromEntry(destination: IpAddress, source: IpAddress, entry: RouteEntry,
    choose: (nextHop: { device: NetDevice, address: IpAddress }) => IpAddress | undefined): CachedRoute | Errno {
    if (entry.type === 'unreachable') return 'EHOSTUNREACH'
    if (entry.type === 'prohibit') return 'EACCES'
    const { device } = entry
    if (entry.type === 'blackhole' || device === undefined) return 'EINVAL'
    const chosen = source.isUnspecified ? entry.source ?? choose({ device, address: entry.gateway ?? destination }) : source
    if (chosen === undefined && destination.family === 6) return 'EADDRNOTAVAIL'
    return this.make(destination, chosen ?? IpAddress.ANY4, device, entry, 'unicast')
  }

  /** Multicast and limited broadcast leave by the device asked for, the source's, or the route's (Linux, both families). */
  private toGroup(destination: IpAddress, source: IpAddress, deviceIndex: number, kind: 'multicast' | 'broadcast'): CachedRoute | Errno {
    const device = this.groupDevice(destination, source, deviceIndex)
    if (device === undefined) return 'ENETUNREACH'
    if (!device.up) return 'ENETDOWN'
    const chosen = !source.isUnspecified ? source
      : destination.family === 4 ? sourceAddress4(this.addresses, device, undefined) : sourceAddress6(this.addresses, device, destination)
    return this.make(destination, chosen ?? (destination.family === 4 ? IpAddress.ANY4 : IpAddress.ANY6), device, undefined, kind)
  }

  private groupDevice(destination: IpAddress, source: IpAddress, deviceIndex: number): NetDevice | undefined {
    if (deviceIndex !== 0) {
      const device = this.namespace.device(deviceIndex)
      // Loopback has no route to ff00::/8 of its own as other devices do (Linux: addrconf_add_mroute).
      if (destination.family === 4 || device?.medium !== 'loopback') return device
      return this.table.lookup(destination, deviceIndex)?.device
    }
    const own = source.isUnspecified ? undefined : this.addresses.find(source)?.device
    if (own !== undefined && (destination.family === 4 || own.medium !== 'loopback')) return own
    const routed = this.table.lookup(destination, 0)?.device
    if (routed !== undefined || destination.family === 4) return routed
    return this.namespace.devices.find(each => each !== undefined && each.medium !== 'loopback' && each.up)
  }

  /** Linux: with a device named and no route at all, the destination is taken to be on that link. */
  private assumeOnLink(destination: IpAddress, source: IpAddress, deviceIndex: number): CachedRoute | Errno {
    const device = deviceIndex === 0 ? undefined : this.namespace.device(deviceIndex)
    if (device === undefined) return 'ENETUNREACH'
    const chosen = source.isUnspecified ? sourceAddress4(this.addresses, device, destination) ?? IpAddress.ANY4 : source
    return this.make(destination, chosen, device, undefined, 'unicast')
  }

  private make(destination: IpAddress, source: IpAddress, device: NetDevice, entry: RouteEntry | undefined, kind: Route['kind']): CachedRoute {
    return {
      device,
      gateway: entry?.gateway,
      nextHop: entry?.gateway ?? destination,
      source,
      kind,
      mtu: Math.min(entry !== undefined && entry.mtu > 0 ? entry.mtu : device.mtu, destination.family === 4 ? MAX_MTU4 : MAX_MTU6),
      mtuLocked: entry?.mtuLocked ?? false,
      advmss: entry?.advmss ?? 0,
      initcwnd: entry?.initcwnd ?? 0,
      generation: this.namespace.routeGeneration,
      neighbour: undefined,
    }
  }
}
