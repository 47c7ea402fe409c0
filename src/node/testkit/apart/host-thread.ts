// The thread of a host that lives apart: its stack, its programs and a clock that goes as far as the world says. See worker-host.ts.

import { parentPort, workerData } from 'node:worker_threads'
import { SeededRandom } from '../../../base/random.ts'
import { PacketMemory } from '../../../wire/packet-memory.ts'
import { World } from '../../../sim/world.ts'
import { wasmPlatform } from '../../packet-platform.ts'
import { activity, settled } from '../activity.ts'
import { HostFailure } from '../failure.ts'
import { Job } from '../job.ts'
import { NameTable } from '../names.ts'
import { OwnTime } from '../own-time.ts'
import { patched } from '../patched.ts'
import { hostModules } from '../program.ts'
import { TestHost } from '../test-host.ts'
import type { HostWorld } from '../test-host.ts'
import { copyOfError, isCloneable } from './messages.ts'
import type { Apartness, Condition, Frame, Neighbour, News, Order, Stir, Turn, TurnAnswer } from './messages.ts'
import { UplinkDevice } from './uplink-device.ts'

const MEMORY_BYTES = 64 * 1024 * 1024

function refusePower(): never { throw new Error('a host with a thread of its own is crashed and restarted by the test, not by its programs') }

class HostThread {
  private readonly given: Apartness
  private readonly sim: World
  private readonly names = new NameTable()
  private readonly host: TestHost
  private readonly devices = new Map<string, UplinkDevice>()
  private readonly send: (message: TurnAnswer | Stir) => void
  private neighbours: readonly Neighbour[] = []
  private servers: readonly string[] = []
  private leaving: Frame[] = []
  private news: News[] = []
  private isAtWork = false
  private runs = 0

  constructor(given: Apartness, send: (message: TurnAnswer | Stir) => void) {
    this.given = given
    this.send = send
    this.sim = new World({
      seed: `${given.seed}/apart/${given.name}/${given.boots}`, settle: settled, tellsWakes: true, hashes: false,
      memory: new PacketMemory({ bytes: MEMORY_BYTES, platform: wasmPlatform }),
    })
    this.host = new TestHost(this.forHost(), this.sim.host(given.name), given.addresses, {
      router: given.router, dnsCache: given.dnsCache, clockSkew: given.clockSkew,
    })
    activity.worlds.add(() => {
      this.sim.noteWake()
      if (!this.isAtWork) send({ kind: 'stir' })
    })
  }

  /** All that can be done at one instant. */
  async work({ at, orders, frames }: Turn): Promise<void> {
    this.isAtWork = true
    this.sim.clock.advanceTo(at)
    for (const each of orders) this.obey(each)
    for (const [name, bytes] of frames) this.sim.clock.at(at, () => { this.devices.get(name)?.arrive(bytes, this.sim.memory, at) })
    await this.sim.run(0)
    this.isAtWork = false
    const { leaving, news } = this
    this.leaving = []
    this.news = []
    this.send({ kind: 'answer', frames: leaving, news, nextAt: this.sim.clock.nextAt(), isBusy: this.host.isBusy })
  }

  condition(): Condition {
    return {
      connections: this.host.connections(),
      lines: this.host.describePrograms(false), table: this.host.socketTable(),
      // Getters become values.
      sockets: this.host.openSockets().map(each => ({ ...each, openedAt: each.openedAt, stack: each.stack })),
    }
  }

  private obey(order: Order): void {
    const { host } = this
    switch (order.kind) {
      case 'device': {
        const device = new UplinkDevice(order.name, order.medium, order.mtu, order.mac, frame => { this.leaving.push(frame) })
        this.devices.set(order.name, device)
        host.kernel.addDevice(device)
        return
      }
      case 'carrier': {
        const device = this.devices.get(order.device)
        if (device !== undefined) device.setCarrier(order.carrier)
        return
      }
      case 'address':
        host.settings.addAddress(order.device, order.address)
        return
      case 'forward':
        host.settings.forward()
        return
      case 'clear-routes':
        host.settings.clearRoutes()
        return
      case 'route':
        host.settings.addRoute(order.route)
        return
      case 'names':
        this.neighbours = order.names.neighbours
        this.servers = order.names.servers
        this.names.restore(order.names.world)
        host.names.restore(order.names.own)
        return
      case 'serve-names':
        host.serveNames()
        return
      case 'skew':
        host.clockSkew = order.skewMs
        return
      case 'run':
        this.run(order.id, order.program)
        return
      case 'kill':
        host.kill()
        return
      default:
        order satisfies never
    }
  }

  private run(id: number, program: string): void {
    this.runs = id
    // Its outcome is told by `job` below.
    try {
      this.host.run(program)
    } catch (error) {
      this.news.push({ kind: 'failed', id, error: copyOfError(error) })
    }
  }

  private forHost(): HostWorld {
    const { given, sim } = this
    return {
      names: this.names,
      nameServers: () => this.servers,
      hostAddresses: name => this.neighbours.find(each => each.name.toLowerCase() === name)?.addresses,
      hostNamed: address => this.neighbours.find(each => each.addresses.includes(address))?.name,
      sleep: ms => sim.sleep(ms),
      newChance: (host, life) => given.seedCrypto ? new SeededRandom(`${given.seed}/${host.name}/${given.boots}/${life}`) : undefined,
      newTime: () => new OwnTime(sim, given.epochMs),
      // Its power is the world's: a program of its own cannot cut it.
      bootKernel: refusePower,
      booted: refusePower,
      unplug: refusePower,
      modules: hostModules,
      job: (_host, result) => this.job(result),
      failed: failure => { this.died(failure) },
      note: (_host, what) => { this.news.push({ kind: 'note', what }) },
    }
  }

  private job<T>(result: Promise<T>): Job<T> {
    const id = this.runs
    return new Job<T>(result.then(value => {
      this.news.push({ kind: 'done', id, value: isCloneable(value) ? value : undefined })
      return value
    }), () => Promise.resolve(), (_job, error) => {
      if (!(error instanceof HostFailure)) this.news.push({ kind: 'failed', id, error: copyOfError(error) })
      else if (error.exitCode !== undefined) this.died(error)
    })
  }

  private died({ what, cause, about, exitCode }: HostFailure): void {
    this.news.push({ kind: 'died', what, error: cause === undefined ? undefined : copyOfError(cause), about, exitCode })
  }
}

if (parentPort !== null) {
  const port = parentPort
  const given = workerData as Apartness
  await patched.enter()
  const thread = new HostThread(given, message => { port.postMessage(message) })
  let last = Promise.resolve()
  port.on('message', (turn: Turn) => { last = last.then(() => thread.work(turn)) })
  given.questions.on('message', () => {
    given.questions.postMessage(thread.condition())
    Atomics.store(given.answered, 0, 1)
    Atomics.notify(given.answered, 0)
  })
}
