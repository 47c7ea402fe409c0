import { expect, test } from 'vitest'
import { AF_INET, SHUT_WR, SOCK_STREAM } from '../../src/base/posix.ts'
import { parseIp } from '../../src/base/address/ip.ts'
import { World } from '../../src/sim/world.ts'

/** The states both sides went through, of a connection the client closes first. */
async function ways(serverCloses: boolean): Promise<string[]> {
  const world = new World({ seed: 1 })
  const [pc, web] = [world.host('pc'), world.host('web')]
  world.cable(pc, web, { delay: '5ms', addresses: ['198.18.0.1/24', '198.18.0.2/24'] })
  const seen: string[] = []
  world.trace.listen((event) => { if (event.name === 'tcp-state' && event.host === 'pc') seen.push(`${event.from} > ${event.to} ${event.cause} ${event.remote}`) })
  const there = { family: 'AF_INET', address: parseIp('198.18.0.2'), port: 80 } as const
  const server = web.spawn('server')
  const listener = server.sys.socket(AF_INET, SOCK_STREAM, 0) as number
  server.sys.bind(listener, there as never)
  server.sys.listen(listener, 1)
  const client = pc.spawn('client')
  const fd = client.sys.socket(AF_INET, SOCK_STREAM, 0) as number
  await world.runUntilDone(client.connect(fd, there as never))
  await world.runFor(20)
  const accepted = server.sys.accept(listener) as number
  client.sys.shutdown(fd, SHUT_WR)
  client.sys.close(fd)
  await world.runFor(50)
  if (serverCloses) server.sys.close(accepted)
  await world.runFor(200_000)
  world.close()
  return seen.slice(-2)
}

test('the trace tells of the end of TIME-WAIT, and of a FIN-WAIT-2 that nobody owns', async () => {
  expect(await ways(true)).toEqual(['FIN-WAIT-2 > TIME-WAIT rcv FIN 198.18.0.2:80', 'TIME-WAIT > CLOSED timeout 2MSL 198.18.0.2:80'])
  expect((await ways(false)).at(-1)).toBe('FIN-WAIT-2 > CLOSED timeout 198.18.0.2:80')
})
