// Connections that no descriptor refers to show in the table of sockets all the same, as in ss.

import { expect, it } from 'vitest'
import { parseIp } from '../../src/base/address/ip.ts'
import type { IpAddress } from '../../src/base/address/ip.ts'
import { AF_INET, IPPROTO_TCP, SOCK_NONBLOCK, SOCK_STREAM } from '../../src/base/posix.ts'
import { socketTable } from '../../src/kernel/diag.ts'
import { World } from '../../src/sim/world.ts'

it('half open, waiting to be accepted, closing, in TIME-WAIT', async () => {
  const world = new World({ seed: 2 })
  const [a, b] = [world.host('a'), world.host('b')]
  world.cable(a, b, { medium: 'ip', impair: 'delay 10ms', addresses: ['198.18.0.1/24', '198.18.0.2/24'] })
  const [client, server] = [a.spawn(), b.spawn()]
  const to = { family: 'AF_INET' as const, address: parseIp('198.18.0.2') as IpAddress, port: 80 }
  const listener = server.sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_TCP) as number
  server.sys.bind(listener, to)
  server.sys.listen(listener, 5)
  const fd = client.sys.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_TCP) as number
  client.sys.connect(fd, to)
  const states = (host: typeof a): string[] => socketTable(host).filter(each => each.owners.length === 0).map(each => each.state)
  await world.runFor(15)
  expect(states(b)).toEqual(['SYN-RECV'])
  await world.runFor(30)
  expect(states(b)).toEqual(['ESTAB'])
  const child = server.sys.accept(listener) as number
  expect(states(b)).toEqual([])
  client.sys.close(fd)
  expect(states(a)).toEqual(['FIN-WAIT-1'])
  await world.runFor(100)
  expect(states(a)).toEqual(['FIN-WAIT-2'])
  server.sys.close(child)
  expect(states(b)).toEqual(['LAST-ACK'])
  await world.runFor(100)
  expect(states(a)).toEqual(['TIME-WAIT'])
  expect(socketTable(a)[0]).toMatchObject({ peer: '198.18.0.2:80', family: 4, netid: 'tcp' })
  await world.runFor(61_000)
  expect(states(a)).toEqual([])
  a.close()
  b.close()
})
