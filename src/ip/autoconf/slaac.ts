// Stateless address autoconfiguration (RFC 4861 6.3, RFC 4862 5.5; row C9): asks for routers, and turns their
// advertisements into default routes, on-link prefixes and addresses, each with a lifetime.

import { IPV6_MIN_MTU } from '../../base/posix.ts'
import { IpAddress } from '../../base/address/ip.ts'
import { Prefix } from '../../base/address/prefix.ts'
import { after, NEVER, s, us } from '../../base/time.ts'
import type { Instant } from '../../base/time.ts'
import type { NetDevice } from '../../link/net-device.ts'
import type { Icmpv6View } from '../../wire/icmpv6.ts'
import { NDP_MTU, NDP_PREFIX, NdpOptionCursor } from '../../wire/ndp-options.ts'
import type { AddressTable } from '../interface-address.ts'
import { interfaceIdentifier } from '../interface-config.ts'
import type { InterfaceConfig } from '../interface-config.ts'
import type { NetNamespace } from '../namespace.ts'
import type { Ndp } from '../neighbour/ndp.ts'
import type { RouteEntry, RouteTable } from '../route/table.ts'
import type { IpSettings } from '../sysctl.ts'

const METRIC_DEFAULT = 1024
const METRIC_PREFIX = 256
const FOREVER_SEC = 0xffffffff
/** RFC 4862 5.5.3 (e): an unauthenticated advertisement may not shorten what is left to less. */
const TWO_HOURS = s(7200)

/** The router solicitations of one device. */
class Soliciting {
  readonly timer: number
  left: number
  private readonly owner: Slaac
  private readonly device: NetDevice

  constructor(owner: Slaac, device: NetDevice, left: number, timer: (target: Soliciting) => number) {
    this.owner = owner
    this.device = device
    this.left = left
    this.timer = timer(this)
  }

  onTimer(): void { this.owner.solicit(this.device, this) }
}

export class Slaac {
  private readonly namespace: NetNamespace
  private readonly settings: IpSettings
  private readonly addresses: AddressTable
  private readonly table: RouteTable
  private readonly config: InterfaceConfig
  private readonly ndp: Ndp
  private readonly soliciting = new Map<NetDevice, Soliciting>()
  private readonly routeExpiry = new Map<RouteEntry, Instant>()
  private readonly options = new NdpOptionCursor()
  private readonly timer: number

  constructor(namespace: NetNamespace, settings: IpSettings, addresses: AddressTable, table: RouteTable, config: InterfaceConfig,
    ndp: Ndp) {
    this.namespace = namespace
    this.settings = settings
    this.addresses = addresses
    this.table = table
    this.config = config
    this.ndp = ndp
    this.timer = namespace.timers.allocate(this, 0)
    ndp.onRouterAdvertisement = (view, router, device): void => { this.advertised(view, router, device) }
  }

  private row(name: string): number { return this.settings.table.row(`net.ipv6.conf.${name}`).value }
  private get listens(): boolean {
    const mode = this.row('all.accept_ra')
    return mode === 2 || (mode === 1 && this.settings.forward6.value === 0)
  }

  /** The device's link-local address has become usable: look for routers. */
  start(device: NetDevice): void {
    const count = this.row('default.router_solicitations')
    if (!this.listens || count === 0 || device.medium !== 'ethernet' || this.soliciting.has(device)) return
    const entry = new Soliciting(this, device, count, target => this.namespace.timers.allocate(target, 0))
    this.soliciting.set(device, entry)
    const delayUs = this.row('default.router_solicitation_delay') * 1_000_000
    this.namespace.timers.arm(entry.timer, after(this.namespace.now(), us(delayUs === 0 ? 0 : this.namespace.random.public.below(delayUs))))
  }

  stop(device: NetDevice): void {
    const entry = this.soliciting.get(device)
    if (entry === undefined) return
    this.namespace.timers.free(entry.timer)
    this.soliciting.delete(device)
  }

  forget(device: NetDevice): void {
    this.stop(device)
    for (const entry of this.routeExpiry.keys()) if (entry.device === device) this.routeExpiry.delete(entry)
  }

  solicit(device: NetDevice, entry: Soliciting): void {
    if (entry.left === 0) {
      this.stop(device)
      return
    }
    if (entry.left > 0) entry.left--
    this.ndp.solicitRouters(device)
    this.namespace.timers.arm(entry.timer, after(this.namespace.now(), s(this.row('default.router_solicitation_interval'))))
  }

