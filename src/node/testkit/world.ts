// A world for Node programs: hosts, links and virtual time in a few lines, the same every time for the same seed.

import { SeededRandom } from '../../base/random.ts'
import { PacketMemory } from '../../wire/packet-memory.ts'
import type { Host } from '../../kernel/host.ts'
import { World } from '../../sim/world.ts'
import { nativeSha256 } from '../native-sha256.ts'
import { wasmPlatform } from '../packet-platform.ts'
import { activity, settled } from './activity.ts'
import { Lockstep } from './apart/lockstep.ts'
import { WorkerHost } from './apart/worker-host.ts'
import type { ApartWorld, WorkerHostOptions } from './apart/worker-host.ts'
import { saveFailure } from './artifacts.ts'
import type { TimelineEntry } from './artifacts.ts'
import { Driver } from './driver.ts'
import { describeSeconds, durationMs } from './duration.ts'
import type { Duration } from './duration.ts'
import { failedSocket } from './failed-socket.ts'
import { HostFailure } from './failure.ts'
import { WorldStuck } from './failure.ts'
import { FrameRing } from './frame-ring.ts'
import { Job } from './job.ts'
import { NameTable } from './names.ts'
import { Network } from './network.ts'
import { OwnTime, WORLD_EPOCH_MS } from './own-time.ts'
import { patched } from './patched.ts'
import type { Place } from './place.ts'
import { hostModules } from './program.ts'
import { describeSocket, describeWorld } from './report.ts'
import type { OpenSocket, RunningJob } from './report.ts'
import { TestHost } from './test-host.ts'
import type { HostOptions, HostWorld } from './test-host.ts'
import { TestLink, cableSpec } from './test-link.ts'
import type { LinkSpec } from './test-link.ts'
import { belongsTo } from './test-packet.ts'
import type { Flow, PacketRule } from './test-packet.ts'
import { resetConnections } from './inject-reset.ts'
import type { TestWorldOptions } from './world-options.ts'

const DEFAULT_LIMIT = '10min'
const MEMORY_BYTES = 256 * 1024 * 1024

const KEPT_FRAMES = 20_000

/** A host whose programs run in this thread, or in one of their own. */
export type AnyHost = TestHost | WorkerHost

export class TestWorld {
  readonly seed: number | string
  readonly sim: World
  /** Names every host sees. */
  readonly dns = new NameTable()
  readonly hosts: TestHost[] = []
  readonly workerHosts: WorkerHost[] = []
  readonly links: TestLink[] = []
  private readonly network: Network
  private readonly driver: Driver
  private readonly options: TestWorldOptions
  private readonly limitMs: number
  private readonly epochMs: number
  private readonly jobs = new Map<Job<unknown>, RunningJob>()
  private readonly failures: HostFailure[] = []
  private readonly timeline: TimelineEntry[] = []
  private readonly inside: HostWorld
  private readonly apart: ApartWorld
  private readonly nameServers: AnyHost[] = []
  private readonly lost: { readonly job: Job<unknown>, readonly failure: HostFailure }[] = []
  private readonly frames: FrameRing | undefined
  private readonly artifacts: string | undefined
  private isClosed = false
  private lans = 0
  private flows = 0
  private readonly rules = new Set<(link: TestLink) => void>()

  /** Made by createWorld, which changes Node first. */
  constructor(options: TestWorldOptions) {
    this.options = options
    this.seed = options.seed ?? process.env.SOCKEYE_SEED ?? 1
    this.limitMs = durationMs(options.limit ?? DEFAULT_LIMIT)
    this.epochMs = options.startAt === undefined ? WORLD_EPOCH_MS : new Date(options.startAt).getTime()
    this.sim = new World({
      seed: this.seed, settle: settled, tellsWakes: true, hashes: options.hashes ?? true, sha256: nativeSha256,
      memory: new PacketMemory({ bytes: MEMORY_BYTES, platform: wasmPlatform }),
    })
    this.network = new Network(this.sim)
    this.driver = new Driver(this.sim)
    const keep = options.keepFrames ?? KEPT_FRAMES
    this.frames = keep > 0 ? new FrameRing(this.sim, keep) : undefined
    this.artifacts = options.artifacts ?? process.env.SOCKEYE_ARTIFACTS
    this.inside = this.forHosts()
    this.apart = this.forWorkers()
    activity.worlds.add(this.sim.noteWake)
  }

