// The three stories of docs/testing.md, run: what real clients do on a bad network, and what helps.

import type * as nodeNet from 'node:net'
import { createWorld, inWorld } from '../../src/entry/test.ts'
import type { TestHost, TestWorld } from '../../src/entry/test.ts'
import { Redis } from 'ioredis'
import type * as ws from 'ws'
import { expect, it } from 'vitest'

const OPTIONS = { tells: false, artifacts: '' }

function pair(world: TestWorld): { server: TestHost, client: TestHost } {
  const [server, client] = [world.host('server'), world.host('client')]
  world.link(server, client, 'delay 10ms')
  return { server, client }
}

/** As much of Redis as the story needs: every command is answered with +OK. */
function redisDouble({ net }: { net: typeof nodeNet }): void {
  net.createServer(socket => {
    socket.on('error', () => undefined)
    socket.on('data', bytes => {
      const commands = String(bytes).match(/^\*\d+\r$/gm) ?? []
      for (const _ of commands) socket.write('+OK\r\n')
    })
  }).listen(6379)
}

it('story 1: a Redis client does not notice that its server lost power', () => inWorld(OPTIONS, async world => {
  const { server, client } = pair(world)
  await server.run(redisDouble)
  const outcome = { careless: 'pending', careful: 'pending' }
  const clients = await client.run(async () => {
    const options = { host: 'server', enableReadyCheck: false, maxRetriesPerRequest: 0, retryStrategy: () => null }
    const careless = new Redis(options)
    const careful = new Redis({ ...options, commandTimeout: 1000 })
    for (const each of [careless, careful]) each.on('error', () => undefined)
    expect(await careless.set('key', 'value')).toBe('OK')
    await careful.set('key', 'value')
    return { careless, careful }
  })
  server.crash()
  client.enter(() => {
    clients.careless.get('key').then(() => { outcome.careless = 'answered' }, () => { outcome.careless = 'failed' })
    clients.careful.get('key').then(() => { outcome.careful = 'answered' }, () => { outcome.careful = 'failed' })
  })
  await world.runFor('2s')
  expect(outcome).toEqual({ careless: 'pending', careful: 'failed' })
  // TCP itself gives up after a quarter of an hour; until then every request of the service hangs.
  await world.runFor('10min')
  expect(outcome.careless).toBe('pending')
  await world.runFor('10min')
  expect(outcome.careless).toBe('failed')
}))

it('story 2: an HTTP client without a time-out waits for ever', () => inWorld(OPTIONS, async world => {
  const { server, client } = pair(world)
  await server.run(({ http }) => { http.createServer(() => { /* busy with something else */ }).listen(80) })
  let careless = 'pending'
  await client.run(({ http }) => {
    http.get('http://server/').on('error', () => { careless = 'failed' }).on('response', () => { careless = 'answered' })
  })
  await world.runFor('1h')
  expect(careless).toBe('pending')
  const took = await client.run(async () => {
    const began = Date.now()
    await fetch('http://server/', { signal: AbortSignal.timeout(5000) }).catch(() => undefined)
    return Date.now() - began
  })
  expect(took).toBe(5000)
}))

/** The most connections that reach the server within one second after the network is back. */
async function storm(delay: (attempt: number) => number): Promise<number> {
  const world = await createWorld({ seed: 3 })
  try {
    const server = world.host('server')
    const clients = Array.from({ length: 60 }, (_, i) => world.host(`client${i}`))
    for (const each of clients) world.link(each, server, 'delay 20ms')
    const arrivals: number[] = []
    const serve = ({ fresh }: { fresh: (name: string) => unknown }): void => {
      const { WebSocketServer } = fresh('ws') as typeof ws
      new WebSocketServer({ port: 80 }).on('connection', socket => {
        arrivals.push(world.now())
        socket.on('error', () => undefined)
      })
    }
    await server.start(serve)
    for (const each of clients) {
      each.enter(({ require }) => {
        const { WebSocket } = require('ws') as typeof ws
        const connect = (attempt: number): void => {
          const socket = new WebSocket('ws://server/', { handshakeTimeout: 2000 })
          socket.on('open', () => { attempt = 0 }).on('error', () => undefined)
          socket.on('close', () => { setTimeout(connect, delay(attempt), attempt + 1) })
        }
        connect(0)
      })
    }
    await world.runFor('5s')
    // The server restarts: every client sees a reset at the same time.
    server.kill()
    await world.runFor('3s')
    arrivals.length = 0
    await server.restart()
    await world.runFor('60s')
    return Math.max(...arrivals.map(at => arrivals.filter(each => each >= at && each < at + 250).length))
  } finally {
    await world.close()
  }
}

it('story 3: WebSocket clients come back all at once, unless chance spreads them', async () => {
  const together = await storm(() => 1000)
  const spread = await storm(attempt => Math.random() * Math.min(30_000, 4000 * 2 ** attempt))
  expect(together).toBe(60)
  expect(spread).toBeLessThan(20)
})
