import { describe, expect, it } from 'vitest'
import { parseIp } from '../base/address/ip.ts'
import { AF_INET, AF_INET6, SOCK_DGRAM } from '../base/posix.ts'
import type { Host } from '../kernel/host.ts'
import type { AddressHolder } from '../kernel/syscalls.ts'
import { inetSocketAddress } from '../sock/socket-address.ts'
import type { CableSpec } from './cable-options.ts'
import { Recording } from './recording.ts'
import { dumbbell, internet, lan, pair } from './topology.ts'
import { World } from './world.ts'

function endpoint(text: string, port: number) {
  const address = parseIp(text)
  if (address === undefined) throw new Error(text)
  return inetSocketAddress(address.family === 6, address, port)
}

/** Milliseconds until `server` has answered one datagram of `length` bytes. */
async function roundTrip(world: World, client: Host, server: Host, address: string, length: number): Promise<number> {
  const isV6 = address.includes(':')
  const open = (host: Host, port: number) => {
    const process = host.spawn()
    const fd = process.sys.socket(isV6 ? AF_INET6 : AF_INET, SOCK_DGRAM, 0)
    if (typeof fd === 'string') throw new Error(fd)
    process.sys.bind(fd, endpoint(isV6 ? '::' : '0.0.0.0', port))
    return { process, fd, buffer: new Uint8Array(70_000) }
  }
  const [a, b] = [open(client, 5000), open(server, 7)]
  const answer = async () => {
    const from: AddressHolder = { address: undefined }
    const got = await b.process.recvfrom(b.fd, b.buffer, 0, b.buffer.length, 0, from)
    if (typeof got === 'number') b.process.sys.sendto(b.fd, b.buffer, 0, got, 0, from.address)
  }
  const ask = async () => {
    if (isV6) await a.process.sleep(3000) // duplicate address detection
    const started = world.now()
    const sent = a.process.sys.sendto(a.fd, new Uint8Array(length).fill(7), 0, length, 0, endpoint(address, 7))
    expect(sent).toBe(length)
    expect(await a.process.recvfrom(a.fd, a.buffer, 0, a.buffer.length, 0)).toBe(length)
    return (world.now() - started) / 1000
  }
  void answer()
  const took = await world.runUntilDone(ask(), 10_000)
  world.close()
  expect(world.memory.leakReport()).toEqual([])
  return took
}

describe('topologies', () => {
  it.each<[string, CableSpec]>([
    ['a cable that only delays', { delay: 5 }],
    ['a wire-exact cable', { delay: 5, wireExact: true }],
    ['a cable that gathers segments', { delay: 5, wireExact: true, coalesce: true }],
  ])('a pair speaks IPv4 and IPv6 over %s, fragments included', async (_, spec) => {
    for (const address of ['10.0.0.2', 'fd00::2']) {
      for (const length of [3, 1400, 8000]) {
        const world = new World()
        const { a, b } = pair(world, spec)
        expect(await roundTrip(world, a, b, address, length)).toBe(20) // one round trip to resolve, one to answer
      }
    }
  })

  it('a pair without link addresses needs no resolution', async () => {
    const world = new World()
    const { a, b } = pair(world, { medium: 'ip', delay: 5 })
    expect(await roundTrip(world, a, b, '10.0.0.2', 3000)).toBe(10)
  })

  it('hosts of a LAN hear each other through the switch', async () => {
    const world = new World()
    const { hosts } = lan(world, 4, { delay: 1 })
    expect(await roundTrip(world, hosts[0], hosts[3], '10.0.0.4', 3)).toBe(8)
  })

  it('hosts on a hub too', async () => {
    const world = new World()
    const hub = world.hub('hub')
    const hosts = [1, 2, 3].map(n => world.host(`h${n}`))
    hosts.forEach((host, i) => world.cable(host, hub, { delay: 1, addresses: [`10.0.0.${i + 1}/24`, []] }))
    expect(await roundTrip(world, hosts[0], hosts[2], '10.0.0.3', 3)).toBe(8)
  })

  it('a dumbbell routes through its bottleneck', async () => {
    const world = new World()
    const { left, right } = dumbbell(world, 2, { delay: 10, rate: '10mbit' }, { delay: 1 })
    const recording = new Recording(world, { capture: false })
    const took = await roundTrip(world, left[0], right[1], '10.2.2.2', 1000)
    expect(took).toBeGreaterThan(24)
    expect(recording.lines().some(each => each.includes('r1 eth0: IP 10.1.1.2.5000 > 10.2.2.2.7: UDP, length 1000'))).toBe(true)
  })

  it('a small internet reaches the web server', async () => {
    const world = new World()
    const { pc, web } = internet(world)
    expect(await roundTrip(world, pc, web, '198.51.100.80', 100)).toBeGreaterThan(38.4)
  })
})
