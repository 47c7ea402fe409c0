// The routing table (Linux: fib; row C4): longest prefix first, then lowest metric, then the oldest. Look-ups go through a
// map for each prefix length in use; answers are cached for each destination by route/lookup.ts.

import type { IpAddress } from '../../base/address/ip.ts'
import { Prefix } from '../../base/address/prefix.ts'
import type { NetDevice } from '../../link/net-device.ts'

export type RouteType = 'unicast' | 'unreachable' | 'prohibit' | 'blackhole'

export interface RouteEntry {
  /** Host bits are zero. */
  readonly destination: Prefix
  readonly gateway: IpAddress | undefined
  /** undefined only for types other than unicast. */
  readonly device: NetDevice | undefined
  readonly metric: number
  readonly type: RouteType
  /** Preferred source. */
  readonly source: IpAddress | undefined
  /** 0: the device's. */
  readonly mtu: number
  readonly mtuLocked: boolean
  readonly advmss: number
  readonly initcwnd?: number
  /** Who made it: an address, an administrator, a router advertisement, a redirect. */
  readonly origin: 'kernel' | 'static' | 'router' | 'redirect'
  /** RTPROT_* as a program gave it. */
  readonly protocol?: number
}

type Key = number | string

class FamilyTable {
  private readonly byLength = new Map<number, Map<Key, RouteEntry[]>>()
  private lengths: number[] = []

  private static key(prefix: Prefix): Key {
    const network = prefix.network()
    return network.family === 4 ? network.w3 : `${network.w0},${network.w1},${network.w2},${network.w3}`
  }

  bucket(prefix: Prefix): RouteEntry[] {
    return this.byLength.get(prefix.length)?.get(FamilyTable.key(prefix)) ?? []
  }

  put(prefix: Prefix, entries: RouteEntry[]): void {
    const bucket = this.byLength.get(prefix.length) ?? new Map<Key, RouteEntry[]>()
    if (entries.length > 0) bucket.set(FamilyTable.key(prefix), entries)
    else bucket.delete(FamilyTable.key(prefix))
    if (bucket.size > 0) this.byLength.set(prefix.length, bucket)
    else this.byLength.delete(prefix.length)
    this.lengths = [...this.byLength.keys()].sort((a, b) => b - a)
  }

  lookup(destination: IpAddress, deviceIndex: number): RouteEntry | undefined {
    for (const length of this.lengths) {
      for (const entry of this.bucket(new Prefix(destination, length))) {
        const { device } = entry
        if (deviceIndex !== 0 && device?.index !== deviceIndex) continue
        if (device !== undefined && (!device.up || !device.carrier)) continue
        return entry
      }
    }
    return undefined
  }

  list(): RouteEntry[] { return this.lengths.flatMap(length => [...this.byLength.get(length)?.values() ?? []].flat()) }
}

export class RouteTable {
  /** Set by rooms.ts. */
  onChange: (entry: RouteEntry, isGone: boolean) => void = () => { /* nobody watches */ }
  private readonly table4 = new FamilyTable()
  private readonly table6 = new FamilyTable()

  private of(address: IpAddress): FamilyTable { return address.family === 4 ? this.table4 : this.table6 }

  /** False when the same destination, gateway, device and metric are there already. */
  add(entry: RouteEntry): boolean {
    const table = this.of(entry.destination.address)
    const entries = table.bucket(entry.destination)
    if (entries.some(each => each.metric === entry.metric && each.device === entry.device && sameGateway(each, entry.gateway))) return false
    table.put(entry.destination, [...entries, entry].sort((a, b) => a.metric - b.metric))
    this.onChange(entry, false)
    return true
  }

  /** Removes the first entry that `matches` among those for `destination`. */
  remove(destination: Prefix, matches: (entry: RouteEntry) => boolean): RouteEntry | undefined {
    const table = this.of(destination.address)
    const entries = table.bucket(destination)
    const found = entries.find(matches)
    if (found === undefined) return undefined
    table.put(destination, entries.filter(each => each !== found))
    this.onChange(found, true)
    return found
  }

  removeWhere(matches: (entry: RouteEntry) => boolean): void {
    for (const entry of this.list()) {
      if (matches(entry)) this.remove(entry.destination, each => each === entry)
    }
  }

  lookup(destination: IpAddress, deviceIndex: number): RouteEntry | undefined {
    return this.of(destination).lookup(destination, deviceIndex)
  }

  list(): RouteEntry[] { return [...this.table4.list(), ...this.table6.list()] }
}

export function sameGateway(entry: RouteEntry, gateway: IpAddress | undefined): boolean {
  return gateway === undefined ? entry.gateway === undefined : entry.gateway?.equals(gateway) ?? false
}
