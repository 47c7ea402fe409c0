// Several hosts, the links between them and one virtual clock: a whole network in a program, the same every time for the same
// seed. `traceHash` says whether two runs were the same, frame by frame (docs/trace.md).

import { MacAddress } from '../base/address/mac.ts'
import { SeededRandom } from '../base/random.ts'
import { Trace } from '../base/trace.ts'
import { createHost } from '../kernel/host.ts'
import type { Host } from '../kernel/host.ts'
import { Bridge, Hub } from '../link/bridge.ts'
import { Cable } from '../link/cable.ts'
import type { CableDevice, CableEnd } from '../link/cable.ts'
import { Capture } from '../link/capture.ts'
import { Coalescer } from '../link/offload/coalesce.ts'
import type { LinkEnvironment } from '../link/report-drop.ts'
import { PacketMemory } from '../wire/packet-memory.ts'
import { impairmentsOf } from './cable-options.ts'
import type { CableSpec } from './cable-options.ts'
import { CableRules } from './rule.ts'
import type { Rule } from './rule.ts'
import { Stage } from './stage.ts'
import type { Settle } from './stage.ts'
import { TraceHash } from './trace-hash.ts'
import type { IncrementalHash } from './trace-hash.ts'

export interface WorldOptions {
  readonly seed?: number | string
  readonly memory?: PacketMemory
  /**
   * Waits, between instants, until programs can go no further without time moving. The default waits for calls that
   * sleep in our own system; programs that await the platform's timers or streams need one of the platform's.
   */
  readonly settle?: Settle
  /** Whoever lends `settle` says with `noteWake` when programs may go on; other instants cost no turns. */
  readonly tellsWakes?: boolean
  /** Default true. Hashing in the language alone costs ten times as much as everything else together. */
  readonly hashes?: boolean
  /** The platform's SHA-256, for worlds with much traffic; the hash is the same. */
  readonly sha256?: () => IncrementalHash
}

/** A station whose stack runs elsewhere: a cable ends here, and what it brings is its owner's, who also sends. */
export interface Outpost {
  readonly name: string
  readonly env: LinkEnvironment
  /** Takes the end of a cable: sets its receiver. */
  addPort(device: CableDevice): void
}

/** What a cable may be plugged into. */
export type Station = Host | Bridge | Hub | Outpost

export class World extends Stage {
  readonly trace = new Trace()
  readonly memory: PacketMemory
  readonly seed: number | string
  readonly hosts: Host[] = []
  readonly switches: (Bridge | Hub)[] = []
  readonly cables: Cable[] = []
  private readonly random: SeededRandom
  private readonly hash: TraceHash
  private readonly hashes: boolean
  private readonly rules = new Map<Cable, CableRules>()
  private readonly captures: Capture[] = []
  private readonly ports = new Map<Station, number>()
  private stations = 0
  private impairments = 0

  constructor(options: WorldOptions = {}) {
    super(options.settle, options.tellsWakes)
    this.seed = options.seed ?? 1
    this.random = new SeededRandom(this.seed)
    this.memory = options.memory ?? new PacketMemory()
    this.hashes = options.hashes ?? true
    this.hash = new TraceHash(options.sha256?.())
    if (this.hashes) this.trace.observe(this.hash)
  }

  host(name: string): Host {
    const host = this.boot(name, `host/${name}`)
    this.hosts.push(host)
    return host
  }

  /**
   * The host after a power cut: what it knew is gone without a word to anybody, its cables are in the new one, which has
   * no addresses and routes yet. `boots` says how often it booted before.
   */
  reboot(old: Host, boots: number): Host {
    const devices = this.unplug(old)
    const host = this.boot(old.name, `host/${old.name}/boot${boots}`)
    this.hosts[this.hosts.indexOf(old)] = host
    for (const device of devices) host.addDevice(device)
    return host
  }

  /** Takes the cables out of a host and ends it, silently; `reboot` puts them into its successor. */
  unplug(host: Host): CableDevice[] {
    const devices = this.cables.flatMap(({ a, b }) => [a, b]).filter(each => each.env.host === host.name)
    for (const device of devices) if (device.index !== 0) host.removeDevice(device)
    host.close()
    return devices
  }

  /** Another impairment from now on; what is under way arrives as it would have. */
  impair(cable: Cable, spec: CableSpec): void {
    this.impairments++
    const fork = (side: string): SeededRandom => this.random.fork(`impair/${this.cables.indexOf(cable)}/${this.impairments}/${side}`)
    cable.impair(impairmentsOf(spec), [fork('there'), fork('back')])
  }

  private boot(name: string, label: string): Host {
    const stream = this.random.fork(label)
    return createHost({
      name, clock: this.clock, random: { public: stream.fork('public'), secret: stream.fork('secret') },
      memory: this.memory, trace: this.trace, onWake: this.noteWake,
    })
  }

