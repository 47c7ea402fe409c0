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
  /** RT_TABLE_*; absent: main. */
  readonly table?: number
  /** RT_SCOPE_* as a program gave it. */
  readonly scope?: number
}

export const RT_TABLE_MAIN = 254
export const RT_SCOPE_LINK = 253

/** Which table a packet's mark leads to (Linux: fib_rule; RFC 1812 5.2.4.3 leaves it to policy). Asked before the table main. */
export interface RouteRule {
  readonly family: 4 | 6
  /** Lower comes first. */
  readonly priority: number
  readonly mark: number
  readonly mask: number
  readonly table: number
}

/** Is the next hop the destination itself? */
function isOnLink(entry: RouteEntry): boolean { return entry.gateway === undefined && (entry.scope ?? RT_SCOPE_LINK) >= RT_SCOPE_LINK }

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

  lookup(destination: IpAddress, deviceIndex: number, isOnLinkOnly: boolean): RouteEntry | undefined {
    for (const length of this.lengths) {
      for (const entry of this.bucket(new Prefix(destination, length))) {
        const { device } = entry
        if (deviceIndex !== 0 && device?.index !== deviceIndex) continue
        if (isOnLinkOnly && !isOnLink(entry)) continue
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
  private readonly main4 = new FamilyTable()
  private readonly main6 = new FamilyTable()
  private readonly others = new Map<string, FamilyTable>()
  private ordered: RouteRule[] = []

  /** By the order in which they are asked. */
  get rules(): readonly RouteRule[] { return this.ordered }

  addRule(rule: RouteRule): void { this.ordered = [...this.ordered, rule].sort((a, b) => a.priority - b.priority) }

  removeRule(rule: RouteRule): void { this.ordered = this.ordered.filter(each => each !== rule) }

  private of(address: IpAddress, table: number = RT_TABLE_MAIN): FamilyTable {
    const { family } = address
    if (table === RT_TABLE_MAIN) return family === 4 ? this.main4 : this.main6
    const key = `${family} ${table}`
    const known = this.others.get(key)
    if (known !== undefined) return known
    const made = new FamilyTable()
    this.others.set(key, made)
    return made
  }

  /** False when the same destination, gateway, device and metric are there already. */
  add(entry: RouteEntry): boolean {
    const table = this.of(entry.destination.address, entry.table)
    const entries = table.bucket(entry.destination)
    if (entries.some(each => each.metric === entry.metric && each.device === entry.device && sameGateway(each, entry.gateway))) return false
    table.put(entry.destination, [...entries, entry].sort((a, b) => a.metric - b.metric))
    this.onChange(entry, false)
    return true
  }

  /** Removes the first entry that `matches` among those for `destination`. */
  remove(destination: Prefix, matches: (entry: RouteEntry) => boolean, tableId?: number): RouteEntry | undefined {
    const table = this.of(destination.address, tableId)
    const entries = table.bucket(destination)
    const found = entries.find(matches)
    if (found === undefined) return undefined
    table.put(destination, entries.filter(each => each !== found))
    this.onChange(found, true)
    return found
  }

  removeWhere(matches: (entry: RouteEntry) => boolean): void {
    for (const entry of this.list()) {
      if (matches(entry)) this.remove(entry.destination, each => each === entry, entry.table)
    }
  }

  lookup(destination: IpAddress, deviceIndex: number, mark: number = 0, isOnLinkOnly: boolean = false): RouteEntry | undefined {
    for (const { family, mark: wanted, mask, table } of this.ordered) {
      if (family !== destination.family || (mark & mask) !== wanted) continue
      const found = this.of(destination, table).lookup(destination, deviceIndex, isOnLinkOnly)
      if (found !== undefined) return found
    }
    return this.of(destination).lookup(destination, deviceIndex, isOnLinkOnly)
  }

  list(): RouteEntry[] { return [this.main4, this.main6, ...this.others.values()].flatMap(each => each.list()) }
}

export function sameGateway(entry: RouteEntry, gateway: IpAddress | undefined): boolean {
  return gateway === undefined ? entry.gateway === undefined : entry.gateway?.equals(gateway) ?? false
}
