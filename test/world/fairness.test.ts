// Flows of one algorithm on one bottleneck: used up, and shared evenly (Jain's index). Long runs are evidence/fairness.mjs.

import { describe, expect, it } from 'vitest'
import { AF_INET, SOCK_STREAM, SOL_SOCKET, SOL_TCP, SO_MAX_PACING_RATE, TCP_CONGESTION } from '../../src/base/posix.ts'
import { dumbbell, pair } from '../../src/sim/topology.ts'
import { World } from '../../src/sim/world.ts'
import type { Host } from '../../src/kernel/host.ts'
import { at, bytes } from '../support/calls.ts'

const CHUNK = 65_536

/** Counts what arrives at port 80. */
function sink(host: Host): { received: number } {
  const process = host.spawn()
  const count = { received: 0 }
  const fd = process.sys.socket(AF_INET, SOCK_STREAM, 0) as number
  process.sys.bind(fd, at('0.0.0.0', 80))
  process.sys.listen(fd, 8)
  const serve = async (): Promise<void> => {
    const connection = await process.accept(fd, undefined, 0)
    if (typeof connection !== 'number') return
    const buffer = new Uint8Array(CHUNK)
    for (;;) {
      const got = await process.read(connection, buffer, 0, CHUNK)
      if (typeof got !== 'number' || got === 0) return
      count.received += got
    }
  }
  void serve()
  return count
}

function source(host: Host, to: string, algorithm: string, maxRate = 0): void {
  const process = host.spawn()
  const fd = process.sys.socket(AF_INET, SOCK_STREAM, 0) as number
  process.sys.setsockopt(fd, SOL_TCP, TCP_CONGESTION, bytes(algorithm))
  if (maxRate > 0) process.sys.setsockopt(fd, SOL_SOCKET, SO_MAX_PACING_RATE, maxRate)
  const data = new Uint8Array(CHUNK)
  const run = async (): Promise<void> => {
    if (await process.connect(fd, at(to, 80)) !== 0) return
    while (typeof await process.write(fd, data, 0, CHUNK) === 'number');
  }
  void run()
}

async function share(algorithm: string, flows: number, seconds: number): Promise<{ use: number, jain: number }> {
  const world = new World({ hashes: false })
  const { left, right } = dumbbell(world, flows, { rate: '10mbit', delay: '19ms', limit: 34 }, { delay: '500us' })
  const sinks = right.map(host => sink(host))
  for (const [i, host] of left.entries()) {
    source(host, `10.2.${i + 1}.2`, algorithm)
    await world.runFor(200 + 37 * i)
  }
  await world.runFor(3000)
  const before = sinks.map(each => each.received)
  await world.runFor(seconds * 1000)
  const rates = sinks.map((each, i) => (each.received - before[i]) / seconds)
  const total = rates.reduce((sum, rate) => sum + rate, 0)
  world.close()
  expect(world.memory.leakReport()).toEqual([])
  return { use: total * 8 / 10_000_000, jain: total ** 2 / (flows * rates.reduce((sum, rate) => sum + rate ** 2, 0)) }
}

describe('a bottleneck of 10 Mbit/s, 40 ms, one bandwidth-delay product of buffer', () => {
  it.each([['reno', 0.9], ['cubic', 0.9], ['bbr', 0.8]] as const)('is used up and shared by two flows of %s', async (algorithm, least) => {
    const { use, jain } = await share(algorithm, 2, 10)
    expect(use).toBeGreaterThan(0.85)
    expect(jain).toBeGreaterThan(least)
  }, 60_000)
})

it('SO_MAX_PACING_RATE spreads a flow evenly', async () => {
  const world = new World({ hashes: false })
  const { a, b } = pair(world, { delay: 5, medium: 'ip' })
  const count = sink(b)
  source(a, '10.0.0.2', 'cubic', 1_000_000)
  await world.runFor(1000)
  const before = count.received
  for (let second = 0; second < 3; second++) await world.runFor(1000)
  const rate = (count.received - before) / 3
  world.close()
  expect(rate).toBeGreaterThan(930_000)
  expect(rate).toBeLessThan(1_010_000)
})