  // --- building

  host(name: string, options: HostOptions = {}): TestHost {
    const addresses = this.addressesFor(name, options.address)
    const host = new TestHost(this.inside, this.sim.host(name), addresses, options)
    this.hosts.push(host)
    this.network.add(host)
    return host
  }

  /**
   * A host with a thread of its own, for programs that need globals, modules or a memory limit of their own. Modules run on it, by
   * their path.
   */
  workerHost(name: string, options: WorkerHostOptions = {}): WorkerHost {
    const host = new WorkerHost(this.apart, name, this.addressesFor(name, options.address), options)
    this.workerHosts.push(host)
    this.network.add(host)
    return host
  }

  private get everyone(): readonly AnyHost[] { return [...this.hosts, ...this.workerHosts] }

  private addressesFor(name: string, given: string | readonly string[] | undefined): readonly string[] {
    if (this.everyone.some(each => each.name === name)) throw new Error(`there is a host ${name} already`)
    return given === undefined ? Network.addressesOf(this.everyone.length + 1, this.options.ipv6 === true) : [given].flat()
  }

  /** A host that forwards what is not for itself. */
  router(name: string): TestHost { return this.host(name, { router: true }) }

  /** A cable between two hosts. In a spec `out:` is from `a` to `b`. */
  link(a: AnyHost, b: AnyHost, spec: LinkSpec = ''): TestLink {
    return this.addLink(this.network.cable(a, b, cableSpec(spec)))
  }

  /** A switch with a cable to each host; the spec is that of each cable, so packets between hosts meet it twice. */
  lan(hosts: readonly AnyHost[], spec: LinkSpec = ''): TestLink[] {
    this.lans++
    return this.network.lan(`switch${this.lans}`, hosts, cableSpec(spec)).map(each => this.addLink(each))
  }

  /**
   * From now on names are asked of this host, over the network: what `dns` holds, and the hosts' names. To be called before programs
   * run; several servers are asked one after the other.
   */
  nameServer<H extends AnyHost>(host: H): H {
    this.nameServers.push(host)
    host.serveNames()
    return host
  }

  private addLink(cable: TestLink['cable']): TestLink {
    const link = new TestLink(this.sim, cable, what => { this.note('', what) })
    this.links.push(link)
    for (const each of this.rules) each(link)
    return link
  }

  // --- breaking

  /** Links between hosts of `a` and hosts of `b` (or anybody) swallow everything, until `heal`. Nobody is told. */
  partition(a: AnyHost | readonly AnyHost[], b?: AnyHost | readonly AnyHost[]): void {
    const [one, other] = [names(a), b === undefined ? undefined : names(b)]
    const cut = this.links.filter(({ ends: [x, y] }) => other === undefined
      ? one.has(x) !== one.has(y) : (one.has(x) && other.has(y)) || (one.has(y) && other.has(x)))
    for (const link of cut) link.cable.partitioned = true
    this.note('', `partition: ${cut.map(each => each.name).join(', ')}`)
  }

  /** Every link carries again. */
  heal(): void {
    for (const { cable } of this.links) cable.partitioned = false
    this.note('', 'heal')
  }

  /**
   * Judges every packet on every link (those of later links too). The latest rule is asked last. Returns what lifts it.
   * Links with rules carry wire packets: super-segments are cut before.
   */
  rule(rule: PacketRule): () => void {
    const lift = [...this.links].map(link => link.rule(rule))
    const entry = (link: TestLink): void => { lift.push(link.rule(rule)) }
    this.rules.add(entry)
    return () => {
      this.rules.delete(entry)
      for (const each of lift.splice(0)) each()
    }
  }

  /** Loss, delay and doubling for some packets only: those of a port, a protocol, a direction. */
  impairFlow(flow: Flow, { loss = 0, delay, duplicate = 0 }: { loss?: number, delay?: Duration, duplicate?: number }): () => void {
    const random = new SeededRandom(`${this.seed}/flow/${this.flows++}`)
    return this.rule(packet => {
      if (!belongsTo(packet, flow)) return undefined
      if (random.float() < loss) return 'drop'
      if (random.float() < duplicate) return 'duplicate'
      return delay === undefined ? undefined : { delay }
    })
  }

