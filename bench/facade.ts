// `net` of ours over two hosts with a cable between them, against Node's own `net` over the loopback of the machine: the
// same program for both, both ends in one process, measured in turns.

import nodeNet from 'node:net'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { KeepAlive } from '../src/node/facade/dispatcher.ts'
import { diskPaths } from '../src/node/facade/disk-paths.ts'
import { createNodeModules } from '../src/node/facade/node-modules.ts'
import { raiseInliningBudget } from '../src/node/inlining-budget.ts'
import type { Host } from '../src/kernel/host.ts'
import { emptyNet } from './empty-net.ts'
import { Pair } from './pair.ts'
import { median } from './result.ts'
import type { Figure, Row, Section } from './result.ts'

const ROUNDS = 5
const WARM_UP_ROUNDS = 6
const WARM_UP_ROUND_SEC = 1
const WRITE_BYTES = 64 * 1024
/** V8 counts packet memory as its own: with much more of it every few megabytes of received buffers start a collection. */
const MEMORY_BYTES = 256 * 1024 * 1024

type Net = typeof nodeNet
/** Both ends of a network, and the address where the server listens. */
interface Ends { readonly client: Net, readonly server: Net, readonly address: string }

function netOf(host: Host): Net {
  const stack = { process: host.spawn('node'), resolve: () => Promise.resolve('ENOTFOUND'), keepAlive: new KeepAlive(), files: diskPaths(host) }
  return createNodeModules(stack).net
}

function oursEnds(): Ends {
  const pair = new Pair(false, MEMORY_BYTES)
  return { client: netOf(pair.client), server: netOf(pair.server), address: '198.18.0.2' }
}

interface Listening { readonly port: number, readonly close: () => Promise<void> }

function listen({ server, address }: Ends, onConnection: (socket: nodeNet.Socket) => void): Promise<Listening> {
  return new Promise((resolve, reject) => {
    const listener = server.createServer({ noDelay: true }, onConnection)
    listener.once('error', reject)
    listener.listen(0, address, () => {
      const { port } = listener.address() as nodeNet.AddressInfo
      resolve({ port, close: () => new Promise(done => { listener.close(() => { done() }) }) })
    })
  })
}

async function bulk(ends: Ends, seconds: number): Promise<number> {
  let received = 0
  let settle: () => void = () => undefined
  const ended = new Promise<void>(resolve => { settle = resolve })
  const { port, close } = await listen(ends, socket => {
    socket.on('data', chunk => { received += chunk.length })
    socket.on('end', () => {
      socket.end()
      settle()
    })
  })
  const socket = ends.client.connect({ port, host: ends.address, noDelay: true })
  await new Promise(resolve => { socket.once('connect', resolve) })
  const block = Buffer.alloc(WRITE_BYTES, 0x55)
  const began = performance.now()
  const endAt = began + seconds * 1000
  const pump = (): void => {
    while (performance.now() < endAt) {
      if (!socket.write(block)) {
        socket.once('drain', pump)
        return
      }
    }
    socket.end()
  }
  pump()
  await ended
  const rate = received * 8 / (performance.now() - began) / 1e6
  await close()
  return rate
}

async function roundTrips(ends: Ends, seconds: number): Promise<number> {
  const { port, close } = await listen(ends, socket => { socket.on('data', chunk => { socket.write(chunk) }) })
  const socket = ends.client.connect({ port, host: ends.address, noDelay: true })
  await new Promise(resolve => { socket.once('connect', resolve) })
  const byte = Buffer.alloc(1)
  const began = performance.now()
  const endAt = began + seconds * 1000
  let count = 0
  await new Promise<void>(resolve => {
    socket.on('data', () => {
      count++
      if ((count & 63) === 0 && performance.now() >= endAt) resolve()
      else socket.write(byte)
    })
    socket.write(byte)
  })
  const rate = count / (performance.now() - began) * 1000
  socket.destroy()
  await close()
  return rate
}

