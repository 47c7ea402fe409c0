// What an arrived IPv4 packet is to this host, by its two addresses and its device (Linux: ip_route_input; RFC 1122
// 3.2.1.3, rows C5, C10). Answers are remembered in a direct-mapped table for as long as routes do not change.

import { IpAddress } from '../../base/address/ip.ts'
import type { NetDevice } from '../../link/net-device.ts'
import type { AddressTable } from '../interface-address.ts'
import type { GroupTable } from '../multicast/groups.ts'
import type { NetNamespace } from '../namespace.ts'
import type { RouteTable } from '../route/table.ts'
import type { IpSettings } from '../sysctl.ts'

export const FOR_US = 1
export const BROADCAST = 2
export const MULTICAST = 3
export const NOT_LOCAL = 4
export const BAD_SOURCE = 5
export const BAD_DESTINATION = 6
export const OTHER_GROUP = 7

const SLOTS = 1024
const WORDS = 5

export class Ipv4Classifier {
  private readonly namespace: NetNamespace
  private readonly settings: IpSettings
  private readonly addresses: AddressTable
  private readonly table: RouteTable
  private readonly groups: GroupTable
  /** source, destination, device, generation, answer. */
  private readonly cache = new Int32Array(SLOTS * WORDS)

  constructor(namespace: NetNamespace, settings: IpSettings, addresses: AddressTable, table: RouteTable, groups: GroupTable) {
    this.namespace = namespace
    this.settings = settings
    this.addresses = addresses
    this.table = table
    this.groups = groups
  }

  classify(source: number, destination: number, device: NetDevice): number {
    // Groups come and go without a new route generation.
    if (destination >>> 28 === 0xe) return this.decideMulticast(source, destination, device)
    const { cache } = this
    const at = (Math.imul(source ^ (destination << 7), 0x9e3779b1) >>> 22) * WORDS
    const generation = this.namespace.routeGeneration | 0
    if (cache[at] === source && cache[at + 1] === destination && cache[at + 2] === device.index && cache[at + 3] === generation) {
      return cache[at + 4]
    }
    const answer = this.decide(source, destination, device)
    cache[at] = source
    cache[at + 1] = destination
    cache[at + 2] = device.index
    cache[at + 3] = generation
    cache[at + 4] = answer
    return answer
  }

  /** Settings that change answers call this. */
  forget(): void { this.cache.fill(0) }

  private decideMulticast(source: number, destination: number, device: NetDevice): number {
    if (this.isMartianSource(source, device, true)) return BAD_SOURCE
    return this.groups.accepts(device, 0, 0, 0xffff, destination) || device.allMulticast ? MULTICAST : OTHER_GROUP
  }

  private decide(source: number, destination: number, device: NetDevice): number {
    const isBroadcast = destination === -1
    if (this.isMartianSource(source, device, isBroadcast)) return BAD_SOURCE
    if (isBroadcast) return BROADCAST
    // RFC 1122 3.2.1.3: 127/8 stays on the loopback device, 0/8 is nowhere.
    if (destination >>> 24 === 0 || (destination >>> 24 === 127 && device.medium !== 'loopback')) return BAD_DESTINATION
    if (this.addresses.isLocal4(destination)) return this.isSpoofed(source, device) ? BAD_SOURCE : FOR_US
    if (this.addresses.broadcast4(destination) !== undefined) return this.isSpoofed(source, device) ? BAD_SOURCE : BROADCAST
    return this.isSpoofed(source, device) ? BAD_SOURCE : NOT_LOCAL
  }

  private isMartianSource(source: number, device: NetDevice, mayBeUnspecified: boolean): boolean {
    if (source >>> 28 === 0xe || source === -1) return true
    if (source === 0) return !mayBeUnspecified
    if (source >>> 24 === 0) return true
    if (device.medium === 'loopback') return false
    return source >>> 24 === 127 || this.addresses.broadcast4(source) !== undefined
  }

  /** Our own address as source on a wire, or a source that does not belong on this link (rp_filter, RFC 3704). */
  private isSpoofed(source: number, device: NetDevice): boolean {
    if (device.medium === 'loopback' || source === 0) return false
    if (this.addresses.isLocal4(source) && this.settings.acceptLocal.value === 0) return true
    const mode = this.settings.reversePathFilter.value
    if (mode === 0) return false
    const back = this.table.lookup(IpAddress.v4(source), 0)
    return back === undefined || (mode === 1 && back.device !== device)
  }
}
