// One host's IP layer (rows C1-C10, B5): puts the rooms together and answers what transports, tools and kernel/host.ts
// ask of it.

import { IpAddress } from '../base/address/ip.ts'
import type { MacAddress } from '../base/address/mac.ts'
import { Prefix } from '../base/address/prefix.ts'
import type { Errno } from '../base/errno.ts'
import type { NetDevice } from '../link/net-device.ts'
import {
  ICMP_UNREACHABLE, UNREACHABLE_ADMIN, UNREACHABLE_HOST, UNREACHABLE_NET, UNREACHABLE_PORT, UNREACHABLE_PROTOCOL,
} from '../wire/icmpv4.ts'
import {
  ICMPV6_PARAMETER_PROBLEM, ICMPV6_UNREACHABLE, PARAMETER6_NEXT_HEADER, UNREACHABLE6_ADDRESS, UNREACHABLE6_ADMIN, UNREACHABLE6_NO_ROUTE,
  UNREACHABLE6_PORT,
} from '../wire/icmpv6.ts'
import type { Packet } from '../wire/packet.ts'
import type { InterfaceAddress } from './interface-address.ts'
import type { AddressOptions } from './interface-config.ts'
import type { AddressKind, IpLayer } from './ip-layer.ts'
import type { Flow } from './flow.ts'
import type { IpPacketInfo } from './ip-packet-info.ts'
import type { GroupReports } from './multicast/reports.ts'
import { IpRooms } from './rooms.ts'
import type { NetNamespace } from './namespace.ts'
import type { NeighbourEntry, NeighbourTable } from './neighbour/cache.ts'
import type { CachedRoute } from './route/lookup.ts'
import { sameGateway } from './route/table.ts'
import type { RouteEntry, RouteRule, RouteType } from './route/table.ts'
import type { RawReceiver, TransportProtocol } from './transport-protocol.ts'

export interface RouteSpec {
  readonly destination: Prefix
  readonly gateway?: IpAddress
  readonly device?: NetDevice
  readonly metric?: number
  readonly mtu?: number
  readonly mtuLocked?: boolean
  readonly advmss?: number
  readonly initcwnd?: number
  readonly source?: IpAddress
  readonly type?: RouteType
  /** RTPROT_*: who made it, for tools. */
  readonly protocol?: number
  /** RT_TABLE_*, main when absent; a rule must lead to any other. */
  readonly table?: number
  /** RT_SCOPE_*; a route of scope link or narrower is what SO_DONTROUTE takes. */
  readonly scope?: number
}

const METRIC_V6 = 1024

const UNREACHABLE4 = {
  port: UNREACHABLE_PORT, protocol: UNREACHABLE_PROTOCOL, host: UNREACHABLE_HOST, net: UNREACHABLE_NET, admin: UNREACHABLE_ADMIN,
} as const
const UNREACHABLE6 = {
  port: UNREACHABLE6_PORT, host: UNREACHABLE6_ADDRESS, net: UNREACHABLE6_NO_ROUTE, admin: UNREACHABLE6_ADMIN,
} as const

/** Neighbours of both families, for tools and tests (`ip neighbour`, `arp -a`). */
export class NeighbourView {
  private readonly tables: readonly [NeighbourTable, NeighbourTable]

  constructor(table4: NeighbourTable, table6: NeighbourTable) { this.tables = [table4, table6] }

  private of(address: IpAddress): NeighbourTable { return this.tables[address.family === 4 ? 0 : 1] }

  list(): NeighbourEntry[] { return this.tables.flatMap(each => each.list()) }

  find(device: NetDevice, address: IpAddress): NeighbourEntry | undefined { return this.of(address).find(device, address) }

  /** A static entry: it never expires. */
  add(device: NetDevice, address: IpAddress, mac: MacAddress): void {
    const table = this.of(address)
    table.learn(table.findOrForce(device, address), mac, 'permanent', true)
  }

  /** As an administrator or another program says it is. */
  set(device: NetDevice, address: IpAddress, mac: MacAddress, state: 'reachable' | 'stale' | 'permanent'): void {
    const table = this.of(address)
    const known = table.find(device, address)
    if (known?.state === 'permanent' && state !== 'permanent') table.remove(known)
    table.learn(table.findOrForce(device, address), mac, state, true)
  }

  /** ENOENT when there is none. */
  remove(device: NetDevice, address: IpAddress): Errno | 0 {
    const entry = this.find(device, address)
    if (entry === undefined) return 'ENOENT'
    this.of(address).remove(entry)
    return 0
  }

  /** All but the static ones. */
  flush(): void { for (const table of this.tables) table.flush() }
}

