// A host of a world whose programs have a thread, and so globals, modules and a memory limit, of their own. Its stack runs there too, on
// the world's time: whenever something is due the thread gets a turn, and the world waits for the end of it.

import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { TimerHandle } from '../../../base/clock.ts'
import { NEVER } from '../../../base/time.ts'
import type { Instant } from '../../../base/time.ts'
import type { CableDevice } from '../../../link/cable.ts'
import type { NetDevice } from '../../../link/net-device.ts'
import type { World } from '../../../sim/world.ts'
import type { Connection } from '../connections.ts'
import { HostFailure } from '../failure.ts'
import type { Job } from '../job.ts'
import { inLife } from '../life.ts'
import { NameTable } from '../names.ts'
import type { Station } from '../network.ts'
import { Place } from '../place.ts'
import type { OpenSocket, ReportedHost } from '../report.ts'
import type { StationSettings } from '../station-settings.ts'
import type { HostOptions } from '../test-host.ts'
import type { Lockstep } from './lockstep.ts'
import { restoredError } from './messages.ts'
import type { Apartness, Condition, Frame, Names, News, Order, Stir, Turn, TurnAnswer } from './messages.ts'
import { CableOutpost } from './outpost.ts'
import { Questions } from './questions.ts'

const SILENT: Condition = { lines: ['  its thread does not answer'], sockets: [], table: [], connections: [] }
const NOBODY: Condition = { ...SILENT, lines: [] }

/** What such a host asks of its world. */
export interface ApartWorld {
  readonly sim: World
  readonly epochMs: number
  readonly seed: number | string
  readonly seedCrypto: boolean
  readonly lockstep: Lockstep<TurnAnswer>
  /** Changes whenever `names` of the host would answer otherwise. */
  namesVersion(): string
  names(own: NameTable): Names
  /** The kernel is new: addresses and routes are needed. */
  booted(host: WorkerHost): void
  job<T>(host: WorkerHost, result: Promise<T>, label: string, startedAt: Place): Job<T>
  failed(failure: HostFailure): void
  note(host: string, what: string): void
}

export interface WorkerHostOptions extends HostOptions {
  /** Of the thread: `execArgv`, `env`, `resourceLimits` and so on. */
  readonly worker?: Omit<import('node:worker_threads').WorkerOptions, 'workerData' | 'transferList' | 'eval'>
}

function threadFile(): URL {
  const own = new URL('./host-thread.js', import.meta.url)
  // From source (tests of the kit itself) threads run what was built.
  return existsSync(own) ? own : new URL('../../../../dist/src/node/testkit/apart/host-thread.js', import.meta.url)
}

interface Run { readonly resolve: (value: unknown) => void, readonly reject: (error: unknown) => void }

/** One boot of the host. */
interface Thread { readonly worker: Worker, readonly questions: Questions }

export class WorkerHost implements Station, ReportedHost {
  readonly name: string
  readonly addresses: readonly string[]
  readonly forwards: boolean
  readonly isApart = true
  readonly plug: CableOutpost
  readonly settings: StationSettings
  /** Names only this host knows, or knows otherwise than the rest of the world. */
  readonly names = new NameTable()
  private readonly world: ApartWorld
  private readonly options: WorkerHostOptions
  private readonly runs = new Map<number, Run>()
  private thread: Thread | undefined
  private orders: Order[] = []
  private frames: Frame[] = []
  private sentNames = ''
  private turn: { readonly answer: (answer: TurnAnswer) => void, readonly leave: () => void } | undefined
  private alarm: { readonly handle: TimerHandle, readonly at: Instant } | undefined
  private boots = 0
  private lastRun = 0
  private skewMs: number
  private isBusyThere = false
  private isNameServer = false
  private main: string | URL | undefined

  constructor(world: ApartWorld, name: string, addresses: readonly string[], options: WorkerHostOptions) {
    this.world = world
    this.name = name
    this.addresses = addresses
    this.forwards = options.router === true
    this.options = options
    this.skewMs = options.clockSkew ?? 0
    this.plug = new CableOutpost(world.sim.environment(name), world.sim.memory, this.absentee())
    this.settings = {
      addAddress: (device, address) => { this.order({ kind: 'address', device, address }) },
      forward: () => { this.order({ kind: 'forward' }) },
      clearRoutes: () => { this.order({ kind: 'clear-routes' }) },
      addRoute: route => { this.order({ kind: 'route', route }) },
    }
    this.thread = this.begin()
  }

