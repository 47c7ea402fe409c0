// Who has which link address (RFC 4861 7.3, which Linux uses for ARP as well; row B5): one table a family. An entry walks
// incomplete -> reachable -> stale -> delay -> probe, or fails; packets wait in it while the answer is out.

import type { IpAddress } from '../../base/address/ip.ts'
import { MacAddress } from '../../base/address/mac.ts'
import { viewOf } from '../../base/bytes.ts'
import type { DropReason } from '../../base/drop-reason.ts'
import { after, ms, s } from '../../base/time.ts'
import type { Instant } from '../../base/time.ts'
import type { NetDevice } from '../../link/net-device.ts'
import { ETHERNET_HEADER_BYTES, writeEthernetHeader } from '../../wire/ethernet.ts'
import type { Packet } from '../../wire/packet.ts'
import type { NetNamespace } from '../namespace.ts'
import type { NeighbourSettings } from '../sysctl.ts'
import type { Neighbour, NeighbourState } from './neighbour.ts'

/** What has been stale for so long may go when the table is full. */
const FORCED_AGE = s(5)
const COLLECTION_PAUSE = ms(100)

/** What the cache asks of ARP or neighbour discovery, and of whoever tells senders that nobody answered. */
export interface Resolver {
  readonly etherType: number
  /** Asks by multicast (or broadcast), or the known address directly. `packet` is what waits first, if any. */
  solicit(entry: NeighbourEntry, unicast: boolean, packet: Packet | undefined): void
  /** Nobody answered for `packet`, which starts at its IP header; does not take ownership. */
  unreachable(entry: NeighbourEntry, packet: Packet): void
}

export class NeighbourEntry implements Neighbour {
  readonly table: NeighbourTable
  readonly device: NetDevice
  readonly address: IpAddress
  state: NeighbourState = 'none'
  mac = MacAddress.ZERO
  /** The Ethernet header of every packet to it. */
  readonly header = new Uint8Array(ETHERNET_HEADER_BYTES)
  readonly headerView = viewOf(this.header)
  /** Packets go out with no more thought. */
  ready = false
  isRouter = false
  /** Thrown out of the table: holders must look up again. */
  dead = false
  probes = 0
  confirmedAt: Instant
  updatedAt: Instant
  /** Packets that wait, linked by `next`. */
  first: Packet | undefined = undefined
  last: Packet | undefined = undefined
  waiting = 0
  waitingBytes = 0
  readonly timer: number

  constructor(table: NeighbourTable, device: NetDevice, address: IpAddress, now: Instant) {
    this.table = table
    this.device = device
    this.address = address
    this.confirmedAt = now
    this.updatedAt = now
    this.timer = table.namespace.timers.allocate(this, 0)
  }

  onTimer(): void { this.table.onTimer(this) }
}

export class NeighbourTable {
  readonly namespace: NetNamespace
  readonly settings: NeighbourSettings
  private readonly resolver: Resolver
  private readonly byDevice = new Map<NetDevice, Map<number | string, NeighbourEntry>>()
  private count = 0
  private nextCollectionAt: Instant = 0 as Instant

  constructor(namespace: NetNamespace, settings: NeighbourSettings, resolver: Resolver) {
    this.namespace = namespace
    this.settings = settings
    this.resolver = resolver
  }

  private static key(address: IpAddress): number | string { return address.family === 4 ? address.w3 : address.toString() }

  find(device: NetDevice, address: IpAddress): NeighbourEntry | undefined {
    return this.byDevice.get(device)?.get(NeighbourTable.key(address))
  }

  /**
   * What a packet asks for. Undefined when gc_thresh3 entries are there and none may go (RFC 6583 3): a sweep over a network is not to
   * fill memory.
   */
  findOrCreate(device: NetDevice, address: IpAddress): NeighbourEntry | undefined {
    const known = this.find(device, address)
    if (known !== undefined) return known
    if (this.count >= this.settings.gcThresh1.value) this.collect()
    return this.count >= this.settings.gcThresh3.value ? undefined : this.create(device, address)
  }

  /** What an administrator says has room always. */
  findOrForce(device: NetDevice, address: IpAddress): NeighbourEntry { return this.find(device, address) ?? this.create(device, address) }

  private create(device: NetDevice, address: IpAddress): NeighbourEntry {
    const entry = new NeighbourEntry(this, device, address, this.namespace.now())
    const entries = this.byDevice.get(device) ?? new Map<number | string, NeighbourEntry>()
    entries.set(NeighbourTable.key(address), entry)
    this.byDevice.set(device, entries)
    this.count++
    return entry
  }

  list(): NeighbourEntry[] { return [...this.byDevice.values()].flatMap(each => [...each.values()]) }

