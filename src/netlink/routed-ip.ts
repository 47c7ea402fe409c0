// What the routing socket asks of the IP layer (ip/ip.ts is one).

import type { IpAddress } from '../base/address/ip.ts'
import type { MacAddress } from '../base/address/mac.ts'
import type { Prefix } from '../base/address/prefix.ts'
import type { Errno } from '../base/errno.ts'
import type { InterfaceAddress } from '../ip/interface-address.ts'
import type { RouteSpec } from '../ip/ip.ts'
import type { NeighbourEntry } from '../ip/neighbour/cache.ts'
import type { RouteEntry, RouteRule } from '../ip/route/table.ts'
import type { NetDevice } from '../link/net-device.ts'

export interface RoutedIp {
  addAddress(device: NetDevice, prefix: Prefix): Errno | 0
  removeAddress(device: NetDevice, prefix: Prefix): Errno | 0
  addresses(): readonly InterfaceAddress[]
  addRoute(spec: RouteSpec): Errno | 0
  removeRoute(spec: RouteSpec): Errno | 0
  routes(): readonly RouteEntry[]
  addRule(rule: RouteRule): Errno | 0
  removeRule(rule: Partial<RouteRule>): Errno | 0
  rules(): readonly RouteRule[]
  deviceChanged(device: NetDevice): void
  readonly neighbours: {
    list(): NeighbourEntry[]
    find(device: NetDevice, address: IpAddress): NeighbourEntry | undefined
    set(device: NetDevice, address: IpAddress, mac: MacAddress, state: 'reachable' | 'stale' | 'permanent'): void
    remove(device: NetDevice, address: IpAddress): Errno | 0
  }
}
