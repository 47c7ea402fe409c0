import { describe, expect, it } from 'vitest'
import { parseIp } from '../base/address/ip.ts'
import { AF_INET, SOCK_STREAM } from '../base/posix.ts'
import type { Host } from '../kernel/host.ts'
import type { CableSpec } from '../sim/cable-options.ts'
import { pair } from '../sim/topology.ts'
import { World } from '../sim/world.ts'
import type { SocketAddress } from '../sock/socket-address.ts'

function at(text: string, port: number): SocketAddress {
  const address = parseIp(text)
  if (address === undefined) throw new Error(text)
  return { family: 'AF_INET', address, port }
}

function must(value: number | string): number {
  if (typeof value === 'string') throw new Error(value)
  return value
}

function patternByte(i: number): number { return (Math.imul(i, 31) ^ (i >>> 8) ^ (i >>> 16)) & 0xff }

/** Receives everything from one connection and closes; answers how much was right. */
async function sink(host: Host): Promise<number> {
  const process = host.spawn('sink')
  const fd = must(process.sys.socket(AF_INET, SOCK_STREAM, 0))
  must(process.sys.bind(fd, at('0.0.0.0', 80)))
  must(process.sys.listen(fd, 5))
  const conn = must(await process.accept(fd))
  const buffer = new Uint8Array(60_000)
  let total = 0
  for (;;) {
    const count = must(await process.read(conn, buffer))
    if (count === 0) break
    for (let i = 0; i < count; i++) if (buffer[i] !== patternByte(total + i)) throw new Error(`wrong byte at ${total + i}`)
    total += count
  }
  await process.close(conn)
  await process.close(fd)
  return total
}

async function source(host: Host, length: number): Promise<void> {
  const process = host.spawn('source')
  const fd = must(process.sys.socket(AF_INET, SOCK_STREAM, 0))
  must(await process.connect(fd, at('10.0.0.2', 80)))
  const buffer = new Uint8Array(50_000)
  let total = 0
  while (total < length) {
    const count = Math.min(buffer.length, length - total)
    for (let i = 0; i < count; i++) buffer[i] = patternByte(total + i)
    must(await process.sendall(fd, buffer, 0, count))
    total += count
  }
  await process.close(fd)
}

async function transfer(spec: CableSpec, length: number, seed = 1): Promise<{ world: World, total: number }> {
  const world = new World({ seed, hashes: false })
  const { a, b } = pair(world, spec)
  const received = sink(b)
  const sent = source(a, length)
  const total = await world.runUntilDone(received)
  await world.runUntilDone(sent)
  await world.runFor(130_000)
  return { world, total }
}

describe('TCP between two hosts', () => {
  it('carries bytes over a clean cable', async () => {
    const { world, total } = await transfer({ delay: 5 }, 3_000_000)
    expect(total).toBe(3_000_000)
    for (const host of world.hosts) expect([...host.tcp.sockets()].length).toBe(0)
    world.close()
    expect(world.memory.leakReport()).toEqual([])
  })

  it('carries them over cut segments', async () => {
    const { world, total } = await transfer({ delay: 5, wireExact: true }, 1_000_000)
    expect(total).toBe(1_000_000)
    world.close()
    expect(world.memory.leakReport()).toEqual([])
  })

  for (const seed of [1, 2, 3]) {
    it(`survives loss, reordering, duplication and corruption (seed ${seed})`, async () => {
      const { world, total } = await transfer({ delay: 5, jitter: 2, loss: '3%', duplicate: '2%', reorder: '5%', corrupt: '1%' }, 500_000, seed)
      expect(total).toBe(500_000)
      world.close()
      expect(world.memory.leakReport()).toEqual([])
    })
  }
})
