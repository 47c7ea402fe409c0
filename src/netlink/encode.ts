// Links, addresses, routes and neighbours as messages (Linux: rtnl_fill_ifinfo, inet_fill_ifaddr, inet6_fill_ifaddr,
// fib_dump_info, rt6_fill_node, neigh_fill_info), attributes in Linux's order.

import type { IpAddress } from '../base/address/ip.ts'
import type { MacAddress } from '../base/address/mac.ts'
import type { Prefix } from '../base/address/prefix.ts'
import { AF_INET, AF_INET6 } from '../base/posix.ts'
import { NEVER } from '../base/time.ts'
import type { Instant } from '../base/time.ts'
import type { InterfaceAddress } from '../ip/interface-address.ts'
import type { Neighbour, NeighbourState } from '../ip/neighbour/neighbour.ts'
import { RT_TABLE_MAIN } from '../ip/route/table.ts'
import type { RouteEntry } from '../ip/route/table.ts'
import type { NetDevice } from '../link/net-device.ts'
import type { MessageWriter } from './message.ts'

export const RT_TABLE_LOCAL = 255
const SCOPE = { universe: 0, link: 253, host: 254 } as const
export const PROTOCOL = { redirect: 1, kernel: 2, boot: 3, static: 4, router: 9 } as const
export const ROUTE_TYPE = { unicast: 1, local: 2, broadcast: 3, multicast: 5, blackhole: 6, unreachable: 7, prohibit: 8 } as const
const NUD: Readonly<Record<NeighbourState, number>> = {
  none: 0, incomplete: 1, reachable: 2, stale: 4, delay: 8, probe: 16, failed: 32, permanent: 128,
}
const HAS_LINK_ADDRESS = 2 | 4 | 8 | 16 | 128
const ARPHRD = { ethernet: 1, loopback: 772, ip: 65_534 } as const
const FOREVER = 0xffffffff
const NTF_ROUTER = 0x80
const RTN_UNICAST = 1
const NO_ERROR = 0
const LOOPBACK_INDEX = 1

export function familyOf(address: IpAddress): number { return address.family === 4 ? AF_INET : AF_INET6 }

function macBytes(mac: MacAddress): Uint8Array {
  const bytes = new Uint8Array(6)
  mac.writeTo(bytes, 0)
  return bytes
}

/** IFF_*. */
export function deviceFlags({ medium, up, carrier, promiscuous, allMulticast }: NetDevice): number {
  const kind = medium === 'loopback' ? 8 : medium === 'ethernet' ? 0x1002 : 0x1090
  const running = up && carrier ? 0x10040 : 0
  return kind | (up ? 1 : 0) | running | (promiscuous ? 0x100 : 0) | (allMulticast ? 0x200 : 0)
}

export function writeLink(message: MessageWriter, device: NetDevice, index: number): MessageWriter {
  const isLoopback = device.medium === 'loopback'
  message.u8(0, 0).u16(ARPHRD[device.medium]).u32(index).u32(deviceFlags(device)).u32(0)
  message.attributeText(3, device.name)
  message.attributeU32(13, 1000)
  // IF_OPER_UNKNOWN for loopback, as on Linux; else UP or DOWN.
  message.attributeU8(16, isLoopback ? 0 : device.up && device.carrier ? 6 : 2).attributeU8(17, 0)
  message.attributeU32(4, device.mtu).attributeU32(50, isLoopback ? 0 : 68).attributeU32(51, isLoopback ? 0 : 65_535)
  message.attributeU32(27, 0).attributeU32(30, device.promiscuous ? 1 : 0).attributeU32(31, 1).attributeU32(32, 1)
  message.attributeU8(33, device.carrier ? 1 : 0).attributeText(6, isLoopback ? 'noqueue' : 'pfifo_fast')
  if (isLoopback) message.attribute(1, new Uint8Array(6)).attribute(2, new Uint8Array(6))
  else if (device.address !== undefined) message.attribute(1, macBytes(device.address)).attribute(2, new Uint8Array(6).fill(0xff))
  const { rxPackets, txPackets, rxBytes, txBytes, rxErrors, txErrors, rxDropped, txDropped, multicast } = device.counters
  const counters = [rxPackets, txPackets, rxBytes, txBytes, rxErrors, txErrors, rxDropped, txDropped, multicast]
  // rtnl_link_stats64 and its narrow form; what follows of them is not counted here.
  return message.attributeU32(23, ...counters.flatMap(each => [each % 4_294_967_296, Math.floor(each / 4_294_967_296)]), ...zeros(32))
    .attributeU32(7, ...counters, ...zeros(15))
}

function zeros(count: number): number[] { return new Array<number>(count).fill(0) }

/** Seconds. */
function lifetime(until: Instant, now: Instant): number {
  return until === NEVER ? FOREVER : Math.max(0, Math.floor((until - now) / 1_000_000))
}

/** RT_SCOPE_* of an address. */
function scopeOf(address: IpAddress): number {
  if (address.isLoopback) return SCOPE.host
  return address.family === 6 && address.isLinkLocal ? SCOPE.link : SCOPE.universe
}