function isSameRule(a: RouteRule, b: RouteRule): boolean {
  return a.family === b.family && a.priority === b.priority && a.mark === b.mark && a.mask === b.mask && a.table === b.table
}

export class Ip implements IpLayer {
  readonly namespace: NetNamespace
  readonly rooms: IpRooms
  readonly neighbours: NeighbourView

  constructor(namespace: NetNamespace) {
    this.namespace = namespace
    this.rooms = new IpRooms(namespace)
    this.neighbours = new NeighbourView(this.rooms.arp.neighbours, this.rooms.ndp.neighbours)
    this.rooms.updatePathMtu = (destination, mtu): void => { this.updatePathMtu(destination, mtu) }
  }

  // Devices, addresses, routes: for kernel/host.ts and tools.

  /** Adopts a device: gives it an index, an IPv6 link-local address where it has a MAC, and receives from it. */
  attach(device: NetDevice): number { return this.rooms.config.attach(device, this.rooms.input) }

  detach(device: NetDevice): void {
    this.rooms.slaac.forget(device)
    this.rooms.igmp.reports.forget(device)
    this.rooms.mld.reports.forget(device)
    this.rooms.config.detach(device)
  }

  addAddress(device: NetDevice, prefix: Prefix, options?: AddressOptions): Errno | 0 {
    return this.rooms.config.add(device, prefix, options)
  }

  removeAddress(device: NetDevice, prefix: Prefix): Errno | 0 { return this.rooms.config.remove(device, prefix) }

  addresses(): readonly InterfaceAddress[] { return this.rooms.addresses.list }

  /** ENETUNREACH when the gateway is on no link of ours, ENODEV without device and gateway, EEXIST when it is there already. */
  addRoute(spec: RouteSpec): Errno | 0 {
    const { destination: given, gateway, type = 'unicast' } = spec
    const isV4 = given.address.family === 4
    if (spec.device !== undefined && this.namespace.device(spec.device.index) !== spec.device) return 'ENODEV'
    const device = spec.device ?? (gateway === undefined ? undefined : this.rooms.table.lookup(gateway, 0)?.device)
    if (type === 'unicast' && device === undefined) return gateway === undefined ? 'ENODEV' : isV4 ? 'ENETUNREACH' : 'EHOSTUNREACH'
    if (gateway !== undefined && (gateway.isMulticast || gateway.isUnspecified || this.rooms.addresses.isLocal(gateway))) return 'EINVAL'
    if (spec.source !== undefined && !this.rooms.addresses.isLocal(spec.source)) return 'EINVAL'
    const added = this.rooms.table.add({
      destination: new Prefix(given.network(), given.length), gateway, device, metric: spec.metric ?? (isV4 ? 0 : METRIC_V6), type,
      source: spec.source, mtu: spec.mtu ?? 0, mtuLocked: spec.mtuLocked ?? false, advmss: spec.advmss ?? 0, initcwnd: spec.initcwnd ?? 0,
      origin: 'static',
      ...spec.protocol !== undefined && { protocol: spec.protocol }, ...spec.table !== undefined && { table: spec.table },
      ...spec.scope !== undefined && { scope: spec.scope },
    })
    this.namespace.routeGeneration++
    return added ? 0 : 'EEXIST'
  }

  /** ESRCH when there is none that fits what is given. */
  removeRoute(spec: RouteSpec): Errno | 0 {
    const { gateway, device, metric } = spec
    const destination = new Prefix(spec.destination.network(), spec.destination.length)
    const removed = this.rooms.table.remove(destination, each => (gateway === undefined || sameGateway(each, gateway))
      && (device === undefined || each.device === device) && (metric === undefined || each.metric === metric), spec.table)
    this.namespace.routeGeneration++
    return removed === undefined ? 'ESRCH' : 0
  }

  /** EEXIST when the same is there already (Linux: fib_nl_newrule). */
  addRule(rule: RouteRule): Errno | 0 {
    if (this.rooms.table.rules.some(each => isSameRule(each, rule))) return 'EEXIST'
    this.rooms.table.addRule(rule)
    this.namespace.routeGeneration++
    return 0
  }

  removeRule(rule: Partial<RouteRule>): Errno | 0 {
    const found = this.rooms.table.rules.find(each => isSameRule(each, { ...each, ...rule }))
    if (found === undefined) return 'ENOENT'
    this.rooms.table.removeRule(found)
    this.namespace.routeGeneration++
    return 0
  }

  rules(): readonly RouteRule[] { return this.rooms.table.rules }

  routes(): readonly RouteEntry[] { return this.rooms.table.list() }