  /** Every connection between the two (at `port`, if one is given) gets a reset at both ends, which neither host sent. */
  injectReset(a: AnyHost, b: AnyHost, { port }: { port?: number } = {}): number {
    this.note('', `reset between ${a.name} and ${b.name}`)
    const at = (host: AnyHost, peer: AnyHost): number => host.isUp ? resetConnections(this.sim, host, new Set(peer.addresses), port) : 0
    return Math.max(at(a, b), at(b, a))
  }

  // --- time

  /** Microseconds since the world began. */
  nowUs(): number { return this.sim.now() }
  /** Milliseconds since the world began. */
  now(): number { return this.sim.now() / 1000 }

  async runFor(duration: Duration): Promise<void> { await this.wait(() => false, durationMs(duration), true) }

  /** Until the condition holds; fails with a report when it does not in time, or never can. */
  async runUntil(condition: () => boolean, { timeout }: { timeout?: Duration } = {}): Promise<void> {
    const limit = timeout === undefined ? this.limitMs : durationMs(timeout)
    const outcome = await this.wait(condition, limit)
    if (outcome !== 'met') throw this.stuck(outcome === 'late' ? `the condition did not hold within ${limit} ms` : 'nothing more can happen, and the condition does not hold')
  }

  /** Until no program was called for a while (default 1 s) and no timer runs that keeps a program alive. Intervals count as quiet. */
  async runUntilQuiet({ for: quiet = '1s', timeout }: { for?: Duration, timeout?: Duration } = {}): Promise<void> {
    const quietUs = durationMs(quiet) * 1000
    const limit = timeout === undefined ? this.limitMs : durationMs(timeout)
    const deadline = this.nowUs() + limit * 1000
    for (;;) {
      const before = activity.begun
      const since = this.nowUs()
      const outcome = await this.wait(() => activity.begun !== before, Math.min(quietUs, deadline - since) / 1000, true)
      if (outcome !== 'met' && !this.isBusy()) return
      if (this.nowUs() >= deadline) throw this.stuck(`it was not quiet within ${limit} ms`)
      if (outcome === 'met') await this.wait(() => false, 1, true)
    }
  }

  private isBusy(): boolean { return this.everyone.some(each => each.isBusy) }

  private async wait(isMet: () => boolean, limitMs: number, waitsForTime: boolean = false): Promise<'met' | 'late' | 'silent'> {
    if (this.isClosed) throw new Error('this world is closed')
    this.network.refresh()
    return this.driver.wait(() => {
      const failure = this.failures.shift()
      if (failure !== undefined) throw failure
      return isMet()
    }, limitMs, waitsForTime)
  }

  // --- looking

  /** Sockets that programs have open now, with the line that opened them. */
  sockets(): OpenSocket[] { return this.everyone.filter(each => each.isUp).flatMap(each => each.openSockets()) }

  /** SHA-256 over every frame so far: the same for the same seed. */
  traceHash(): string { return this.sim.traceHash() }

  /** Hosts, what their programs wait for, sockets and timers. */
  describe(): string { return describeWorld(this.everyone, [...this.jobs.values()]) }

  /** Throws when programs have sockets open; the message says which, and the lines that opened them. */
  expectNoLeaks(): void {
    const open = this.sockets()
    if (open.length > 0) throw new WorldStuck(`${open.length} sockets were left open\n${open.map(each => `host ${each.host}: ${describeSocket(each)}`).join('\n')}`)
  }

  /** Throws what a program threw, or a job that failed, and nobody has heard of yet. */
  expectNoFailures(): void {
    const failure = this.failures.shift() ?? this.lost.splice(0).find(({ job }) => !job.isAwaited)?.failure
    if (failure !== undefined) throw failure
  }

  /** Writes capture, sockets, timeline and seed into a folder, whose path it answers; undefined where nothing is to be kept. */
  save(error: unknown): string | undefined {
    const { artifacts, options: { name = 'world' }, seed, epochMs, everyone, timeline, frames } = this
    if (artifacts === undefined || artifacts === '') return undefined
    return saveFailure(artifacts, { name, seed, epochMs, error, report: this.describe(), hosts: everyone, timeline, frames })
  }

  // --- the end

  /** Ends every program and puts Node back as it was. */
  async close(): Promise<void> {
    if (this.isClosed) return
    this.isClosed = true
    for (const host of this.hosts) host.crash()
    this.sim.close()
    activity.worlds.delete(this.sim.noteWake)
    patched.leave()
    await Promise.all(this.workerHosts.map(each => each.end()))
  }

