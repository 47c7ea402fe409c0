// The map of a world: each host has one address, on every cable that is plugged into it, and a route to every other host over
// the fewest cables. Only routers forward.

import type { CableSpec } from '../../sim/cable-options.ts'
import type { Cable, CableDevice } from '../../link/cable.ts'
import type { Station as Plug, World } from '../../sim/world.ts'
import { hostPrefix } from './station-settings.ts'
import type { StationSettings } from './station-settings.ts'

export interface Station {
  readonly name: string
  /** What cables go into. */
  readonly plug: Plug
  /** Of the kernel that is there now. */
  readonly settings: StationSettings
  readonly addresses: readonly string[]
  readonly forwards: boolean
  /** Its frames leave the process: super-segments must be cut before. */
  readonly isApart: boolean
}

/** Hosts that hear each other without a router: the two ends of a cable, or all on one switch. */
interface Segment { readonly members: Map<Station, CableDevice> }

/** How far the search for routes has come, and how it left its beginning. */
interface Step { readonly at: Station, readonly device: CableDevice | undefined, readonly gateway: Station | undefined }

export class Network {
  private readonly world: World
  private readonly stations: Station[] = []
  private readonly segments: Segment[] = []
  private isStale = false

  constructor(world: World) { this.world = world }

  add(station: Station): void { this.stations.push(station) }

  /** The addresses of host number `n`. */
  static addressesOf(n: number, hasIpv6: boolean): string[] {
    return [`10.0.${n >> 8}.${n & 255}`, ...hasIpv6 ? [`fd00:5eed::${n.toString(16)}`] : []]
  }

  cable(a: Station, b: Station, spec: CableSpec): Cable {
    const cable = this.world.cable(a.plug, b.plug, { medium: 'ip', ...spec, ...(a.isApart || b.isApart) && { wireExact: true } })
    this.segments.push({ members: new Map([[a, cable.a], [b, cable.b]]) })
    this.giveAddresses(a, cable.a)
    this.giveAddresses(b, cable.b)
    this.isStale = true
    return cable
  }

  /** One switch, one cable a host. */
  lan(name: string, members: readonly Station[], spec: CableSpec): Cable[] {
    const middle = this.world.switch(name)
    const segment: Segment = { members: new Map() }
    this.segments.push(segment)
    this.isStale = true
    return members.map(member => {
      const cable = this.world.cable(member.plug, middle, { ...spec, ...member.isApart && { wireExact: true } })
      segment.members.set(member, cable.a)
      this.giveAddresses(member, cable.a)
      return cable
    })
  }

  /** After a reboot: addresses and forwarding as before. */
  renew(station: Station): void {
    for (const { members } of this.segments) {
      const device = members.get(station)
      if (device !== undefined) this.giveAddresses(station, device)
    }
    this.isStale = true
  }

  private giveAddresses(station: Station, device: CableDevice): void {
    for (const text of station.addresses) station.settings.addAddress(device.name, text)
    if (station.forwards) station.settings.forward()
  }

  /** Routes as the cables lie now. */
  refresh(): void {
    if (!this.isStale) return
    this.isStale = false
    for (const station of this.stations) this.route(station)
  }

  private route(from: Station): void {
    from.settings.clearRoutes()
    this.routeGroups(from)
    const known = new Set<Station>([from])
    let frontier: Step[] = [{ at: from, device: undefined, gateway: undefined }]
    while (frontier.length > 0) {
      const next: Step[] = []
      for (const { at, device, gateway } of frontier) {
        if (at !== from && !at.forwards) continue
        for (const { members } of this.segments) {
          const own = members.get(at)
          if (own === undefined) continue
          for (const other of members.keys()) {
            if (known.has(other)) continue
            known.add(other)
            const step = { at: other, device: device ?? own, gateway: gateway ?? other }
            this.addRoute(from, other, step.device, step.gateway)
            next.push(step)
          }
        }
      }
      frontier = next
    }
  }

  /** Groups and the broadcast address go out on the first cable, as a default route has it on other machines. */
  private routeGroups(from: Station): void {
    const device = this.segments.map(({ members }) => members.get(from)).find(each => each !== undefined)
    if (device === undefined) return
    for (const destination of GROUPS) from.settings.addRoute({ destination, device: device.name, source: from.addresses[0] })
  }

  private addRoute(from: Station, to: Station, device: CableDevice, gateway: Station): void {
    to.addresses.forEach((text, family) => {
      const via = gateway === to ? undefined : gateway.addresses.at(family)
      from.settings.addRoute({
        destination: hostPrefix(text), device: device.name, source: from.addresses[family], ...via !== undefined && { gateway: via },
      })
    })
  }
}

const GROUPS = ['224.0.0.0/4', '255.255.255.255/32']