  /** A learning switch. */
  switch(name: string): Bridge { return this.join(new Bridge({ env: this.environment(name) })) }

  hub(name: string): Hub { return this.join(new Hub(this.environment(name))) }

  /** Plugs a cable into both stations: a host gets a device `ethN` with the addresses of the spec, a switch a port. */
  cable(a: Station, b: Station, spec: CableSpec = {}): Cable {
    const ends = [this.end(a, spec.names?.[0], spec), this.end(b, spec.names?.[1], spec)] as const
    const label = `cable/${nameOf(a)}:${ends[0].name}/${nameOf(b)}:${ends[1].name}`
    const cable = new Cable({
      clock: this.clock, random: [this.random.fork(`${label}/there`), this.random.fork(`${label}/back`)], ends,
      impair: impairmentsOf(spec),
      ...(spec.medium && { medium: spec.medium }), ...(spec.duplex && { duplex: spec.duplex }),
      ...(spec.mtu !== undefined && { mtu: spec.mtu }),
      ...(spec.wireExact !== undefined && { wireExact: spec.wireExact }),
      ...(spec.frameCheckSequence !== undefined && { frameCheckSequence: spec.frameCheckSequence }),
    })
    this.cables.push(cable)
    this.plug(a, cable.a, spec.addresses?.[0], spec)
    this.plug(b, cable.b, spec.addresses?.[1], spec)
    return cable
  }

  /** Judges every packet on a cable, which is wire-exact from then on. Returns the function that lifts the rule. */
  rule(cable: Cable, rule: Rule): () => void {
    let rules = this.rules.get(cable)
    if (rules === undefined) this.rules.set(cable, rules = new CableRules(this.clock, cable))
    return rules.add(rule)
  }

  /** Writes every frame on every cable, those of later cables included, to one pcapng file. */
  capture(sink: (bytes: Uint8Array) => void): Capture {
    const capture = new Capture({ sink, now: () => this.clock.now() })
    capture.observe(this.trace)
    for (const { a, b } of this.cables) for (const end of [a, b]) capture.attach(end, end.env.host)
    this.captures.push(capture)
    return capture
  }

  /** SHA-256 over every frame so far; later frames do not count. */
  traceHash(): string {
    if (!this.hashes) throw new Error('this world was made with hashes: false')
    return this.hash.digest()
  }

  /** The medium of a device, for whoever prints its frames. */
  mediumOf(host: string, device: string): 'ethernet' | 'ip' | 'loopback' {
    const end = this.cables.flatMap(each => [each.a, each.b]).find(each => each.env.host === host && each.name === device)
    return end?.medium ?? this.hosts.find(each => each.name === host)?.namespace.deviceNamed(device)?.medium ?? 'ip'
  }

  /** Ends every host and cable; packet memory is empty after it. */
  close(): void {
    for (const each of this.captures) each.close()
    for (const each of this.hosts) each.close()
    for (const each of this.cables) each.close()
  }

  private join<T extends Bridge | Hub>(made: T): T {
    this.switches.push(made)
    return made
  }

  /** For whoever is a station of this world: its name in the trace. */
  environment(host: string): LinkEnvironment {
    return { host, trace: this.trace, now: () => this.clock.now() }
  }

  private end(station: Station, name: string | undefined, spec: CableSpec): CableEnd {
    const isHost = !isSwitch(station)
    const port = this.ports.get(station) ?? 0
    this.ports.set(station, port + 1)
    this.stations++
    // Locally administered and unlike any other of this world.
    const address = spec.medium === 'ip' ? undefined : MacAddress.of(0x0200, this.stations)
    return { name: name ?? (isHost ? `eth${port}` : `port${port + 1}`), address, env: 'namespace' in station ? station.namespace : station.env }
  }

  private plug(station: Station, device: CableDevice, addresses: string | readonly string[] | undefined, spec: CableSpec): void {
    for (const capture of this.captures) capture.attach(device, device.env.host)
    if (!('addDevice' in station)) {
      station.addPort(device)
      return
    }
    station.addDevice(device)
    for (const cidr of typeof addresses === 'string' ? [addresses] : addresses ?? []) {
      const wrong = station.addAddress(device, cidr)
      if (typeof wrong === 'string') throw new RangeError(`${station.name}: ${cidr} on ${device.name}: ${wrong}`)
    }
    if (spec.coalesce === true && device.receiver !== undefined) device.receiver = new Coalescer(device.receiver)
  }
}

function nameOf(station: Station): string { return station.name }

function isSwitch(station: Station): boolean { return station instanceof Bridge || station instanceof Hub }