  /** Sends `packet`, which starts at its IP header, to the neighbour; takes ownership. True when it may go on the wire now. */
  prepare(entry: NeighbourEntry, packet: Packet): boolean {
    if (!entry.ready && !this.wake(entry, packet)) return false
    const { headerView } = entry
    const at = packet.push(ETHERNET_HEADER_BYTES)
    const { view } = packet.memory
    view.setInt32(at, headerView.getInt32(0))
    view.setInt32(at + 4, headerView.getInt32(4))
    view.setInt32(at + 8, headerView.getInt32(8))
    view.setUint16(at + 12, headerView.getUint16(12))
    packet.linkAt = at
    return true
  }

  /** First use of a stale entry, or of one without an answer: then the packet waits. */
  private wake(entry: NeighbourEntry, packet: Packet): boolean {
    if (entry.state === 'stale') {
      this.enter(entry, 'delay')
      this.armIn(entry, s(this.settings.delayFirstProbeSec.value))
      return true
    }
    this.enqueue(entry, packet)
    if (entry.state === 'none' || entry.state === 'failed') {
      this.enter(entry, 'incomplete')
      entry.probes = 0
      this.probe(entry)
    }
    return false
  }

  private enqueue(entry: NeighbourEntry, packet: Packet): void {
    const { queueLimit, queueLimitBytes } = this.settings
    while (entry.first !== undefined
      && (entry.waiting >= queueLimit.value || entry.waitingBytes + packet.truesize > queueLimitBytes.value)) {
      this.drop(entry, this.dequeue(entry), 'neighbour-queue-full')
    }
    packet.next = undefined
    if (entry.last === undefined) entry.first = packet
    else entry.last.next = packet
    entry.last = packet
    entry.waiting++
    entry.waitingBytes += packet.truesize
  }

  private dequeue(entry: NeighbourEntry): Packet | undefined {
    const packet = entry.first
    if (packet === undefined) return undefined
    entry.first = packet.next
    if (entry.first === undefined) entry.last = undefined
    packet.next = undefined
    entry.waiting--
    entry.waitingBytes -= packet.truesize
    return packet
  }

  private drop(entry: NeighbourEntry, packet: Packet | undefined, reason: DropReason): void {
    if (packet === undefined) return
    this.namespace.countDrop('arp', reason, entry.device.name, packet.length, entry.address.toString())
    packet.release()
  }

  private probe(entry: NeighbourEntry): void {
    entry.probes++
    this.armIn(entry, ms(this.settings.retransMs.value))
    this.resolver.solicit(entry, entry.state === 'probe', entry.first)
  }

  private armIn(entry: NeighbourEntry, delay: Parameters<typeof after>[1]): void {
    this.namespace.timers.arm(entry.timer, after(this.namespace.now(), delay))
  }

  onTimer(entry: NeighbourEntry): void {
    const now = this.namespace.now()
    switch (entry.state) {
      case 'reachable':
        this.ageReachable(entry, now)
        return
      case 'delay':
        // Linux: a confirmation from above while waiting saves the probe.
        if (this.wasConfirmed(entry, now)) {
          this.becomeReachable(entry)
          return
        }
        this.enter(entry, 'probe')
        entry.probes = 0
        this.probe(entry)
        return
      case 'incomplete':
        if (entry.probes >= this.settings.multicastSolicit.value) this.fail(entry)
        else this.probe(entry)
        return
      case 'probe':
        if (this.wasConfirmed(entry, now)) this.becomeReachable(entry)
        else if (entry.probes >= this.settings.unicastSolicit.value) this.fail(entry)
        else this.probe(entry)
        return
      default:
    }
  }

  private wasConfirmed(entry: NeighbourEntry, now: Instant): boolean {
    return entry.confirmedAt > entry.updatedAt && entry.confirmedAt >= after(now, s(-this.settings.delayFirstProbeSec.value))
  }

  /** Confirmations since the timer was armed extend the time. */
  private ageReachable(entry: NeighbourEntry, now: Instant): void {
    const until = after(entry.confirmedAt, ms(Math.floor(this.settings.baseReachableMs.value / 2)))
    if (until > now) this.namespace.timers.arm(entry.timer, until)
    else this.enter(entry, 'stale')
  }

  private becomeReachable(entry: NeighbourEntry): void {
    this.enter(entry, 'reachable')
    // RFC 4861 6.3.2: between half and one and a half times the base, so that neighbours do not ask in step.
    const base = this.settings.baseReachableMs.value
    this.armIn(entry, ms(Math.floor(base / 2) + this.namespace.random.public.below(base)))
  }

