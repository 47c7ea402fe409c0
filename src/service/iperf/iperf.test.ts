import { describe, expect, it } from 'vitest'
import { IpAddress, parseIp } from '../../base/address/ip.ts'
import type { Host } from '../../kernel/host.ts'
import type { CableSpec } from '../../sim/cable-options.ts'
import { World } from '../../sim/world.ts'
import { runIperfClient } from './client.ts'
import type { ClientOptions, TestOutcome } from './client.ts'
import { IperfFailure } from './protocol.ts'
import type { IperfMachine } from './protocol.ts'
import { JsonReport, TextReport } from './report.ts'
import { serveIperf } from './server.ts'

const SERVER = parseIp('198.18.0.2') ?? IpAddress.ANY4

function machine(host: Host): IperfMachine {
  const { namespace } = host
  return { process: host.spawn('iperf'), now: () => namespace.now(), random: below => namespace.random.secret.below(below) }
}

function connected(cable: CableSpec): { world: World, client: Host, server: Host } {
  const world = new World({ hashes: false })
  const [client, server] = [world.host('client'), world.host('server')]
  world.cable(client, server, { ...cable, addresses: ['198.18.0.1/24', '198.18.0.2/24'] })
  return { world, client, server }
}

/** One test of a client against a server of ours, in virtual time. */
async function measure(cable: CableSpec, options: Omit<ClientOptions, 'host'>): Promise<TestOutcome | IperfFailure> {
  const { world, client, server } = connected(cable)
  const served = serveIperf(machine(server), { oneTest: true })
  const outcome = await world.runUntilDone(runIperfClient(machine(client), { host: SERVER, ...options }), 120_000)
  await world.runUntilDone(served, 120_000)
  world.close()
  expect(world.memory.leakReport()).toEqual([])
  return outcome
}

async function succeed(cable: CableSpec, options: Omit<ClientOptions, 'host'>): Promise<TestOutcome> {
  const outcome = await measure(cable, options)
  if (outcome instanceof IperfFailure) throw new Error(outcome.toString())
  return outcome
}

