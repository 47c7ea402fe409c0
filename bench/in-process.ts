// Two of our hosts in one process, everything through awaited calls: bulk as a wire would see it (MTU 1500, checksums
// made and verified), bulk with super-segments, round trips, connections.

import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { SO_LINGER, SOL_SOCKET, SOL_TCP, TCP_NODELAY } from '../src/base/posix.ts'
import { must, Pair } from './pair.ts'
import { median } from './result.ts'
import type { Figure, Row, Section } from './result.ts'

const PORT = 5000
const ROUNDS = 5
/** The optimising compiler comes to rest after some six seconds of this traffic, and after connections have come and gone. */
const WARM_UP_ROUNDS = 7
const WARM_UP_ROUND_SEC = 1
const MANY = 64
const WRITE_BYTES = 128 * 1024
const RESET_AT_CLOSE = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)

async function bulk(pair: Pair, seconds: number): Promise<number> {
  const [sender, receiver] = [pair.client.spawn('send'), pair.server.spawn('receive')]
  const listener = pair.listen(receiver, PORT)
  const accepting = receiver.accept(listener)
  const fd = await pair.connect(sender, PORT)
  const peer = must(await accepting, 'accept')
  const began = performance.now()
  const endAt = began + seconds * 1000
  const send = async (): Promise<void> => {
    const block = new Uint8Array(WRITE_BYTES).fill(0x55)
    while (performance.now() < endAt) must(await sender.write(fd, block), 'write')
    sender.sys.close(fd)
  }
  const receive = async (): Promise<number> => {
    const block = new Uint8Array(WRITE_BYTES * 2)
    let total = 0
    for (;;) {
      const got = must(await receiver.read(peer, block), 'read')
      if (got === 0) return total
      total += got
    }
  }
  const [total] = await Promise.all([receive(), send()])
  const rate = total * 8 / (performance.now() - began) / 1e6
  sender.exit(0)
  receiver.exit(0)
  return rate
}

async function roundTrips(pair: Pair, seconds: number): Promise<number> {
  const [client, server] = [pair.client.spawn('ask'), pair.server.spawn('answer')]
  const listener = pair.listen(server, PORT)
  const accepting = server.accept(listener)
  const fd = await pair.connect(client, PORT)
  const peer = must(await accepting, 'accept')
  server.sys.setsockopt(peer, SOL_TCP, TCP_NODELAY, 1)
  const answer = async (): Promise<void> => {
    const byte = new Uint8Array(16)
    for (;;) {
      const got = must(await server.read(peer, byte), 'read')
      if (got === 0) return
      must(await server.write(peer, byte, 0, got), 'write')
    }
  }
  const answering = answer()
  const byte = new Uint8Array(1)
  const began = performance.now()
  const endAt = began + seconds * 1000
  let count = 0
  while ((count & 63) !== 0 || performance.now() < endAt) {
    must(await client.write(fd, byte), 'write')
    must(await client.read(fd, byte), 'read')
    count++
  }
  const rate = count / (performance.now() - began) * 1000
  client.sys.close(fd)
  await answering
  client.exit(0)
  server.exit(0)
  return rate
}

/** Many such connections at once: how many round trips all of them make. */
async function manyRoundTrips(pair: Pair, seconds: number): Promise<number> {
  const [client, server] = [pair.client.spawn('ask'), pair.server.spawn('answer')]
  const listener = pair.listen(server, PORT)
  const endAt = performance.now() + seconds * 1000
  let count = 0
  const answer = async (peer: number): Promise<void> => {
    const byte = new Uint8Array(16)
    for (let got = await server.read(peer, byte); typeof got === 'number' && got > 0; got = await server.read(peer, byte)) {
      must(await server.write(peer, byte, 0, got), 'write')
    }
  }
  const ask = async (fd: number): Promise<void> => {
    const byte = new Uint8Array(1)
    for (; performance.now() < endAt; count++) {
      must(await client.write(fd, byte), 'write')
      must(await client.read(fd, byte), 'read')
    }
    client.sys.close(fd)
  }
  const all: Promise<void>[] = []
  const began = performance.now()
  for (let i = 0; i < MANY; i++) {
    const accepting = server.accept(listener)
    const fd = await pair.connect(client, PORT)
    const peer = must(await accepting, 'accept')
    server.sys.setsockopt(peer, SOL_TCP, TCP_NODELAY, 1)
    all.push(answer(peer), ask(fd))
  }
  await Promise.all(all)
  const rate = count / (performance.now() - began) * 1000
  client.exit(0)
  server.exit(0)
  return rate
}

