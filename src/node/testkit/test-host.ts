// A host of a world as tests handle it: programs run on it, it crashes, restarts, keeps its own time and names.

import type { Random } from '../../base/random.ts'
import type { Host } from '../../kernel/host.ts'
import { resourceOf } from '../facade/dispatcher.ts'
import type { NodeStack, Resolve } from '../facade/node-stack.ts'
import { activity } from './activity.ts'
import { ownPaths } from './own-paths.ts'
import { connectionsOf } from './connections.ts'
import type { Connection } from './connections.ts'
import { HostFailure, siteOf } from './failure.ts'
import type { Job } from './job.ts'
import { inLife } from './life.ts'
import type { Life } from './life.ts'
import { createAskServers } from '../dns/ask-servers.ts'
import { STUB_ADDRESS } from '../dns/exchange.ts'
import { createNameStub, createWorldResolve } from './name-answers.ts'
import { createHostNames } from '../dns/host-names.ts'
import { startNameServer } from './name-server.ts'
import { NameTable, plain } from './names.ts'
import type { WorldNames } from './names.ts'
import type { Station } from './network.ts'
import { settingsOf } from './station-settings.ts'
import type { StationSettings } from './station-settings.ts'
import { CHANCE } from './own-chance.ts'
import { endOutsiders } from './outsiders.ts'
import { ownEvents } from './own-process.ts'
import type { OwnTime } from './own-time.ts'
import { failedSocket } from './failed-socket.ts'
import { loadProgram } from './program.ts'
import type { HostModules, Program } from './program.ts'
import { Place } from './place.ts'
import { describeLife, openSockets, socketTableOf } from './report.ts'
import type { OpenSocket, ReportedHost } from './report.ts'

/** What a host asks of its world. */
export interface HostWorld extends WorldNames {
  readonly names: NameTable
  /** Addresses of the hosts that serve names; none: names are known without asking. */
  nameServers(): readonly string[]
  newTime(): OwnTime
  /** Seeded chance for the life that begins; undefined where programs get the platform's. */
  newChance(host: TestHost, life: number): Random | undefined
  bootKernel(host: TestHost, boots: number): Host
  unplug(kernel: Host): void
  /** The kernel is new: addresses and routes are needed. */
  booted(host: TestHost): void
  modules(host: TestHost): HostModules
  job<T>(host: TestHost, result: Promise<T>, label: string, startedAt: Place): Job<T>
  failed(failure: HostFailure): void
  note(host: string, what: string): void
}

export interface HostOptions {
  /** Default 10.0.0.N (and fd00:5eed::N in worlds with IPv6). */
  readonly address?: string | readonly string[]
  /** Forwards what is not for itself. */
  readonly router?: boolean
  /** Milliseconds its calendar is wrong. */
  readonly clockSkew?: number
  /** Lookups are kept for their time to live, as by nscd or systemd-resolved. Only where a host of the world serves names. */
  readonly dnsCache?: boolean
}

const CLOSED_KEPT = 64
const LOOKUP_PATIENCE = { timeout: 5000, tries: 2 }

class Incarnation implements Life {
  readonly host: string
  readonly stack: NodeStack
  readonly time: OwnTime
  readonly handles: Life['handles'] = new Map()
  readonly closed: Life['closed'] = []
  readonly calls: Life['calls'] = new Set()
  readonly own: Life['own'] = new Map()
  isOver = false
  active = 0
  private readonly owner: TestHost
  /** Rejects when the life ends, for those who wait for programs of it. */
  readonly ended: Promise<never>
  private endWith: (reason: HostFailure) => void = () => undefined

