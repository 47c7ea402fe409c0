// RFC 4987: half-open connections beyond the backlog keep nobody out while cookies are on.

import { describe, expect, it } from 'vitest'
import { AF_INET, SOCK_NONBLOCK, SOCK_STREAM } from '../../src/base/posix.ts'
import { pair } from '../../src/sim/topology.ts'
import { World } from '../../src/sim/world.ts'
import { at } from '../support/calls.ts'

async function crowd(cookies: number, clients: number): Promise<number> {
  const world = new World({ hashes: false })
  const { a, b } = pair(world, { delay: 10, medium: 'ip' })
  b.setSysctl('net.ipv4.tcp_syncookies', String(cookies))
  const server = b.spawn()
  const listener = server.sys.socket(AF_INET, SOCK_STREAM, 0) as number
  server.sys.bind(listener, at('0.0.0.0', 80))
  server.sys.listen(listener, 4)
  let accepted = 0
  void (async () => {
    for (;;) {
      const fd = await server.accept(listener, undefined, 0)
      if (typeof fd !== 'number') return
      accepted++
    }
  })()
  const client = a.spawn()
  for (let i = 0; i < clients; i++) {
    // Twenty handshakes are under way at any time: five times what the SYN queue holds.
    client.sys.connect(client.sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0) as number, at('10.0.0.2', 80))
    await world.runFor(1)
  }
  await world.runFor(50)
  const before = accepted
  world.close()
  expect(world.memory.leakReport()).toEqual([])
  return before
}

describe('a SYN every millisecond, 20 ms of round trip, a backlog of 4 (RFC 4987)', () => {
  it('all complete in one round trip with cookies', async () => { expect(await crowd(1, 100)).toBe(100) })
  it('most are turned away without', async () => { expect(await crowd(0, 100)).toBeLessThan(50) })
})