/** Connect, one byte there and back, reset, one after the other. */
async function connections(pair: Pair, seconds: number): Promise<number> {
  const [client, server] = [pair.client.spawn('ask'), pair.server.spawn('answer')]
  const listener = pair.listen(server, PORT)
  const serve = async (): Promise<void> => {
    const byte = new Uint8Array(1)
    for (;;) {
      const peer = await server.accept(listener)
      if (typeof peer === 'string') return
      if (await server.read(peer, byte) === 1) await server.write(peer, byte)
      server.sys.setsockopt(peer, SOL_SOCKET, SO_LINGER, RESET_AT_CLOSE)
      server.sys.close(peer)
    }
  }
  void serve()
  const byte = new Uint8Array(1)
  const began = performance.now()
  const endAt = began + seconds * 1000
  let count = 0
  for (; performance.now() < endAt; count++) {
    const fd = await pair.connect(client, PORT)
    must(await client.write(fd, byte), 'write')
    await client.read(fd, byte)
    client.sys.setsockopt(fd, SOL_SOCKET, SO_LINGER, RESET_AT_CLOSE)
    client.sys.close(fd)
  }
  const rate = count / (performance.now() - began) * 1000
  client.exit(0)
  server.exit(0)
  return rate
}

/** One pair for all rounds, and first ones that do not count: compiled code is what is measured. */
async function measure(wireExact: boolean, seconds: number, run: (pair: Pair, seconds: number) => Promise<number>): Promise<number> {
  const pair = new Pair(wireExact)
  try {
    for (let round = 0; round < WARM_UP_ROUNDS; round++) await run(pair, WARM_UP_ROUND_SEC)
    const values: number[] = []
    for (let round = 0; round < ROUNDS; round++) values.push(await run(pair, seconds))
    return median(values)
  } finally {
    pair.close()
  }
}

interface Measurement {
  readonly unit: Figure['unit']
  readonly wireExact: boolean
  readonly run: (pair: Pair, seconds: number) => Promise<number>
  readonly least?: number
}

const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  'bulk, MTU 1500, checksums made and verified': { unit: 'Gbit/s', wireExact: true, run: bulk, least: 3 },
  'bulk, super-segments': { unit: 'Gbit/s', wireExact: false, run: bulk },
  'round trips': { unit: 'round trips/s', wireExact: false, run: roundTrips, least: 150_000 },
  [`round trips, ${MANY} connections`]: { unit: 'round trips/s', wireExact: false, run: manyRoundTrips },
  'connections': { unit: 'connections/s', wireExact: false, run: connections },
}

interface Task { readonly name: string, readonly seconds: number }

/** Each in an isolate of its own: code compiled for one kind of traffic is not what another would get. */
function measureApart(task: Task): Promise<number> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: task })
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

export async function inProcess(seconds: number): Promise<Section> {
  const rows: Row[] = []
  for (const [name, { unit, least }] of Object.entries(MEASUREMENTS)) {
    const value = await measureApart({ name, seconds })
    rows.push({ name, unit, value, ...least === undefined ? {} : { bar: { of: 'value', least } } })
  }
  return { title: 'Two of our hosts in one process', rows }
}

const task = workerData as Partial<Task> | null
if (!isMainThread && parentPort !== null && task?.name !== undefined) {
  const { name, seconds = 1 } = task
  const { wireExact, run } = MEASUREMENTS[name]
  parentPort.postMessage(await measure(wireExact, seconds, run))
  process.exit()
}