  constructor(owner: TestHost, kernel: Host, world: HostWorld) {
    this.owner = owner
    this.host = owner.name
    this.time = world.newTime()
    this.time.skewMs = owner.clockSkew
    this.ended = new Promise((_, reject) => { this.endWith = reject })
    this.ended.catch(() => undefined)
    const chance = world.newChance(owner, owner.nextLife())
    if (chance !== undefined) this.own.set(CHANCE, chance)
    const tables = [owner.names, world.names]
    const resolve = createWorldResolve(tables, world)
    const servers = world.nameServers()
    this.stack = {
      process: kernel.spawn('node', { hasStandardStreams: true }),
      resolve: servers.length === 0 ? resolve : this.resolveBy(servers, resolve, owner),
      nameServers: servers.length === 0 ? [STUB_ADDRESS] : servers,
      nameStub: createNameStub(tables, world),
      reverse: address => Promise.resolve(address.startsWith('127.') || address === '::1' ? 'localhost' : world.hostNamed(address)),
      origin: inLife(this, () => resourceOf('PROGRAM')),
      keepAlive: { hold: () => { this.active++ }, release: () => { this.active-- } },
      files: ownPaths(kernel),
      isGone: () => this.isOver,
      onWake: () => { activity.begin() },
      onThrow: error => { this.onUncaught(error, 'uncaughtException') },
      onHandle: (handle, type) => {
        const opened = { type, handle, openedAtUs: this.time.nowUs(), place: new Place() }
        this.handles.set(handle, opened)
        return () => {
          this.handles.delete(handle)
          this.closed.push(opened)
          if (this.closed.length > CLOSED_KEPT) this.closed.shift()
        }
      },
    }
  }

  /** The host's own names, then the servers: over the network, with what it does to questions and answers. */
  private resolveBy(servers: readonly string[], known: Resolve, owner: TestHost): Resolve {
    const cacheNowMs = owner.cachesNames ? () => this.time.nowUs() / 1000 : undefined
    const { resolve } = createHostNames(createAskServers(() => this.stack, servers, { ...LOOKUP_PATIENCE, cacheNowMs }), () => false, '')
    return (hostname, family) => owner.names.find(plain(hostname)) !== undefined || owner.names.failure(plain(hostname)) !== undefined
      ? known(hostname, family) : resolve(hostname, family)
  }

  end(reason: HostFailure): void {
    if (this.isOver) return
    this.isOver = true
    this.time.stop()
    endOutsiders(this)
    this.endWith(reason)
  }

  onUncaught(error: unknown, kind: string): void {
    if (this.isOver || error instanceof HostFailure) return
    if (inLife(this, () => ownEvents(this).emit(kind, error, kind))) return
    this.owner.diedOf(this, error, kind)
  }

  onExit(code: number): never { return this.owner.exits(this, code) }
}

export class TestHost implements Station, ReportedHost {
  readonly name: string
  readonly addresses: readonly string[]
  readonly forwards: boolean
  readonly cachesNames: boolean
  readonly isApart = false
  /** Names only this host knows, or knows otherwise than the rest of the world. */
  readonly names = new NameTable()
  private readonly world: HostWorld
  private current: Host
  private currentSettings: StationSettings
  private life: Incarnation | undefined
  private skewMs: number
  private boots = 0
  private lives = 0
  private hasPower = true
  private isNameServer = false
  private main: Program<unknown> | undefined

  constructor(world: HostWorld, kernel: Host, addresses: readonly string[], options: HostOptions) {
    this.world = world
    this.name = kernel.name
    this.current = kernel
    this.currentSettings = settingsOf(kernel)
    this.addresses = addresses
    this.forwards = options.router === true
    this.cachesNames = options.dnsCache === true
    this.skewMs = options.clockSkew ?? 0
  }

  /** The host inside: sysctls, routes, processes, the Berkeley calls. */
  get kernel(): Host { return this.current }
  get plug(): Host { return this.current }
  get settings(): StationSettings { return this.currentSettings }
  get address(): string { return this.addresses[0] }
  get isUp(): boolean { return this.hasPower }
  get clockSkew(): number { return this.skewMs }

  /** Milliseconds this host's calendar is ahead of the world's; may be changed at any time, as administrators do. */
  set clockSkew(value: number) {
    this.skewMs = value
    if (this.life !== undefined) this.life.time.skewMs = value
  }