  private note(host: string, what: string): void { this.timeline.push([this.nowUs(), host, what]) }

  private stuck(why: string): WorldStuck {
    const stuck = new WorldStuck(`${why} (at ${describeSeconds(this.nowUs())}, seed ${this.seed})\n${this.describe()}`)
    const folder = this.save(stuck)
    if (folder !== undefined) stuck.message += `\nsaved in ${folder}`
    return stuck
  }

  private forHosts(): HostWorld {
    const { sim } = this
    const find = (test: (host: AnyHost) => boolean): AnyHost | undefined => this.everyone.find(test)
    return {
      names: this.dns,
      nameServers: () => this.nameServers.map(each => each.address),
      hostAddresses: name => find(each => each.name.toLowerCase() === name)?.addresses,
      hostNamed: address => find(each => each.addresses.includes(address))?.name,
      sleep: ms => sim.sleep(ms),
      newChance: (host, life) => this.options.seedCrypto === false ? undefined : new SeededRandom(`${this.seed}/${host.name}/${life}`),
      newTime: () => new OwnTime(sim, this.epochMs),
      bootKernel: (host, boots): Host => sim.reboot(host.kernel, boots),
      booted: host => {
        this.network.renew(host)
        this.network.refresh()
      },
      unplug: kernel => { sim.unplug(kernel) },
      modules: hostModules,
      job: (host, result, label, startedAt) => this.job(host, result, label, startedAt),
      ...this.forBoth(),
    }
  }

  private forBoth(): Pick<HostWorld & ApartWorld, 'failed' | 'note'> {
    return {
      failed: failure => { this.failures.push(failure); this.sim.noteWake() },
      note: (host, what) => { this.note(host, what) },
    }
  }

  private forWorkers(): ApartWorld {
    const { sim, epochMs, seed } = this
    return {
      sim, epochMs, seed, seedCrypto: this.options.seedCrypto !== false, lockstep: new Lockstep(),
      namesVersion: () => `${this.dns.version}/${this.everyone.length}/${this.nameServers.length}/`,
      names: own => ({
        neighbours: this.everyone.map(({ name, addresses }) => ({ name, addresses })), servers: this.nameServers.map(each => each.address),
        world: this.dns.snapshot(), own: own.snapshot(),
      }),
      booted: host => {
        this.network.renew(host)
        this.network.refresh()
      },
      job: (host, result, label, startedAt) => this.job(host, result, label, startedAt),
      ...this.forBoth(),
    }
  }

  private job<T>(host: AnyHost, result: Promise<T>, label: string, startedAt: Place): Job<T> {
    const drive = async (job: Job<unknown>): Promise<void> => {
      const outcome = await this.wait(() => job.state !== 'running', this.limitMs)
      if (outcome === 'met') return
      throw this.stuck(`${label} on host ${host.name} ${outcome === 'late' ? `was not done within ${this.limitMs} ms` : 'hangs: nothing more can happen'}`)
    }
    const job = new Job<T>(result, drive, (each, error) => {
      this.jobs.delete(each)
      if (!each.isAwaited && !(error instanceof HostFailure)) {
        const about = host instanceof TestHost && host.isUp ? failedSocket(host.present, error) : undefined
        this.lost.push({ job: each, failure: new HostFailure(host.name, `failed in ${label}`, error, about) })
      }
      this.note(host.name, `${label} failed: ${error instanceof Error ? error.message : String(error)}`)
    })
    this.jobs.set(job, { host: host.name, label, startedAt, startedAtUs: this.nowUs() })
    void result.then(() => { this.jobs.delete(job) }, () => undefined)
    return job
  }
}

// Node 20 knows the symbol only under this name.
Object.defineProperty(TestWorld.prototype, Symbol.asyncDispose ?? Symbol.for('nodejs.asyncDispose'), {
  value(this: TestWorld) { return this.close() }, configurable: true, writable: true,
})

function names(hosts: AnyHost | readonly AnyHost[]): Set<string> { return new Set([hosts].flat().map(each => each.name)) }

/** A world, with Node's own modules standing on it until it is closed. */
export async function createWorld(options: TestWorldOptions = {}): Promise<TestWorld> {
  await patched.enter()
  try {
    return new TestWorld(options)
  } catch (error) {
    patched.leave()
    throw error
  }
}
