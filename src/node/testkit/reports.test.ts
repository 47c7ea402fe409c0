// What a test reads when a program of a world failed: the host, the socket or the request, and the line of the program.

import type { Socket } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createWorld } from './world.ts'
import type { TestHost } from './test-host.ts'
import type { TestWorld } from './world.ts'

describe('reports', () => {
  const open: TestWorld[] = []
  afterEach(async () => { for (const each of open.splice(0)) await each.close() })

  async function two(): Promise<{ world: TestWorld, server: TestHost, client: TestHost }> {
    const world = await createWorld({ seed: 7 })
    open.push(world)
    const [server, client] = [world.host('server'), world.host('client')]
    world.link(server, client)
    return { world, server, client }
  }

  it('name the socket and the line of a refusal that nobody handles', async () => {
    const { world, client } = await two()
    await client.run(({ net }) => { net.connect(81, 'server') })
    await expect(world.runFor('2s')).rejects
      .toThrow(/host client threw: Error: connect ECONNREFUSED 10\.0\.0\.1:81[^]*socket TCP to 10\.0\.0\.1:81, opened at [0.]+ s at .*reports\.test\.ts:\d+/)
  })

  it('name the line of a request of http that is refused', async () => {
    const { world, client } = await two()
    await client.run(({ http }) => { http.get('http://server:82/') })
    await expect(world.runFor('2s')).rejects.toThrow(/host client threw[^]*socket TCP to 10\.0\.0\.1:82, opened at .*reports\.test\.ts:\d+/)
  })

  it('name the socket of a connection that broke', async () => {
    const { world, server, client } = await two()
    const resetting = (socket: Socket): void => { setTimeout(() => { socket.resetAndDestroy() }, 1000) }
    await server.run(({ net }) => { net.createServer(resetting).listen(80) })
    await client.run(({ net }) => { net.connect(80, 'server').resume() })
    await expect(world.runFor('2s')).rejects.toThrow(/host client threw: Error: read ECONNRESET[^]*socket TCP to 10\.0\.0\.1:80, opened at .*reports\.test\.ts:\d+/)
  })

  it('name the address and the line of a fetch that fails', async () => {
    const { world, client } = await two()
    await client.run(({ fetch }) => { void fetch('http://server:83/orders') })
    await expect(world.runFor('2s')).rejects
      .toThrow(/host client left a rejection unhandled: TypeError: fetch failed[^]*fetch http:\/\/server:83\/orders on host client[^]*reports\.test\.ts:\d+[^]*caused by .*ECONNREFUSED 10\.0\.0\.1:83/)
  })

  it('name the address and the line of a fetch that never ends', async () => {
    const { server, client } = await two()
    await server.run(({ net }) => { net.createServer(() => undefined).listen(80) })
    const hanging = client.run(async ({ fetch }) => (await fetch(new URL('http://server/slow'), { method: 'POST', body: 'x' })).text())
    await expect(hanging).rejects.toThrow(/program on host client was not done[^]*fetch http:\/\/server\/slow, begun at [0.]+ s at .*reports\.test\.ts:\d+/)
  })

  it('name the socket of a program that failed and that nobody waits for', async () => {
    const { world, client } = await two()
    client.run(({ net }) => new Promise((_, reject) => { net.connect(84, 'server').on('error', reject) }))
    await world.runFor('2s')
    expect(() => { world.expectNoFailures() }).toThrow(/host client failed in program: Error: connect ECONNREFUSED[^]*socket TCP to 10\.0\.0\.1:84, opened at .*reports\.test\.ts:\d+/)
  })
})