  private fail(entry: NeighbourEntry): void {
    this.enter(entry, 'failed')
    this.namespace.timers.disarm(entry.timer)
    for (let packet = this.dequeue(entry); packet !== undefined; packet = this.dequeue(entry)) {
      this.resolver.unreachable(entry, packet)
      this.drop(entry, packet, 'neighbour-failed')
    }
  }

  /** A link address was heard: stores it, and sends what waited. `state` is what that evidence is worth. */
  learn(entry: NeighbourEntry, mac: MacAddress, state: 'reachable' | 'stale' | 'permanent', override: boolean): void {
    if (entry.state === 'permanent' && state !== 'permanent') return
    const now = this.namespace.now()
    const known = entry.state !== 'none' && entry.state !== 'incomplete' && entry.state !== 'failed'
    const changed = !known || !entry.mac.equals(mac)
    if (changed && known && !override) {
      // Another station claims it without authority: keep ours, but verify before the next use (RFC 4861 7.2.5).
      if (entry.state === 'reachable') this.enter(entry, 'stale')
      return
    }
    if (changed) {
      entry.mac = mac
      entry.updatedAt = now
      const source = entry.device.address
      if (source !== undefined) writeEthernetHeader(entry.header, 0, mac, source, this.resolver.etherType)
    }
    if (state === 'reachable') {
      entry.confirmedAt = now
      this.becomeReachable(entry)
    } else if (state === 'permanent') {
      this.namespace.timers.disarm(entry.timer)
      this.enter(entry, 'permanent')
    } else if (changed) {
      this.namespace.timers.disarm(entry.timer)
      this.enter(entry, 'stale')
    }
    this.sendWaiting(entry)
  }

  /** Set by ip/link-output.ts: how a finished frame leaves. */
  transmit: (packet: Packet, device: NetDevice) => void = packet => { packet.release() }

  private sendWaiting(entry: NeighbourEntry): void {
    for (let packet = this.dequeue(entry); packet !== undefined; packet = this.dequeue(entry)) {
      if (this.prepare(entry, packet)) this.transmit(packet, entry.device)
    }
  }

  /** Forward progress above (RFC 4861 7.3.1). */
  confirm(entry: NeighbourEntry): void { entry.confirmedAt = this.namespace.now() }

  private enter(entry: NeighbourEntry, state: NeighbourState): void {
    const { namespace } = this
    if (state !== entry.state && namespace.trace.on) {
      namespace.trace.emit({
        name: 'neighbour', at: namespace.now(), host: namespace.host, device: entry.device.name, address: entry.address.toString(),
        from: entry.state, to: state,
      })
    }
    entry.state = state
    entry.ready = state === 'reachable' || state === 'delay' || state === 'probe' || state === 'permanent'
    namespace.onTableChange?.({ kind: 'neighbour', isGone: false, entry })
  }

  remove(entry: NeighbourEntry): void {
    const entries = this.byDevice.get(entry.device)
    if (entries?.delete(NeighbourTable.key(entry.address)) !== true) return
    this.count--
    entry.dead = true
    entry.ready = false
    for (let packet = this.dequeue(entry); packet !== undefined; packet = this.dequeue(entry)) this.drop(entry, packet, 'neighbour-failed')
    this.namespace.timers.free(entry.timer)
    this.namespace.onTableChange?.({ kind: 'neighbour', isGone: true, entry })
  }

  /** All entries, or those of one device; permanent ones stay unless the device goes. */
  flush(device?: NetDevice): void {
    for (const entry of this.list()) {
      if (device === undefined ? entry.state !== 'permanent' : entry.device === device) this.remove(entry)
    }
  }

  /**
   * Linux's garbage collection, when a new entry finds the table above gc_thresh1: stale ones go after gc_stale_time, above gc_thresh3
   * after five seconds. Not again at once where a flood of new ones leaves nothing to be had.
   */
  private collect(): void {
    const now = this.namespace.now()
    if (now < this.nextCollectionAt) return
    const isFull = this.count >= this.settings.gcThresh3.value
    const age = isFull ? FORCED_AGE : s(this.settings.gcStaleSec.value)
    for (const entries of this.byDevice.values()) {
      for (const entry of entries.values()) {
        const isUseless = entry.state === 'failed' || entry.state === 'none'
        if (isUseless || (entry.state === 'stale' && after(laterOf(entry.updatedAt, entry.confirmedAt), age) <= now)) this.remove(entry)
      }
    }
    if (!isFull || this.count >= this.settings.gcThresh3.value) this.nextCollectionAt = after(now, COLLECTION_PAUSE)
  }
}

function laterOf(a: Instant, b: Instant): Instant { return a > b ? a : b }
