// SO_REUSEPORT: listeners of one port share its connections evenly (Linux: reuseport_select_sock).

import { expect, it } from 'vitest'
import { AF_INET, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET, SO_REUSEPORT } from '../../src/base/posix.ts'
import { pair } from '../../src/sim/topology.ts'
import { World } from '../../src/sim/world.ts'
import { at } from '../support/calls.ts'

const LISTENERS = 4
const CLIENTS = 400

it('four listeners take a quarter each', async () => {
  const world = new World({ hashes: false })
  const { a, b } = pair(world, { delay: 1, medium: 'ip' })
  const server = b.spawn()
  const listeners = Array.from({ length: LISTENERS }, () => {
    const fd = server.sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0) as number
    server.sys.setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, new Uint8Array([1, 0, 0, 0]))
    expect(server.sys.bind(fd, at('0.0.0.0', 80))).toBe(0)
    expect(server.sys.listen(fd, CLIENTS)).toBe(0)
    return fd
  })
  const client = a.spawn()
  for (let i = 0; i < CLIENTS; i++) client.sys.connect(client.sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0) as number, at('10.0.0.2', 80))
  await world.runFor(100)
  const shares = listeners.map(fd => {
    let count = 0
    while (typeof server.sys.accept(fd) === 'number') count++
    return count
  })
  world.close()
  expect(shares.reduce((sum, each) => sum + each, 0)).toBe(CLIENTS)
  // Five standard deviations around a quarter.
  for (const share of shares) expect(Math.abs(share - CLIENTS / LISTENERS)).toBeLessThan(45)
})