  /** A timer runs that keeps a program alive; intervals do not count. */
  get isBusy(): boolean { return this.hasPower && [...this.alive().time.timers].some(each => !each.repeats && each.hasRef()) }

  describePrograms(isAwaited: boolean): string[] { return describeLife(this.alive(), isAwaited) }
  openSockets(): OpenSocket[] { return openSockets(this.alive()) }
  socketTable(): string[] { return socketTableOf(this.current) }
  connections(): readonly Connection[] { return connectionsOf(this.current) }

  /** The present life of the host's programs. */
  get present(): Life { return this.alive() }

  /** Counts the lives of its programs. */
  nextLife(): number { return this.lives++ }

  private alive(): Incarnation {
    if (!this.hasPower) throw new Error(`host ${this.name} is down: call restart() first`)
    this.life ??= new Incarnation(this, this.current, this.world)
    return this.life
  }

  /**
   * Runs a program on this host: a function, or a module's path or URL. What it answers, it answers; awaiting it moves the
   * world's time. What the program leaves running (servers, timers) goes on.
   */
  run<T>(program: Program<T>): Job<T> {
    const life = this.alive()
    const startedAt = new Place()
    const label = typeof program === 'function' ? program.name || 'program' : String(program)
    this.world.note(this.name, `runs ${label}`)
    const result = inLife(life, () => loadProgram(program, this.world.modules(this), `${this.name}/${this.boots}`))
    return this.world.job(this, Promise.race([result, life.ended]), label, startedAt)
  }

  /** Runs the host's main program, now and after each restart. */
  start<T>(program: Program<T>): Job<T> {
    this.main = program
    return this.run(program)
  }

  /** Calls a function in the host's context at once: for what a test does in its name. */
  enter<T>(run: (modules: HostModules) => T): T { return inLife(this.alive(), () => run(this.world.modules(this))) }

  /** From now on, and after each boot, it answers for the names it knows on port 53. */
  serveNames(): void {
    this.isNameServer = true
    startNameServer(this.current, createNameStub([this.names, this.world.names], this.world))
  }

  /** Ends the host's programs as `kill -9` does: their sockets are closed by the kernel, which tells the peers. */
  kill(): void { this.endPrograms(new HostFailure(this.name, 'was killed', undefined)) }

  private endPrograms(reason: HostFailure): void {
    const { life } = this
    if (life === undefined) return
    this.world.note(this.name, reason.what)
    this.life = undefined
    life.end(reason)
    life.stack.process.exit(1)
  }

  /** Power cut: nothing more is sent, not even a FIN; peers do not notice. */
  crash(): void {
    if (!this.hasPower) return
    this.world.unplug(this.current)
    this.hasPower = false
    this.world.note(this.name, 'crashes')
    this.life?.end(new HostFailure(this.name, 'crashed', undefined))
    this.life = undefined
  }

  /** Boots with an empty memory (after a crash, if it was up) and runs its main program, if it has one. */
  restart(): Job<unknown> | undefined {
    this.crash()
    this.boots++
    this.current = this.world.bootKernel(this, this.boots)
    this.currentSettings = settingsOf(this.current)
    this.hasPower = true
    this.world.booted(this)
    if (this.isNameServer) this.serveNames()
    this.world.note(this.name, 'boots')
    return this.main === undefined ? undefined : this.run(this.main)
  }

  /** A program of this host threw where nobody could catch it: it ends, as Node would. */
  diedOf(life: Incarnation, error: unknown, kind: string): void {
    const failure = new HostFailure(this.name, kind === 'unhandledRejection' ? 'left a rejection unhandled' : 'threw', error, failedSocket(life, error))
    if (this.life === life) this.endPrograms(failure)
    this.world.failed(failure)
  }

  exits(life: Incarnation, code: number): never {
    const failure = new HostFailure(this.name, `called process.exit(${code}) ${siteOf(new Place())}`, undefined)
    failure.exitCode = code
    if (this.life === life) this.endPrograms(failure)
    throw failure
  }
}
