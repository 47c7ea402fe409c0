import { describe, expect, it } from 'vitest'
import { parseIp } from '../base/address/ip.ts'
import { AF_INET, SOCK_DGRAM } from '../base/posix.ts'
import type { Host } from '../kernel/host.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import { readCapture } from '../wire/pcap.ts'
import type { CableSpec } from './cable-options.ts'
import { Recording } from './recording.ts'
import { lan, pair } from './topology.ts'
import { World } from './world.ts'

function at(text: string, port: number): SocketAddress {
  const address = parseIp(text)
  if (address === undefined) throw new Error(text)
  return { family: 'AF_INET', address, port }
}

function mustBeNumber(value: number | string): number {
  if (typeof value === 'string') throw new Error(value)
  return value
}

/** Answers every datagram with itself. */
async function echo(host: Host): Promise<void> {
  const process = host.spawn('echo')
  const fd = mustBeNumber(process.sys.socket(AF_INET, SOCK_DGRAM, 0))
  process.sys.bind(fd, at('0.0.0.0', 7))
  const buffer = new Uint8Array(2000)
  for (;;) {
    const from = { address: undefined as SocketAddress | undefined }
    const length = await process.recvfrom(fd, buffer, 0, buffer.length, 0, from)
    if (typeof length === 'string') return
    process.sys.sendto(fd, buffer, 0, length, 0, from.address)
  }
}

/** Sends `count` datagrams, a millisecond apart, and tells when each answer came. */
async function ask(world: World, host: Host, server: string, count: number): Promise<string[]> {
  const process = host.spawn('ask')
  const fd = mustBeNumber(process.sys.socket(AF_INET, SOCK_DGRAM, 0))
  const answers: string[] = []
  const listen = async () => {
    const buffer = new Uint8Array(2000)
    for (;;) {
      const length = await process.recvfrom(fd, buffer, 0, buffer.length, 0)
      if (typeof length === 'string') return
      answers.push(`${buffer[0]} ${world.now()}`)
    }
  }
  process.sys.bind(fd, at('0.0.0.0', 5000))
  void listen()
  for (let i = 0; i < count; i++) {
    process.sys.sendto(fd, Uint8Array.of(i, 1, 2), 0, 3, 0, at(server, 7))
    await process.sleep(1)
  }
  await process.sleep(500)
  return answers
}

interface Played { hash: string, answers: string[], world: World }

async function play(seed: number, spec: CableSpec, before?: (world: World) => void): Promise<Played> {
  const world = new World({ seed })
  const { a, b } = pair(world, spec)
  before?.(world)
  void echo(b)
  const answers = await world.runUntilDone(ask(world, a, '10.0.0.2', 50))
  return { hash: world.traceHash(), answers, world }
}

const NOISY: CableSpec = { delay: 5, jitter: 1, loss: '10%', duplicate: '5%', reorder: '5%', corrupt: '3%' }

describe('a world', () => {
  it('carries datagrams there and back at the instant the cable says', async () => {
    const { answers, world } = await play(1, { delay: 5 })
    expect(answers).toHaveLength(50)
    expect(answers[49]).toBe('49 59000')
    world.close()
    expect(world.memory.leakReport()).toEqual([])
  })

  it('is the same for the same seed, and another for another', async () => {
    const first = await play(1, NOISY)
    const again = await play(1, NOISY)
    const other = await play(2, NOISY)
    expect(again.answers).toEqual(first.answers)
    expect(again.hash).toBe(first.hash)
    expect(other.hash).not.toBe(first.hash)
    expect(first.answers.length).toBeLessThan(55)
    expect(first.answers.length).toBeGreaterThan(25)
    first.world.close()
    expect(first.world.memory.leakReport()).toEqual([])
  })

  it.each<[string, (world: World) => void]>([
    ['one bit', world => {
      world.rule(world.cables[0], frame => {
        if (frame.index === 30) frame.bytes[frame.bytes.length - 1] ^= 1
        return 'pass'
      })
    }],
    ['time', world => { world.rule(world.cables[0], frame => frame.index === 30 && frame.from === 'a' ? { delayMs: 0.001 } : 'pass') }],
    ['a drop', world => { world.rule(world.cables[0], frame => frame.index === 30 && frame.from === 'a' ? 'drop' : 'pass') }],
  ])('has another hash when one frame differs by %s', async (_, change) => {
    const nothing = await play(1, { delay: 5 }, world => { world.rule(world.cables[0], () => 'pass') })
    const changed = await play(1, { delay: 5 }, change)
    expect(changed.hash).not.toBe(nothing.hash)
  })

  it('records events, lines and a capture file', async () => {
    const world = new World({ seed: 5 })
    const { hosts } = lan(world, 3, { delay: 1 })
    const recording = new Recording(world)
    void echo(hosts[2])
    await world.runUntilDone(ask(world, hosts[0], '10.0.0.3', 2))
    expect(recording.lines().filter(each => each.includes('h1 eth0')).slice(0, 2)).toEqual([
      expect.stringContaining('ARP, Request who-has 10.0.0.3 tell 10.0.0.1, length 28'),
      expect.stringContaining('IP 10.0.0.1.5000 > 10.0.0.3.7: UDP, length 3'),
    ])
    const file = readCapture(recording.pcapng())
    expect(typeof file === 'string' ? file : file.interfaces.map(each => each.name)).toEqual([
      'h1:eth0', 'switch:port1', 'h2:eth0', 'switch:port2', 'h3:eth0', 'switch:port3',
    ])
    recording.stop()
    world.close()
    expect(world.memory.leakReport()).toEqual([])
  })

  it('loses what crosses a cut cable, and carries it again when it is mended', async () => {
    const world = new World()
    const { a, b, cable } = pair(world, { delay: 1 })
    void echo(b)
    expect(await world.runUntilDone(ask(world, a, '10.0.0.2', 3))).toHaveLength(3)
    cable.partitioned = true
    expect(cable.inFlight).toBe(0)
    world.close()
  })
})
