// Two of our hosts in one process, everything through awaited calls: bulk as a wire would see it (MTU 1500, checksums
// made and verified), bulk with super-segments, round trips, connections. Each is measured in a fresh process, so that the
// figure does not hang on what ran before: neither compiled code, nor heaps, nor threads of the runtime are shared.

import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { SO_LINGER, SOL_SOCKET, SOL_TCP, TCP_NODELAY } from '../src/base/posix.ts'
import { raiseInliningBudget } from '../src/node/inlining-budget.ts'
import { must, Pair } from './pair.ts'
import { median } from './result.ts'
import type { Figure, Row, Section } from './result.ts'
import { Windows } from './windows.ts'

const PORT = 5000
const ROUNDS = 5
/** The optimising compiler comes to rest after some six seconds of this traffic, and after connections have come and gone. */
const WARM_UP_ROUNDS = 7
const WARM_UP_ROUND_SEC = 1
const MANY = 64
const WRITE_BYTES = 128 * 1024
/** First argument of the process in which one row is measured. */
const AS_CHILD = '--in-process-row'
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

async function roundTrips(pair: Pair, seconds: number, windows: Windows): Promise<number> {
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
  windows.begin(began)
  let count = 0
  for (let now = began; now < endAt;) {
    must(await client.write(fd, byte), 'write')
    must(await client.read(fd, byte), 'read')
    count++
    if ((count & 63) !== 0) continue
    now = performance.now()
    windows.saw(now, count)
  }
  const rate = count / (performance.now() - began) * 1000
  client.sys.close(fd)
  await answering
  client.exit(0)
  server.exit(0)
  return rate
}

/** Many such connections at once: how many round trips all of them make. */
async function manyRoundTrips(pair: Pair, seconds: number, windows: Windows): Promise<number> {
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
    for (let now = performance.now(); now < endAt; now = performance.now()) {
      must(await client.write(fd, byte), 'write')
      must(await client.read(fd, byte), 'read')
      count++
      if ((count & 63) === 0) windows.saw(now, count)
    }
    client.sys.close(fd)
  }
  const all: Promise<void>[] = []
  const began = performance.now()
  windows.begin(began)
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
async function measure(wireExact: boolean, seconds: number, run: Measurement['run']): Promise<Measured> {
  const pair = new Pair(wireExact)
  const windows = new Windows()
  try {
    for (let round = 0; round < WARM_UP_ROUNDS; round++) await run(pair, WARM_UP_ROUND_SEC, windows)
    windows.clear()
    const values: number[] = []
    for (let round = 0; round < ROUNDS; round++) values.push(await run(pair, seconds, windows))
    return { value: median(values), undisturbed: windows.fastestTenth() }
  } finally {
    pair.close()
  }
}

/** The median of the rounds, and the fastest tenth of the short windows in them. */
interface Measured { readonly value: number, readonly undisturbed?: number | undefined }

interface Measurement {
  readonly unit: Figure['unit']
  readonly wireExact: boolean
  readonly run: (pair: Pair, seconds: number, windows: Windows) => Promise<number>
  readonly least?: number
}

const MEASUREMENTS: Readonly<Record<string, Measurement>> = {
  'bulk, MTU 1500, checksums made and verified': { unit: 'Gbit/s', wireExact: true, run: bulk, least: 3 },
  'bulk, super-segments': { unit: 'Gbit/s', wireExact: false, run: bulk },
  'round trips': { unit: 'round trips/s', wireExact: false, run: roundTrips, least: 150_000 },
  [`round trips, ${MANY} connections`]: { unit: 'round trips/s', wireExact: false, run: manyRoundTrips, least: 150_000 },
  'connections': { unit: 'connections/s', wireExact: false, run: connections },
}

interface Task { readonly name: string, readonly seconds: number }

function measureApart(task: Task): Promise<Measured> {
  return new Promise((resolve, reject) => {
    const child = fork(fileURLToPath(import.meta.url), [AS_CHILD, JSON.stringify(task)])
    child.once('message', measured => { resolve(measured as Measured) })
    child.once('error', reject)
    child.once('exit', (code, signal) => { reject(new Error(`the measurement of ${task.name} ended with ${code ?? signal}`)) })
  })
}

export async function inProcess(seconds: number): Promise<Section> {
  const rows: Row[] = []
  for (const [name, { unit, least }] of Object.entries(MEASUREMENTS)) {
    const { value, undisturbed } = await measureApart({ name, seconds })
    rows.push({
      name, unit, value,
      ...least === undefined ? {} : { bar: { of: 'value', least } },
      ...undisturbed === undefined ? {} : { note: `fastest tenth of 25 ms windows ${Math.round(undisturbed).toLocaleString('en-US')}` },
    })
  }
  return { title: 'Two of our hosts in one process, each row in a fresh one', rows }
}

if (process.argv[2] === AS_CHILD) {
  raiseInliningBudget()
  const { name, seconds } = JSON.parse(process.argv[3]) as Task
  const { wireExact, run } = MEASUREMENTS[name]
  process.send?.(await measure(wireExact, seconds, run), () => { process.exit() })
}
