// Several devices made into one broadcast domain (row B7): a hub repeats every frame on all other ports, a learning
// switch (IEEE 802.1D 7.8) remembers which port a station was heard on and forgets it when it was silent too long.

import { MacAddress } from '../base/address/mac.ts'
import type { Instant, Micros } from '../base/time.ts'
import type { Packet } from '../wire/packet.ts'
import { observeArrival } from './hand-up.ts'
import type { DeviceReceiver, NetDevice } from './net-device.ts'
import { reportDrop } from './report-drop.ts'
import type { LinkEnvironment } from './report-drop.ts'
import { transmit } from './transmit.ts'

/** IEEE 802.1D 7.9.2: the recommended ageing time. */
const AGEING_US = 300_000_000 as Micros
/** Beyond this many stations old ones are looked for and forgotten. */
const TABLE_LIMIT = 4096
const ETHERNET_HEADER_BYTES = 14

interface Station { port: NetDevice, heardAt: Instant }

export interface BridgeOptions {
  /** `host` of it names the bridge in traces. */
  readonly env: LinkEnvironment
  readonly ageingUs?: Micros
}

abstract class Repeater implements DeviceReceiver {
  readonly env: LinkEnvironment
  ports: readonly NetDevice[] = []
  private isBusy = false

  constructor(env: LinkEnvironment) { this.env = env }

  get name(): string { return this.env.host }

  addPort(device: NetDevice): void {
    device.receiver = this
    device.promiscuous = true
    this.ports = [...this.ports, device]
    device.index = this.ports.length
  }

  removePort(device: NetDevice): void {
    if (device.receiver === this) device.receiver = undefined
    this.ports = this.ports.filter(each => each !== device)
  }

  receive(packet: Packet, device: NetDevice): void {
    observeArrival(device, packet, this.env)
    if (packet.length < ETHERNET_HEADER_BYTES) {
      reportDrop(this.env, device.name, 'in', packet, 'frame-too-short')
      packet.release()
      return
    }
    this.isBusy = true
    this.forward(packet, device)
  }

  endBatch(): void {
    if (!this.isBusy) return
    this.isBusy = false
    for (const port of this.ports) port.flush()
  }

  protected abstract forward(packet: Packet, from: NetDevice): void

  /** To every port that is up but the one it came from; the last gets the packet itself. */
  protected flood(packet: Packet, from: NetDevice): void {
    let waiting: NetDevice | undefined
    for (const port of this.ports) {
      if (port === from || !port.up || !port.carrier) continue
      if (waiting !== undefined) this.repeat(packet, waiting)
      waiting = port
    }
    if (waiting === undefined) packet.release()
    else transmit(waiting, packet, this.env)
  }

  private repeat(packet: Packet, port: NetDevice): void {
    const copy = packet.clone()
    if (copy === undefined) reportDrop(this.env, port.name, 'out', packet, 'no-packet-memory')
    else transmit(port, copy, this.env)
  }
}

export class Hub extends Repeater {
  protected override forward(packet: Packet, from: NetDevice): void { this.flood(packet, from) }
}

export class Bridge extends Repeater {
  private readonly ageingUs: Micros
  private readonly stations = new Map<number, Station>()

  constructor({ env, ageingUs = AGEING_US }: BridgeOptions) {
    super(env)
    this.ageingUs = ageingUs
  }

  /** What was learned and is not forgotten: for tools and tests. */
  table(): { readonly address: MacAddress, readonly port: string }[] {
    const now = this.env.now()
    return [...this.stations].filter(([, station]) => this.isFresh(station, now))
      .map(([key, station]) => ({ address: MacAddress.of(Math.floor(key / 2 ** 32), key % 2 ** 32), port: station.port.name }))
  }

  override removePort(device: NetDevice): void {
    super.removePort(device)
    for (const [key, station] of this.stations) if (station.port === device) this.stations.delete(key)
  }

  protected override forward(packet: Packet, from: NetDevice): void {
    const { u8 } = packet.memory
    const at = packet.start
    const now = this.env.now()
    this.learn(addressKey(u8, at + 6), from, now)
    if ((u8[at] & 1) !== 0) {
      this.flood(packet, from)
      return
    }
    const station = this.stations.get(addressKey(u8, at))
    if (station === undefined || !this.isFresh(station, now)) this.flood(packet, from)
    else if (station.port === from) packet.release() // both stations are on that segment: it has been heard there
    else transmit(station.port, packet, this.env)
  }

  private learn(key: number, port: NetDevice, now: Instant): void {
    const known = this.stations.get(key)
    if (known !== undefined) {
      known.port = port
      known.heardAt = now
      return
    }
    if (this.stations.size >= TABLE_LIMIT) this.forgetOld(now)
    // A group address is never a source (IEEE 802.3 3.2.3); a full table learns no more.
    if ((Math.floor(key / 2 ** 40) & 1) === 0 && this.stations.size < TABLE_LIMIT) this.stations.set(key, { port, heardAt: now })
  }

  private forgetOld(now: Instant): void {
    for (const [key, station] of this.stations) if (!this.isFresh(station, now)) this.stations.delete(key)
  }

  private isFresh(station: Station, now: Instant): boolean { return now - station.heardAt < this.ageingUs }
}

/** The 48 bits as one exact number. */
function addressKey(u8: Uint8Array, at: number): number {
  return (u8[at] << 8 | u8[at + 1]) * 2 ** 32 + ((u8[at + 2] << 24 | u8[at + 3] << 16 | u8[at + 4] << 8 | u8[at + 5]) >>> 0)
}
