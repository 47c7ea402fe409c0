import nodeNet from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { createWorld } from './world.ts'
import type { TestWorld } from './world.ts'

let world: TestWorld | undefined

async function make(options = {}): Promise<TestWorld> { return world = await createWorld({ seed: 7, ...options }) }

afterEach(async () => {
  await world?.close()
  world = undefined
})

async function hello(world: TestWorld): Promise<{ text: string, took: number }> {
  const server = world.host('server')
  const client = world.host('client')
  world.link(server, client, 'delay 50ms loss 2%')
  await server.run(({ http }) => { http.createServer((_, response) => response.end('hello')).listen(80) })
  return client.run(async ({ http }) => {
    const began = Date.now()
    const text = await new Promise<string>((resolve, reject) => {
      http.get('http://server/', response => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => { text += chunk }).on('end', () => { resolve(text) })
      }).on('error', reject)
    })
    return { text, took: Date.now() - began }
  })
}

describe('a world', () => {
  it('carries http between two hosts in virtual time', async () => {
    const answer = await hello(await make())
    expect(answer.text).toBe('hello')
    expect(answer.took).toBeGreaterThanOrEqual(200)
  })

  it('is the same for the same seed', async () => {
    const hashes: string[] = []
    for (const seed of [7, 7, 8]) {
      const world = await make({ seed })
      await hello(world)
      await world.runFor('5s')
      hashes.push(world.traceHash())
      await world.close()
    }
    expect(hashes[0]).toBe(hashes[1])
    expect(hashes[0]).not.toBe(hashes[2])
  })

  it('fetches, each host from its own server', async () => {
    const world = await make()
    const [a, b, one, two] = ['a', 'b', 'one', 'two'].map(name => world.host(name))
    world.lan([a, b, one, two], 'delay 5ms')
    for (const server of [one, two]) await server.run(({ http, host }) => {
      http.createServer((_, response) => response.end(host.name)).listen(80)
    })
    a.names.set('api.example', 'one')
    b.names.set('api.example', 'two')
    const ask = async () => (await fetch('http://api.example/')).text()
    expect(await Promise.all([a.run(ask), b.run(ask)])).toEqual(['one', 'two'])
    await expect(a.run(() => fetch('http://nowhere.example/'))).rejects.toThrow('fetch failed')
  })

  it('has timers and a calendar of its own, and leaves the test alone', async () => {
    const world = await make()
    const host = world.host('h')
    const real = Date.now()
    const took = await host.run(async ({ sleep }) => {
      const began = Date.now()
      await sleep(3_600_00)
      return { took: Date.now() - began, year: new Date().getUTCFullYear(), uptime: performance.now() }
    })
    expect(took).toEqual({ took: 360_000, year: 2030, uptime: 360_000 })
    expect(Math.abs(Date.now() - real)).toBeLessThan(5000)
  })

  it('puts Node back', async () => {
    const state = (): unknown[] => [globalThis.setTimeout, Date, nodeNet.Socket.prototype.connect, process.on, globalThis.setImmediate]
    const before = state()
    const world = await make()
    expect(globalThis.setTimeout).not.toBe(before[0])
    await world.close()
    expect(state()).toEqual(before)
  })

  it('tells of a hanging program: host, socket, line', async () => {
    const world = await make()
    const [server, client] = [world.host('server'), world.host('client')]
    world.link(server, client)
    await server.run(({ net }) => { net.createServer().listen(80) })
    const hanging = client.run(({ net }) => new Promise(resolve => { net.connect(80, 'server').on('data', resolve) }))
    await expect(hanging).rejects.toThrow(/client.*hangs[^]*host client[^]*socket TCP 10\.0\.0\.2:\d+ -> 10\.0\.0\.1:80[^]*world\.test\.ts/)
  })

  it('tells of a program that throws', async () => {
    const world = await make()
    const host = world.host('h')
    await host.run(() => { setTimeout(() => { throw new Error('oh no') }, 1000) })
    await expect(world.runFor('2s')).rejects.toThrow(/host h threw: Error: oh no/)
    await host.run(() => { setTimeout(() => { void Promise.reject(new Error('oh yes')) }, 1000) })
    await expect(world.runFor('2s')).rejects.toThrow(/host h left a rejection unhandled: Error: oh yes/)
  })

  it('crashes and restarts hosts', async () => {
    const world = await make()
    const [server, client] = [world.host('server'), world.host('client')]
    world.link(server, client, 'delay 10ms')
    let starts = 0
    await server.start(({ net }) => {
      starts++
      net.createServer(socket => socket.pipe(socket)).listen(80)
    })
    const events: string[] = []
    await client.run(({ net }) => new Promise<void>(resolve => {
      const socket = net.connect(80, 'server', () => { socket.write('x') })
      socket.on('data', () => {
        events.push('data')
        resolve()
      }).on('error', (error: NodeJS.ErrnoException) => { events.push(error.code ?? '') })
      client.enter(() => { setTimeout(() => { socket.write('y') }, 5000) })
    }))
    server.crash()
    await world.runFor('2s')
    expect(events).toEqual(['data'])
    await server.restart()
    await world.runFor('10s')
    expect(events).toEqual(['data', 'ECONNRESET'])
    expect(starts).toBe(2)
  })
})