  /** A device went up or down, or its MTU changed: cached routes are stale. */
  deviceChanged(device: NetDevice): void { this.rooms.input.linkChanged(device) }

  /** Everything held is released: pieces, waiting packets, timers. */
  close(): void { this.rooms.close() }

  // IpLayer: for transports and sockets.

  register(protocol: TransportProtocol): void { this.rooms.transports.register(protocol) }

  registerRaw(receiver: RawReceiver): void { this.rooms.transports.registerRaw(receiver) }

  addressKind(address: IpAddress): AddressKind {
    const { addresses } = this.rooms
    if (address.isUnspecified) return 'unspecified'
    if (address.isMulticast) return 'multicast'
    if (addresses.isLocal(address)) return 'local'
    if (address.family === 4 && (address.isBroadcast || addresses.broadcast4(address.w3) !== undefined)) return 'broadcast'
    return 'unicast'
  }

  resolve(flow: Flow): Errno | undefined { return this.rooms.lookup.resolve(flow) }

  mtu(flow: Flow): number {
    const { route } = flow
    if ((route === undefined || route.generation !== this.namespace.routeGeneration) && this.resolve(flow) !== undefined) return 0
    const fresh = flow.route as CachedRoute
    return flow.destination.family === 4 ? this.rooms.output4.mtu(flow, fresh) : this.rooms.output6.mtu(flow, fresh)
  }

  output(packet: Packet, flow: Flow): Errno | undefined {
    const { destination } = flow
    return destination.w2 === 0xffff && (destination.w0 | destination.w1) === 0 ? this.rooms.output4.output(packet, flow)
      : this.rooms.output6.output(packet, flow)
  }

  outputWithHeader(packet: Packet, flow: Flow): Errno | undefined {
    const { output4, output6 } = this.rooms
    return flow.destination.family === 4 ? output4.outputWithHeader(packet, flow) : output6.outputWithHeader(packet, flow)
  }

  sendUnreachable(packet: Packet, info: IpPacketInfo, what: 'port' | 'protocol' | 'host' | 'net' | 'admin'): void {
    const { errors } = this.rooms
    if (info.version === 4) errors.send4(packet, ICMP_UNREACHABLE, UNREACHABLE4[what], 0)
    else if (what === 'protocol') errors.send6(packet, ICMPV6_PARAMETER_PROBLEM, PARAMETER6_NEXT_HEADER, 6)
    else errors.send6(packet, ICMPV6_UNREACHABLE, UNREACHABLE6[what], 0)
  }

  updatePathMtu(destination: IpAddress, mtu: number): void {
    const { lookup, pathMtu } = this.rooms
    const any = destination.family === 4 ? IpAddress.ANY4 : IpAddress.ANY6
    const route = lookup.find(destination, any, 0)
    if (typeof route === 'string' || route.mtuLocked || route.kind === 'local') return
    pathMtu.learn(destination, mtu, pathMtu.get(destination)?.mtu ?? route.mtu)
  }

  confirmNeighbour(flow: Flow): void {
    if (flow.route !== undefined) this.rooms.link.confirm(flow.route as CachedRoute)
  }

  joinGroup(deviceIndex: number, group: IpAddress): Errno | undefined {
    const device = group.isMulticast ? this.groupDevice(deviceIndex, group) : undefined
    if (device === undefined) return group.isMulticast ? 'ENODEV' : 'EINVAL'
    const wasMember = this.rooms.groups.groupsOf(device).some(each => each.equals(group))
    this.rooms.groups.join(device, group)
    if (!wasMember) this.reportsOf(group).joined(device, group)
    return undefined
  }

  leaveGroup(deviceIndex: number, group: IpAddress): Errno | undefined {
    const device = group.isMulticast ? this.groupDevice(deviceIndex, group) : undefined
    if (device === undefined) return group.isMulticast ? 'ENODEV' : 'EINVAL'
    if (!this.rooms.groups.leave(device, group)) return 'EADDRNOTAVAIL'
    if (!this.rooms.groups.groupsOf(device).some(each => each.equals(group))) this.reportsOf(group).left(device, group)
    return undefined
  }

  private reportsOf(group: IpAddress): GroupReports { return group.family === 4 ? this.rooms.igmp.reports : this.rooms.mld.reports }

  /** The device named, else the one the group's route leads to, else the first that can multicast. */
  private groupDevice(deviceIndex: number, group: IpAddress): NetDevice | undefined {
    if (deviceIndex !== 0) return this.namespace.device(deviceIndex)
    const route = this.rooms.lookup.find(group, group.family === 4 ? IpAddress.ANY4 : IpAddress.ANY6, 0)
    return typeof route === 'string' ? undefined : route.device
  }
}