/** Connect, one byte there and back, reset, one after the other. */
async function connections(ends: Ends, seconds: number): Promise<number> {
  const { port, close } = await listen(ends, socket => {
    socket.on('error', () => undefined)
    socket.on('data', chunk => { socket.write(chunk) })
  })
  const byte = Buffer.alloc(1)
  const began = performance.now()
  const endAt = began + seconds * 1000
  let count = 0
  for (; performance.now() < endAt; count++) {
    await new Promise<void>((resolve, reject) => {
      const socket = ends.client.connect({ port, host: ends.address, noDelay: true })
      socket.once('connect', () => { socket.write(byte) })
      socket.once('data', () => { socket.resetAndDestroy() })
      socket.once('error', reject)
      socket.once('close', () => { resolve() })
    })
  }
  const rate = count / (performance.now() - began) * 1000
  await close()
  return rate
}

interface Measurement {
  readonly unit: Figure['unit']
  readonly run: (ends: Ends, seconds: number) => Promise<number>
  readonly least: number
}

const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  'bulk, writes of 64 KiB': { unit: 'Gbit/s', run: bulk, least: 1 },
  'round trips': { unit: 'round trips/s', run: roundTrips, least: 2 },
  'connections': { unit: 'connections/s', run: connections, least: 3 },
}

type Whose = 'ours' | 'Node' | 'nobody'
const WHOSE: readonly Whose[] = ['ours', 'Node', 'nobody']

interface Task { readonly facade: string, readonly whose: Whose }

/** One network in an isolate of its own, measured whenever it is asked. */
class Contender {
  private readonly worker: Worker

  constructor(facade: string, whose: Whose) {
    const task: Task = { facade, whose }
    this.worker = new Worker(new URL(import.meta.url), { workerData: task })
  }

  measure(seconds: number): Promise<number> {
    return new Promise((resolve, reject) => {
      this.worker.once('error', reject)
      this.worker.once('message', value => {
        this.worker.off('error', reject)
        resolve(value as number)
      })
      this.worker.postMessage(seconds)
    })
  }

  async close(): Promise<void> { await this.worker.terminate() }
}

export async function facade(seconds: number): Promise<Section> {
  const rows: Row[] = []
  for (const [name, { unit, least }] of Object.entries(MEASUREMENTS)) {
    const contenders = WHOSE.slice(0, name === 'connections' ? 3 : 2).map(whose => new Contender(name, whose))
    const values: number[][] = contenders.map(() => [])
    for (let round = 0; round < WARM_UP_ROUNDS; round++) for (const each of contenders) await each.measure(WARM_UP_ROUND_SEC)
    for (let round = 0; round < ROUNDS; round++) {
      for (const [i, each] of contenders.entries()) values[i]?.push(await each.measure(seconds))
    }
    for (const each of contenders) await each.close()
    rows.push({
      name, unit, value: median(values[0]), against: { name: 'Node over loopback', value: median(values[1]) },
      bar: { of: 'ratio', least },
    })
    if (contenders.length < 3) continue
    rows.push({
      name: 'connections without any network: Node\'s classes alone', unit, value: median(values[2]),
      against: { name: 'Node over loopback', value: median(values[1]) },
    })
  }
  return { title: 'Node programs: our net against Node\'s own, both ends in one process', rows }
}

const task = workerData as Partial<Task> | null
if (!isMainThread && parentPort !== null && task?.facade !== undefined) {
  const port = parentPort
  const { run } = MEASUREMENTS[task.facade]
  if (task.whose === 'ours') raiseInliningBudget()
  const theirs = task.whose === 'nobody' ? emptyNet : nodeNet
  const ends = task.whose === 'ours' ? oursEnds() : { client: theirs, server: theirs, address: '127.0.0.1' }
  port.on('message', (seconds: number) => {
    void run(ends, seconds).then(value => { port.postMessage(value) })
  })
}