  private absentee(): ConstructorParameters<typeof CableOutpost>[2] {
    const isUp = (): boolean => this.isUp
    return {
      get isUp() { return isUp() },
      plugged: device => { this.plugged(device) },
      arrived: frame => {
        this.frames.push(frame)
        this.poke()
      },
      linkChanged: (device: NetDevice) => { this.order({ kind: 'carrier', device: device.name, carrier: device.carrier }) },
    }
  }

  get address(): string { return this.addresses[0] }
  get isUp(): boolean { return this.thread !== undefined }
  /** A timer runs that keeps a program alive. */
  get isBusy(): boolean { return this.isBusyThere }
  get clockSkew(): number { return this.skewMs }

  /** Milliseconds this host's calendar is ahead of the world's; may be changed at any time. */
  set clockSkew(value: number) {
    this.skewMs = value
    this.order({ kind: 'skew', skewMs: value })
  }

  /**
   * Runs a module, by its path or URL, in the host's thread. What its default export answers is copied; what cannot be copied is
   * undefined here. Functions cannot be sent to another thread (TypeError).
   */
  run<T = unknown>(program: string | URL): Job<T> {
    if (typeof program === 'function') throw new TypeError(`host ${this.name} has a thread of its own: give the path of a module, not a function`)
    if (!this.isUp) throw new Error(`host ${this.name} is down: call restart() first`)
    const startedAt = new Place()
    const label = String(program)
    this.lastRun++
    const id = this.lastRun
    const result = new Promise<T>((done, reject) => { this.runs.set(id, { resolve: value => { done(value as T) }, reject }) })
    this.order({ kind: 'run', id, program: program instanceof URL ? program.href : program.startsWith('file:') ? program : resolve(program) })
    return this.world.job(this, result, label, startedAt)
  }

  /** Runs the host's main program, now and after each restart. */
  start<T = unknown>(program: string | URL): Job<T> {
    this.main = program
    return this.run(program)
  }

  /** From now on, and after each boot, it answers for the names it knows on port 53. */
  serveNames(): void {
    this.isNameServer = true
    this.order({ kind: 'serve-names' })
  }

  /** Ends the host's programs as `kill -9` does: their sockets are closed by the kernel, which tells the peers. */
  kill(): void {
    if (!this.isUp) return
    this.world.note(this.name, 'was killed')
    this.order({ kind: 'kill' })
    this.endRuns(new HostFailure(this.name, 'was killed', undefined))
  }

  /** Power cut: nothing more is sent, not even a FIN; peers do not notice. */
  crash(): void {
    if (!this.isUp) return
    this.world.note(this.name, 'crashes')
    void this.end()
    this.endRuns(new HostFailure(this.name, 'crashed', undefined))
  }

  /** Boots with an empty memory (after a crash, if it was up) and runs its main program, if it has one. */
  restart(): Job<unknown> | undefined {
    this.crash()
    this.boots++
    this.thread = this.begin()
    for (const device of this.plug.devices) this.plugged(device)
    this.world.booted(this)
    if (this.isNameServer) this.serveNames()
    this.world.note(this.name, 'boots')
    return this.main === undefined ? undefined : this.run(this.main)
  }

  /** Ends the thread, for good or until the next boot. */
  async end(): Promise<void> {
    const { thread } = this
    if (thread === undefined) return
    this.thread = undefined
    this.orders = []
    this.frames = []
    this.sentNames = ''
    this.isBusyThere = false
    if (this.alarm !== undefined) this.world.sim.clock.cancel(this.alarm.handle)
    this.alarm = undefined
    this.turn?.leave()
    this.turn = undefined
    thread.questions.close()
    await thread.worker.terminate()
  }

  // --- what reports ask

  describePrograms(): string[] { return [...this.condition().lines] }
  openSockets(): OpenSocket[] { return [...this.condition().sockets] }
  socketTable(): string[] { return [...this.condition().table] }
  connections(): readonly Connection[] { return this.condition().connections }