export function writeAddress(message: MessageWriter, entry: InterfaceAddress, now: Instant): MessageWriter {
  const { address, prefix, device, state, broadcast } = entry
  const isV4 = address.family === 4
  const flags = (entry.validUntil === NEVER ? 0x80 : 0) | (state === 'tentative' ? 0x40 : 0) | (state === 'deprecated' ? 0x20 : 0)
    | (state === 'duplicate' ? 0x08 : 0)
  message.u8(familyOf(address), prefix.length, flags, scopeOf(address)).u32(device.index).attributeAddress(1, address)
  const cache = [lifetime(entry.preferredUntil, now), lifetime(entry.validUntil, now), 0, 0]
  if (!isV4) return message.attributeU32(6, ...cache).attributeU32(8, flags)
  message.attributeAddress(2, address)
  if (broadcast !== undefined && device.medium !== 'loopback') message.attributeAddress(4, broadcast)
  return message.attributeText(3, device.name).attributeU32(8, flags).attributeU32(6, ...cache)
}

/** What the kernel knows of a destination, and what it would say of one asked for. */
export interface RouteMessage {
  readonly destination: Prefix
  readonly table: number
  readonly type: number
  readonly protocol: number
  readonly scope: number
  readonly gateway?: IpAddress | undefined
  readonly device?: NetDevice | undefined
  readonly source?: IpAddress | undefined
  readonly metric: number
  readonly mtu?: number
  readonly mtuLocked?: boolean
  readonly advmss?: number
  /** RTM_F_*. */
  readonly flags?: number
}

export function describeRoute(entry: RouteEntry): RouteMessage {
  const { destination, gateway, device, source, metric, mtu, mtuLocked, advmss, origin, type, protocol, table, scope } = entry
  const isV4 = destination.address.family === 4
  return {
    destination, table: table ?? RT_TABLE_MAIN, type: ROUTE_TYPE[type], protocol: protocol ?? PROTOCOL[origin], gateway, device, source,
    metric, mtu, mtuLocked, advmss, scope: !isV4 ? SCOPE.universe : scope ?? (gateway === undefined && type === 'unicast' ? SCOPE.link : SCOPE.universe),
  }
}

/** What Linux keeps in the table `local` for an address, which is no table here. */
export function localRoutes({ address, prefix, device, broadcast }: InterfaceAddress, full: (address: IpAddress) => Prefix,
  network: Prefix): RouteMessage[] {
  const isV4 = address.family === 4
  const own = { table: RT_TABLE_LOCAL, protocol: PROTOCOL.kernel, device, metric: 0, source: isV4 ? address : undefined }
  const host = isV4 ? SCOPE.host : SCOPE.universe
  const made: RouteMessage[] = [{ ...own, destination: full(address), type: ROUTE_TYPE.local, scope: host }]
  if (!isV4) return made
  if (device.medium === 'loopback' && prefix.length < 32) {
    made.unshift({ ...own, destination: network, type: ROUTE_TYPE.local, scope: host })
  }
  if (broadcast !== undefined) made.push({ ...own, destination: full(broadcast), type: ROUTE_TYPE.broadcast, scope: SCOPE.link })
  return made
}

export function writeRoute(message: MessageWriter, route: RouteMessage): MessageWriter {
  const { destination, table, type, protocol, scope, gateway, device, source, metric } = route
  const isV4 = destination.address.family === 4
  message.u8(familyOf(destination.address), destination.length, 0, 0, table, protocol, scope, type).u32(route.flags ?? 0)
  message.attributeU32(15, table)
  if (destination.length > 0) message.attributeAddress(1, destination.address)
  if (isV4 && metric !== 0) message.attributeU32(6, metric)
  const metrics = routeMetrics(route)
  if (isV4 && metrics.length > 0) message.attribute(8, metrics)
  if (source !== undefined) message.attributeAddress(7, source)
  if (!isV4 && metrics.length > 0) message.attribute(8, metrics)
  if (!isV4) message.attributeU32(6, metric)
  if (gateway !== undefined) message.attributeAddress(5, gateway)
  if (device !== undefined) message.attributeU32(4, device.index)
  // Linux hangs IPv6 routes that lead nowhere on loopback.
  else if (!isV4) message.attributeU32(4, LOOPBACK_INDEX)
  // rta_cacheinfo, and router preference medium.
  if (!isV4) message.attributeU32(12, 0, 0, 0, NO_ERROR, 0, 0, 0, 0).attributeU8(20, 0)
  return message
}

/** RTAX_LOCK, RTAX_MTU, RTAX_ADVMSS. */
function routeMetrics({ mtu = 0, mtuLocked = false, advmss = 0 }: RouteMessage): Uint8Array {
  const words = [...mtuLocked ? [[1, 1 << 2]] : [], ...mtu === 0 ? [] : [[2, mtu]], ...advmss === 0 ? [] : [[8, advmss]]]
  return Uint8Array.from(words.flatMap(([kind, value]) => [8, 0, kind, 0, value, value >>> 8, value >>> 16, value >>> 24]))
}

export function writeNeighbour(message: MessageWriter, entry: Neighbour, now: Instant): MessageWriter {
  const state = NUD[entry.state]
  message.u8(familyOf(entry.address), 0, 0, 0).u32(entry.device.index).u16(state)
  message.u8(entry.isRouter ? NTF_ROUTER : 0, RTN_UNICAST)
  message.attributeAddress(1, entry.address)
  if ((state & HAS_LINK_ADDRESS) !== 0) message.attribute(2, macBytes(entry.mac))
  const ticks = (at: Instant): number => Math.floor((now - at) / 10_000)
  const confirmed = ticks(entry.confirmedAt)
  return message.attributeU32(4, entry.probes).attributeU32(3, confirmed, confirmed, ticks(entry.updatedAt), 0)
}