describe('iperf between two simulated hosts', () => {
  const FAST: CableSpec = { delay: 1, rate: '100mbit' }

  it('TCP fills a cable of 100 Mbit/s', async () => {
    const { bitsPerSec, seconds, mine, theirs } = await succeed(FAST, { timeSec: 2 })
    expect(seconds).toBeCloseTo(2, 1)
    expect(bitsPerSec).toBeGreaterThan(80e6)
    expect(bitsPerSec).toBeLessThan(100e6)
    expect(mine.streams[0].bytes).toBeGreaterThanOrEqual(theirs.streams[0].bytes)
  })

  it('-R: the server sends', async () => {
    const { bitsPerSec, theirs } = await succeed(FAST, { timeSec: 1, reverse: true })
    expect(bitsPerSec).toBeGreaterThan(70e6)
    expect(theirs.sender_has_retransmits).toBe(1)
  })

  it('-P: every stream is counted on both sides', async () => {
    const { mine, theirs } = await succeed(FAST, { timeSec: 1, parallel: 3 })
    expect(mine.streams.map(each => each.id)).toEqual([1, 3, 4])
    expect(theirs.streams.map(each => each.id)).toEqual([1, 3, 4])
    expect(theirs.streams.every(each => each.bytes > 0)).toBe(true)
  })

  it('--bidir: both send', async () => {
    // A queue without a limit would hold the acknowledgements of one direction behind seconds of the other's data.
    const { mine, theirs } = await succeed({ ...FAST, limit: 100 }, { timeSec: 1, bidirectional: true })
    expect(mine.streams.length).toBe(2)
    expect(mine.streams[1].bytes).toBeGreaterThan(1e6)
    expect(theirs.streams[0].bytes).toBeGreaterThan(1e6)
  })

  it('-n: so many bytes, then the end', async () => {
    const { sentBytes } = await succeed(FAST, { bytes: 1_000_000, blockBytes: 100_000 })
    expect(sentBytes).toBe(1_000_000)
  })

  it('-b: no faster than asked', async () => {
    const { bitsPerSec } = await succeed(FAST, { timeSec: 2, bitsPerSec: 10e6, blockBytes: 10_000 })
    expect(bitsPerSec / 1e6).toBeCloseTo(10, 0)
  })

  it('UDP: the receiver knows how many datagrams the cable lost', async () => {
    const { theirs, mine } = await succeed({ delay: 1, loss: '10%' }, { udp: true, timeSec: 2, bitsPerSec: 8e6, blockBytes: 1000 })
    const [received] = theirs.streams
    expect(mine.streams[0].packets / 2000).toBeCloseTo(1, 1)
    expect(received.errors / received.packets).toBeGreaterThan(0.06)
    expect(received.errors / received.packets).toBeLessThan(0.14)
  })

  it('UDP -R over a cable that jitters: jitter is measured, two streams at once', async () => {
    const { mine } = await succeed({ delay: 5, jitter: 1 }, { udp: true, reverse: true, parallel: 2, timeSec: 1, bitsPerSec: 2e6 })
    expect(mine.streams.map(each => each.id)).toEqual([1, 3])
    expect(mine.streams[0].jitter).toBeGreaterThan(0.0001)
  })

  it('-O: what is left out is not counted', async () => {
    const { bitsPerSec, sentBytes } = await succeed(FAST, { timeSec: 1, omitSec: 1 })
    expect(sentBytes).toBeLessThan(14e6)
    expect(bitsPerSec).toBeGreaterThan(70e6)
  })

  it('nobody listens: the errno is told', async () => {
    const { world, client } = connected(FAST)
    const outcome = await world.runUntilDone(runIperfClient(machine(client), { host: SERVER }))
    expect(String(outcome)).toBe('cannot connect: ECONNREFUSED')
    world.close()
  })

  it('a server that measures turns the next client away', async () => {
    const { world, client, server } = connected(FAST)
    void serveIperf(machine(server))
    const first = runIperfClient(machine(client), { host: SERVER, timeSec: 2 })
    await world.runFor(500)
    const second = await world.runUntilDone(runIperfClient(machine(client), { host: SERVER, timeSec: 1 }))
    expect(String(second)).toContain('busy')
    expect(await world.runUntilDone(first)).not.toBeInstanceOf(IperfFailure)
    const third = await world.runUntilDone(runIperfClient(machine(client), { host: SERVER, timeSec: 1 }))
    expect(third).not.toBeInstanceOf(IperfFailure)
    world.close()
  })

  it('reports as iperf3 does, in lines and in JSON', async () => {
    const lines: string[] = []
    const { world, client, server } = connected(FAST)
    void serveIperf(machine(server))
    const text = new TextReport(line => { lines.push(line) })
    await world.runUntilDone(runIperfClient(machine(client), { host: SERVER, timeSec: 2, report: text }))
    expect(lines[0]).toBe('Connecting to host 198.18.0.2, port 5201')
    expect(lines.filter(line => /sec +\S+ MBytes +\S+ Mbits\/sec/.test(line)).length).toBe(4)
    expect(lines.at(-1)).toMatch(/receiver$/)
    const texts: string[] = []
    const json = new JsonReport(line => { texts.push(line) })
    await world.runUntilDone(runIperfClient(machine(client), { host: SERVER, timeSec: 1, report: json }))
    const answer = JSON.parse(texts.join('')) as { start: { connected: unknown[] }, intervals: unknown[], end: { sum_received: { bits_per_second: number } } }
    expect(answer.start.connected.length).toBe(1)
    expect(answer.intervals.length).toBe(1)
    expect(answer.end.sum_received.bits_per_second).toBeGreaterThan(70e6)
    world.close()
  })
})
