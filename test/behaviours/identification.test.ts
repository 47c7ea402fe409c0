// Behaviour 23: without DF a segment and its retransmission must not be mixed up in reassembly (RFC 6864).

import { expect, it } from 'vitest'
import { AF_INET, IP_MTU_DISCOVER, IP_PMTUDISC_DONT, SOCK_STREAM, SOL_IP } from '../../src/base/posix.ts'
import { pair } from '../../src/sim/topology.ts'
import { World } from '../../src/sim/world.ts'
import { at, bytes } from '../support/calls.ts'

it('behaviour 23: the IPv4 identification differs between a segment and its retransmission when DF is off', async () => {
  const world = new World({ hashes: false })
  const { a, b, cable } = pair(world, { delay: 1, medium: 'ip' })
  const seen: { readonly df: boolean, readonly id: number }[] = []
  world.rule(cable, frame => {
    if (frame.from !== 'a' || frame.bytes.length < 20 + 20 + 100) return undefined
    seen.push({ df: (frame.bytes[6] & 0x40) !== 0, id: frame.bytes[4] << 8 | frame.bytes[5] })
    return seen.length < 4 ? 'drop' : undefined
  })
  const server = b.spawn()
  const listener = server.sys.socket(AF_INET, SOCK_STREAM, 0) as number
  server.sys.bind(listener, at('0.0.0.0', 80))
  server.sys.listen(listener, 1)
  const client = a.spawn()
  const fd = client.sys.socket(AF_INET, SOCK_STREAM, 0) as number
  client.sys.setsockopt(fd, SOL_IP, IP_MTU_DISCOVER, Uint8Array.of(IP_PMTUDISC_DONT, 0, 0, 0))
  await world.runUntilDone(client.connect(fd, at('10.0.0.2', 80)))
  client.sys.send(fd, bytes('x'.repeat(200)), 0, 200, 0)
  await world.runFor(5000)
  expect(seen).toHaveLength(4)
  expect(seen.every(each => !each.df)).toBe(true)
  expect(new Set(seen.map(each => each.id)).size).toBe(4)
  world.close()
  expect(world.memory.leakReport()).toEqual([])
})
