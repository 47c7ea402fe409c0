// Is an address free before we use it, and is somebody else using it later (RFC 4862 5.4 for IPv6, RFC 5227 for IPv4; rows
// B5, C9). IPv6 addresses wait here while tentative; IPv4 is probed on request (DHCP) and defended always.

import type { IpAddress } from '../../base/address/ip.ts'
import { after, ms, s, us } from '../../base/time.ts'
import type { Instant, Micros } from '../../base/time.ts'
import type { NetDevice } from '../../link/net-device.ts'
import type { AddressTable, InterfaceAddress } from '../interface-address.ts'
import type { NetNamespace } from '../namespace.ts'
import type { IpSettings } from '../sysctl.ts'
import type { Arp } from './arp.ts'
import type { Ndp } from './ndp.ts'

// RFC 5227 1.1.
const PROBE_WAIT = s(1)
const PROBE_COUNT = 3
const PROBE_MIN = s(1)
const ANNOUNCE_WAIT = s(2)
const DEFEND_INTERVAL = s(10)

/** One address under test: so many probes, so far apart, then a verdict. */
class Probing {
  private readonly namespace: NetNamespace
  private readonly timer: number
  private left: number
  private readonly send: () => void
  private readonly interval: () => Micros
  private readonly lastWait: Micros
  private readonly done: () => void

  constructor(namespace: NetNamespace, count: number, firstWait: Micros, interval: () => Micros, lastWait: Micros, send: () => void,
    done: () => void) {
    this.namespace = namespace
    this.left = count
    this.send = send
    this.interval = interval
    this.lastWait = lastWait
    this.done = done
    this.timer = namespace.timers.allocate(this, 0)
    namespace.timers.arm(this.timer, after(namespace.now(), firstWait))
  }

  onTimer(): void {
    if (this.left === 0) {
      this.done()
      return
    }
    this.left--
    this.send()
    this.namespace.timers.arm(this.timer, after(this.namespace.now(), this.left > 0 ? this.interval() : this.lastWait))
  }

  stop(): void { this.namespace.timers.free(this.timer) }
}

export class DuplicateAddressDetection {
  /** An address has become ours; set by ip.ts. */
  onUsable: (entry: InterfaceAddress) => void = () => { /* unplugged */ }
  private readonly namespace: NetNamespace
  private readonly settings: IpSettings
  private readonly addresses: AddressTable
  private readonly arp: Arp
  private readonly ndp: Ndp
  private readonly tentative = new Map<InterfaceAddress, Probing>()
  private readonly probes4 = new Map<number, { readonly probing: Probing, readonly done: (conflict: boolean) => void }>()
  private readonly defendedAt = new Map<number, Instant>()

  constructor(namespace: NetNamespace, settings: IpSettings, addresses: AddressTable, arp: Arp, ndp: Ndp) {
    this.namespace = namespace
    this.settings = settings
    this.addresses = addresses
    this.arp = arp
    this.ndp = ndp
    arp.onConflict = (address, device): void => { this.onConflict4(address, device) }
    ndp.onDuplicate = (entry): void => { this.onDuplicate6(entry) }
  }

  /** Starts with a fresh IPv6 address; those that need no test are ours at once. */
  start(entry: InterfaceAddress): void {
    const transmits = this.settings.table.row('net.ipv6.conf.default.dad_transmits').value
    const { device, address } = entry
    if (device.medium !== 'ethernet' || transmits === 0 || this.settings.table.row('net.ipv6.conf.all.accept_dad').value === 0) {
      this.finish(entry)
      return
    }
    entry.state = 'tentative'
    const delayUs = this.settings.table.row('net.ipv6.conf.default.router_solicitation_delay').value * 1_000_000
    const firstWait = us(delayUs === 0 ? 0 : this.namespace.random.public.below(delayUs))
    const retrans = (): Micros => ms(this.settings.neighbour6.retransMs.value)
    this.tentative.set(entry, new Probing(this.namespace, transmits, firstWait, retrans, retrans(),
      () => { this.ndp.probe(device, address) }, () => { this.finish(entry) }))
  }

  stop(entry: InterfaceAddress): void {
    this.tentative.get(entry)?.stop()
    this.tentative.delete(entry)
  }

  private finish(entry: InterfaceAddress): void {
    this.stop(entry)
    if (entry.state === 'tentative') entry.state = 'preferred'
    this.namespace.routeGeneration++
    this.onUsable(entry)
  }

  private onDuplicate6(entry: InterfaceAddress): void {
    this.stop(entry)
    entry.state = 'duplicate'
    this.namespace.routeGeneration++
    this.tell(entry.device, entry.address, 'tentative', 'duplicate')
  }

  /** RFC 5227 2.1.1: `done(true)` when somebody has it; before an address is configured. */
  probe4(device: NetDevice, address: IpAddress, done: (conflict: boolean) => void): void {
    this.cancel4(address.w3)
    const random = this.namespace.random.public
    const probing = new Probing(this.namespace, PROBE_COUNT, us(random.below(PROBE_WAIT)), () => us(PROBE_MIN + random.below(PROBE_MIN)),
      ANNOUNCE_WAIT, () => { this.arp.probe(device, address) }, () => {
        this.cancel4(address.w3)
        done(false)
      })
    this.probes4.set(address.w3, { probing, done })
  }

  private cancel4(word: number): void {
    this.probes4.get(word)?.probing.stop()
    this.probes4.delete(word)
  }

  private onConflict4(address: IpAddress, device: NetDevice): void {
    const probe = this.probes4.get(address.w3)
    if (probe !== undefined) {
      this.cancel4(address.w3)
      probe.done(true)
      return
    }
    if (this.addresses.find4(address.w3)?.device !== device) return
    // RFC 5227 2.4 (b): defend once, then not again for a while.
    const now = this.namespace.now()
    const last = this.defendedAt.get(address.w3)
    this.tell(device, address, 'ours', 'conflict')
    if (last !== undefined && after(last, DEFEND_INTERVAL) > now) return
    this.defendedAt.set(address.w3, now)
    this.arp.announce(device, address)
  }

  private tell(device: NetDevice, address: IpAddress, from: string, to: string): void {
    const { namespace } = this
    if (namespace.trace.on) {
      namespace.trace.emit({ name: 'neighbour', at: namespace.now(), host: namespace.host, device: device.name, address: address.toString(), from, to })
    }
  }
}
