import { expect, it } from 'vitest'
import { AF_INET, SOCK_STREAM } from '../../src/base/posix.ts'
import { readTcpInfo } from '../../src/service/tcp-info.ts'
import { pair } from '../../src/sim/topology.ts'
import { World } from '../../src/sim/world.ts'
import { at } from '../support/calls.ts'

// The instant zero stands for "never sent": a microsecond is taken for it.
it('a connection opened at the instant the world begins measures its handshake (RFC 6298 2.2)', async () => {
  const world = new World({ hashes: false })
  const { a, b } = pair(world, { delay: 10, medium: 'ip' })
  const [client, server] = [a.spawn(), b.spawn()]
  const listener = server.sys.socket(AF_INET, SOCK_STREAM, 0) as number
  server.sys.bind(listener, at('0.0.0.0', 80))
  server.sys.listen(listener, 1)
  const fd = client.sys.socket(AF_INET, SOCK_STREAM, 0) as number
  const [connected] = await world.runUntilDone(Promise.all([client.connect(fd, at('10.0.0.2', 80))]))
  expect(connected).toBe(0)
  expect(readTcpInfo(client.sys, fd)).toMatchObject({ state: 'ESTABLISHED', rttUs: 19_999 })
  world.close()
})
