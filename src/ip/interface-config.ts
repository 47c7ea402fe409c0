// Devices and their addresses coming and going, with everything that follows from them: connected routes, groups, link-local
// addresses, duplicate address detection, announcements (rows B5, C4, C9, C10). Called by ip.ts and autoconf/slaac.ts.

import { IpAddress } from '../base/address/ip.ts'
import type { MacAddress } from '../base/address/mac.ts'
import { Prefix } from '../base/address/prefix.ts'
import type { Errno } from '../base/errno.ts'
import { NEVER } from '../base/time.ts'
import type { Instant } from '../base/time.ts'
import type { DeviceReceiver, NetDevice } from '../link/net-device.ts'
import { InterfaceAddress } from './interface-address.ts'
import type { AddressOrigin, AddressTable } from './interface-address.ts'
import type { GroupTable } from './multicast/groups.ts'
import type { NetNamespace } from './namespace.ts'
import type { Arp } from './neighbour/arp.ts'
import type { DuplicateAddressDetection } from './neighbour/duplicate-address.ts'
import type { Ndp } from './neighbour/ndp.ts'
import type { RouteTable } from './route/table.ts'
import type { IpSettings } from './sysctl.ts'

export interface AddressOptions {
  /** The other end of a point-to-point link: a route to it alone. */
  readonly peer?: IpAddress
  /** No duplicate address detection: ours at once (`nodad`). */
  readonly noDad?: boolean
  readonly origin?: AddressOrigin
  readonly preferredUntil?: Instant
  readonly validUntil?: Instant
  /** No connected route: the prefix says only which host, not which network. */
  readonly noPrefixRoute?: boolean
}

const METRIC_V6 = 256

export interface InterfaceConfigParts {
  readonly namespace: NetNamespace
  readonly settings: IpSettings
  readonly addresses: AddressTable
  readonly table: RouteTable
  readonly groups: GroupTable
  readonly arp: Arp
  readonly ndp: Ndp
  readonly dad: DuplicateAddressDetection
}

export class InterfaceConfig {
  private readonly parts: InterfaceConfigParts
  private readonly namespace: NetNamespace

  constructor(parts: InterfaceConfigParts) {
    this.parts = parts
    this.namespace = parts.namespace
  }

  attach(device: NetDevice, receiver: DeviceReceiver): number {
    const { devices } = this.namespace
    const hole = devices.indexOf(undefined)
    const place = hole < 0 ? devices.length : hole
    devices[place] = device
    device.index = place + 1
    device.receiver = receiver
    this.namespace.routeGeneration++
    this.namespace.onTableChange?.({ kind: 'link', isGone: false, device, index: device.index })
    if (device.medium === 'loopback') {
      this.add(device, new Prefix(IpAddress.LOOPBACK4, 8))
      this.add(device, new Prefix(IpAddress.LOOPBACK6, 128))
    } else if (device.medium === 'ethernet' && device.address !== undefined && this.parts.settings.disable6.value === 0) {
      this.add(device, new Prefix(linkLocalAddress(device.address), 64), { origin: 'link-local' })
    }
    return device.index
  }

  detach(device: NetDevice): void {
    const { addresses, table, groups, arp, ndp, dad } = this.parts
    for (const entry of addresses.on(device)) {
      dad.stop(entry)
      addresses.remove(entry)
    }
    table.removeWhere(each => each.device === device)
    groups.forget(device)
    arp.neighbours.flush(device)
    ndp.neighbours.flush(device)
    device.receiver = undefined
    if (this.namespace.devices[device.index - 1] === device) this.namespace.devices[device.index - 1] = undefined
    const { index } = device
    device.index = 0
    this.namespace.routeGeneration++
    this.namespace.onTableChange?.({ kind: 'link', isGone: true, device, index })
  }

  /** EADDRNOTAVAIL for what no host may have, EEXIST for an address this host has, ENODEV for a device it has not. */
  add(device: NetDevice, prefix: Prefix, options: AddressOptions = {}): Errno | 0 {
    const { addresses, arp, dad, groups, settings } = this.parts
    const { address } = prefix
    if (this.namespace.device(device.index) !== device) return 'ENODEV'
    if (address.isUnspecified || address.isMulticast || address.isBroadcast) return 'EADDRNOTAVAIL'
    if (addresses.on(device).some(each => each.address.equals(address))) return 'EEXIST'
    const entry = new InterfaceAddress(device, prefix, options.origin ?? 'manual')
    entry.preferredUntil = options.preferredUntil ?? NEVER
    entry.validUntil = options.validUntil ?? NEVER
    addresses.add(entry)
    this.addConnectedRoute(entry, options)
    this.namespace.routeGeneration++
    if (address.family === 4) {
      if (device.medium === 'ethernet' && settings.table.row('net.ipv4.conf.all.arp_notify').value !== 0) arp.announce(device, address)
      return 0
    }
    if (device.medium !== 'loopback') groups.join(device, address.solicitedNode())
    if (options.noDad === true) dad.onUsable(entry)
    else dad.start(entry)
    return 0
  }

  private addConnectedRoute(entry: InterfaceAddress, options: AddressOptions): void {
    const { device, prefix } = entry
    const isV4 = prefix.address.family === 4
    if (device.medium === 'loopback' || options.noPrefixRoute === true) return
    const full = isV4 ? 32 : 128
    const destination = options.peer !== undefined ? new Prefix(options.peer, full) : new Prefix(prefix.network(), prefix.length)
    if (prefix.length === full && options.peer === undefined) return
    this.parts.table.add({
      destination, gateway: undefined, device, metric: isV4 ? 0 : METRIC_V6, type: 'unicast', source: isV4 ? prefix.address : undefined, mtu: 0,
      mtuLocked: false, advmss: 0, origin: 'kernel',
    })
  }

  /** EADDRNOTAVAIL when the device has no such address. */
  remove(device: NetDevice, prefix: Prefix): Errno | 0 {
    const { addresses } = this.parts
    const entry = addresses.on(device).find(each => each.prefix.equals(prefix))
    if (entry === undefined) return 'EADDRNOTAVAIL'
    this.removeEntry(entry)
    return 0
  }

  removeEntry(entry: InterfaceAddress): void {
    const { addresses, dad, groups, table } = this.parts
    const { device, prefix, address } = entry
    dad.stop(entry)
    addresses.remove(entry)
    const network = new Prefix(prefix.network(), prefix.length)
    const isV4 = address.family === 4
    table.remove(network, each => each.origin === 'kernel' && each.device === device && (!isV4 || each.source?.equals(address) === true))
    // Another address of the same network keeps it connected.
    const sibling = addresses.on(device).find(each => each.prefix.length === prefix.length && network.contains(each.address))
    if (sibling !== undefined) this.addConnectedRoute(sibling, {})
    if (!isV4 && device.medium !== 'loopback') groups.leave(device, address.solicitedNode())
    if (isV4) table.removeWhere(each => each.source?.equals(address) === true)
    this.namespace.routeGeneration++
  }
}

/** RFC 4291 2.5.1, Appendix A: the modified EUI-64 interface identifier, as two words. */
export function interfaceIdentifier(mac: MacAddress): readonly [number, number] {
  const high = ((mac.high16 ^ 0x0200) << 16) | ((mac.low32 >>> 24) << 8) | 0xff
  return [high, 0xfe000000 | (mac.low32 & 0xffffff)]
}

export function linkLocalAddress(mac: MacAddress): IpAddress {
  const [high, low] = interfaceIdentifier(mac)
  return IpAddress.of(0xfe800000, 0, high, low)
}