  private condition(): Condition {
    if (this.thread === undefined) return NOBODY
    return this.thread.questions.ask() ?? SILENT
  }

  // --- turns

  private begin(): Thread {
    const { name, addresses, options, world, boots } = this
    const questions = new Questions()
    const workerData: Apartness = {
      name, addresses, boots, answered: questions.answered, questions: questions.asked,
      router: options.router === true, dnsCache: options.dnsCache === true,
      seed: world.seed, seedCrypto: world.seedCrypto, epochMs: world.epochMs, clockSkew: this.skewMs,
    }
    const worker = new Worker(threadFile(), { execArgv: [], ...options.worker, name, workerData, transferList: [questions.asked] })
    // Its messages belong to no host's program, whoever booted it.
    inLife(undefined, () => {
      worker.on('message', (message: TurnAnswer | Stir) => { if (this.thread?.worker === worker) this.heard(message) })
      worker.on('error', (error: unknown) => { this.lost(worker, 'lost its thread', error) })
      worker.on('exit', code => { this.lost(worker, `lost its thread (exit code ${code})`, undefined) })
    })
    return { worker, questions }
  }

  private lost(worker: Worker, what: string, error: unknown): void {
    if (this.thread?.worker !== worker) return
    void this.end()
    const failure = new HostFailure(this.name, what, error)
    this.endRuns(failure)
    this.world.failed(failure)
  }

  private plugged({ name, medium, mtu, address }: CableDevice): void {
    this.order({ kind: 'device', name, medium: medium === 'ethernet' ? 'ethernet' : 'ip', mtu, mac: address?.toString() })
  }

  private order(order: Order): void {
    if (!this.isUp) return
    this.orders.push(order)
    this.poke()
  }

  /** There is something to do at this instant. */
  private poke(): void {
    if (this.turn === undefined) this.wakeAt(this.world.sim.now())
  }

  private wakeAt(at: Instant): void {
    const { clock } = this.world.sim
    if (this.alarm !== undefined) {
      if (this.alarm.at <= at) return
      clock.cancel(this.alarm.handle)
    }
    this.alarm = at === NEVER ? undefined : { at, handle: clock.at(at, this.onAlarm) }
  }

  private readonly onAlarm = (): void => {
    this.alarm = undefined
    const { thread } = this
    if (thread === undefined) return
    const names = this.world.namesVersion() + this.names.version
    if (names !== this.sentNames) {
      this.sentNames = names
      this.orders.unshift({ kind: 'names', names: this.world.names(this.names) })
    }
    const turn: Turn = { at: this.world.sim.now(), orders: this.orders, frames: this.frames }
    this.orders = []
    this.frames = []
    this.turn = this.world.lockstep.ask(answer => { this.take(answer) })
    thread.worker.postMessage(turn)
  }

  private heard(message: TurnAnswer | Stir): void {
    if (message.kind === 'answer') this.turn?.answer(message)
    else this.poke()
  }

  private take({ frames, news, nextAt, isBusy }: TurnAnswer): void {
    this.turn = undefined
    this.isBusyThere = isBusy
    for (const each of frames) this.plug.send(each)
    for (const each of news) this.learn(each)
    if (this.isUp) this.wakeAt(this.orders.length > 0 || this.frames.length > 0 ? this.world.sim.now() : nextAt)
  }

  private learn(news: News): void {
    if (news.kind === 'note') {
      this.world.note(this.name, news.what)
      return
    }
    if (news.kind === 'died') {
      const failure = new HostFailure(this.name, news.what, news.error === undefined ? undefined : restoredError(news.error), news.about)
      failure.exitCode = news.exitCode
      this.endRuns(failure)
      if (news.exitCode === undefined) this.world.failed(failure)
      return
    }
    const run = this.runs.get(news.id)
    this.runs.delete(news.id)
    if (news.kind === 'done') run?.resolve(news.value)
    else run?.reject(restoredError(news.error))
  }

  private endRuns(failure: HostFailure): void {
    const runs = [...this.runs.values()]
    this.runs.clear()
    for (const each of runs) each.reject(failure)
  }
}