  private advertised(view: Icmpv6View, router: IpAddress, device: NetDevice): void {
    if (!this.listens) return
    this.stop(device)
    const lifetime = view.routerLifetimeSec
    let mtu = 0
    const cursor = this.options.start(view.u8, view.at + view.fixedLength, view.end)
    while (cursor.next()) {
      if (cursor.type === NDP_MTU && cursor.mtu >= IPV6_MIN_MTU && cursor.mtu <= device.mtu) mtu = cursor.mtu
      if (cursor.type === NDP_PREFIX && cursor.length === 32) this.takePrefix(cursor, device)
    }
    this.setRoute(new Prefix(IpAddress.ANY6, 0), router, device, METRIC_DEFAULT, mtu, lifetime === 0 ? 0 : this.until(lifetime))
    this.schedule()
  }

  private until(seconds: number): Instant { return seconds === FOREVER_SEC ? NEVER : after(this.namespace.now(), s(seconds)) }

  /** Adds, refreshes, or with `expiresAt` 0 removes. */
  private setRoute(destination: Prefix, gateway: IpAddress | undefined, device: NetDevice, metric: number, mtu: number,
    expiresAt: number): void {
    const known = this.table.remove(destination, each => each.origin === 'router' && each.device === device
      && (gateway === undefined ? each.gateway === undefined : each.gateway?.equals(gateway) === true))
    if (known !== undefined) this.routeExpiry.delete(known)
    if (expiresAt !== 0) {
      const entry: RouteEntry = {
        destination, gateway, device, metric, type: 'unicast', source: undefined, mtu, mtuLocked: false, advmss: 0, origin: 'router',
      }
      if (this.table.add(entry)) this.routeExpiry.set(entry, expiresAt as Instant)
    }
    this.namespace.routeGeneration++
  }

  private takePrefix(cursor: NdpOptionCursor, device: NetDevice): void {
    const prefix = new Prefix(cursor.prefix, cursor.prefixLength)
    const { validSec, preferredSec } = cursor
    if (prefix.address.isLinkLocal || prefix.address.isMulticast || preferredSec > validSec) return
    if (cursor.isOnLink) {
      const network = new Prefix(prefix.network(), prefix.length)
      this.setRoute(network, undefined, device, METRIC_PREFIX, 0, validSec === 0 ? 0 : this.until(validSec))
    }
    if (!cursor.isAutonomous || prefix.length !== 64 || device.address === undefined || this.row('all.autoconf') === 0) return
    const [high, low] = interfaceIdentifier(device.address)
    const network = prefix.network()
    const address = IpAddress.of(network.w0, network.w1, high, low)
    const known = this.addresses.on(device).find(each => each.address.equals(address))
    if (known === undefined) {
      if (validSec === 0) return
      this.config.add(device, new Prefix(address, 64), {
        origin: 'router', preferredUntil: this.until(preferredSec), validUntil: this.until(validSec), noPrefixRoute: true,
      })
      return
    }
    if (known.origin !== 'router') return
    known.preferredUntil = this.until(preferredSec)
    if (known.state === 'deprecated' && preferredSec > 0) known.state = 'preferred'
    const proposed = this.until(validSec)
    const remaining = known.validUntil - this.namespace.now()
    if (validSec * 1_000_000 > TWO_HOURS || proposed > known.validUntil) known.validUntil = proposed
    else if (remaining > TWO_HOURS) known.validUntil = after(this.namespace.now(), TWO_HOURS)
  }

  /** The next lifetime that ends. */
  private schedule(): void {
    let next: Instant = NEVER
    for (const entry of this.addresses.list) {
      if (entry.origin !== 'router') continue
      if (entry.state === 'preferred' && entry.preferredUntil < next) next = entry.preferredUntil
      if (entry.validUntil < next) next = entry.validUntil
    }
    for (const expiresAt of this.routeExpiry.values()) if (expiresAt < next) next = expiresAt
    if (next === NEVER) this.namespace.timers.disarm(this.timer)
    else this.namespace.timers.arm(this.timer, next)
  }

  onTimer(): void {
    const now = this.namespace.now()
    for (const entry of [...this.addresses.list]) {
      if (entry.origin !== 'router') continue
      if (entry.validUntil <= now) this.config.removeEntry(entry)
      else if (entry.state === 'preferred' && entry.preferredUntil <= now) entry.state = 'deprecated'
    }
    for (const [route, expiresAt] of this.routeExpiry) {
      if (expiresAt > now) continue
      this.table.remove(route.destination, each => each === route)
      this.routeExpiry.delete(route)
    }
    this.namespace.routeGeneration++
    this.schedule()
  }
}
