import { afterEach, describe, expect, it } from 'vitest'
import { readSlowly } from './slow-reader.ts'
import type { TestHost } from './test-host.ts'
import { createWorld } from './world.ts'
import type { TestWorld } from './world.ts'

let world: TestWorld | undefined

async function pair(spec: string = 'delay 10ms'): Promise<{ world: TestWorld, server: TestHost, client: TestHost }> {
  world = await createWorld({ seed: 7 })
  const [server, client] = [world.host('server'), world.host('client')]
  world.link(server, client, spec)
  return { world, server, client }
}

afterEach(async () => {
  await world?.close()
  world = undefined
})

/** Echoes; the client's events are noted. */
async function talk(server: TestHost, client: TestHost): Promise<{ events: string[], send: (text: string) => void }> {
  await server.run(({ net }) => {
    net.createServer(socket => { socket.pipe(socket).on('error', () => undefined) }).listen(7)
  })
  const events: string[] = []
  const socket = await client.run(({ net }) => {
    const socket = net.connect(7, 'server', () => { events.push('connect') })
    socket.on('data', bytes => { events.push(String(bytes)) })
    socket.on('error', (error: NodeJS.ErrnoException) => { events.push(error.code ?? '') })
    socket.on('timeout', () => { events.push('timeout') }).on('close', () => { events.push('close') })
    socket.setTimeout(30_000)
    return { write: (text: string) => client.enter(() => socket.write(text)) }
  })
  return { events, send: text => { socket.write(text) } }
}

describe('faults', () => {
  it('a connect is answered when the answer arrives, be it yes or no, and whatever the stack has to do afterwards', async () => {
    const { world, server, client } = await pair()
    await server.run(({ net }) => { net.createServer(() => undefined).listen(7) })
    const connect = (port: number): Promise<[string, number]> => client.run(({ net }) => new Promise(resolve => {
      const answer = (what: string): void => { resolve([what, Math.round(world.now())]) }
      const socket = net.connect(port, 'server', () => { answer('connect') })
      socket.on('error', error => { answer(error.message) })
    }))
    expect(await connect(7)).toEqual(['connect', 20])
    expect(await connect(8)).toEqual(['connect ECONNREFUSED 10.0.0.1:8', 40])
  })

  it('rules drop, delay and see packets', async () => {
    const { world, server, client } = await pair()
    const seen: string[] = []
    const lift = world.rule(packet => {
      if (packet.protocol === 'tcp' && packet.payload.length > 0) seen.push(`${packet.from}:${packet.destinationPort} ${packet.flags} ${String(packet.payload)}`)
      return packet.flags === 'S' && packet.at < 500 ? 'drop' : packet.to === 'client' ? { delay: '100ms' } : undefined
    })
    const { events, send } = await talk(server, client)
    await world.runUntil(() => events.length === 1)
    expect(world.now()).toBeGreaterThan(1000)
    send('a')
    const began = world.now()
    await world.runUntil(() => events.length === 2)
    expect(Math.round(world.now() - began)).toBe(120)
    expect(seen).toEqual(['client:7 P. 97', expect.stringMatching(/^server:\d+ P\. 97$/)])
    lift()
    send('b')
    const again = world.now()
    await world.runUntil(() => events.length === 3)
    expect(Math.round(world.now() - again)).toBe(20)
  })

  it('resets, silences, times out', async () => {
    const { world, server, client } = await pair()
    const first = await talk(server, client)
    await world.runUntil(() => first.events.includes('connect'))
    expect(world.injectReset(server, client)).toBe(1)
    await world.runFor(1)
    expect(first.events).toEqual(['connect', 'ECONNRESET', 'close'])
  })

  it('resets connections over IPv6 too, those of the port that is named', async () => {
    world = await createWorld({ seed: 7, ipv6: true })
    const [server, client] = [world.host('server'), world.host('client')]
    world.lan([server, client], 'delay 10ms')
    const errors: string[] = []
    await server.run(({ net }) => { net.createServer(socket => { socket.on('error', () => undefined) }).listen(7) })
    await client.run(({ net }) => new Promise<void>(resolve => {
      net.connect({ port: 7, host: server.addresses[1] }, resolve).on('error', error => { errors.push((error as NodeJS.ErrnoException).code ?? '') })
    }))
    expect(world.injectReset(server, client, { port: 8 })).toBe(0)
    expect(world.injectReset(server, client, { port: 7 })).toBe(1)
    await world.runFor(1)
    expect(errors).toEqual(['ECONNRESET'])
    expect(world.sockets().map(each => each.kind)).toEqual(['TCP server'])
  })

  it('partitions, and sockets time out in virtual time', async () => {
    const { world, server, client } = await pair()
    const { events, send } = await talk(server, client)
    await world.runUntil(() => events.includes('connect'))
    world.partition(server, client)
    send('lost')
    await world.runFor('29s')
    expect(events).toEqual(['connect'])
    await world.runFor('2s')
    expect(events).toEqual(['connect', 'timeout'])
    world.heal()
    await world.runFor('60s')
    expect(events).toContain('lost')
  })

  it('changes links, names and flows under way', async () => {
    const { world, server, client } = await pair()
    const link = world.links[0]
    const { events, send } = await talk(server, client)
    await world.runUntil(() => events.length === 1)
    link.set('delay 300ms')
    send('a')
    const began = world.now()
    await world.runUntil(() => events.length === 2)
    expect(Math.round(world.now() - began)).toBe(600)
    link.down()
    const refused = client.run(({ net }) => new Promise(resolve => { net.connect(7, 'server').on('error', (error: NodeJS.ErrnoException) => { resolve(error.code) }) }))
    expect(await refused).toMatch(/ENETUNREACH|EHOSTUNREACH/)
    link.up().set('')
    world.dns.fail('server', 'ENOTFOUND')
    await expect(client.run(({ dns }) => dns.promises.lookup('server'))).rejects.toThrow('ENOTFOUND')
    world.dns.heal()
    expect(await client.run(({ dns }) => dns.promises.lookup('server'))).toEqual({ address: '10.0.0.1', family: 4 })
    const lift = world.impairFlow({ protocol: 'udp' }, { loss: 1 })
    send('b')
    await world.runUntil(() => events.length === 3)
    lift()
  })

  it('connections outlive a link that is down for a minute, whether they were sending or not', async () => {
    const { world, server, client } = await pair()
    const { events, send } = await talk(server, client)
    await world.runUntil(() => events.length === 1)
    for (const outage of ['1min', '20s']) {
      world.links[0].down()
      send(outage)
      await world.runFor(outage)
      world.links[0].up()
      await world.runUntil(() => events.includes(outage))
    }
    expect(events.filter(each => each !== 'timeout')).toEqual(['connect', '1min', '20s'])
  })

  it('reads slowly', async () => {
    const { world, server, client } = await pair('')
    await server.run(({ net }) => { net.createServer(socket => { readSlowly(socket, 1_000_000) }).listen(7) })
    const took = await client.run(({ net }) => new Promise<number>(resolve => {
      const began = Date.now()
      const socket = net.connect(7, 'server')
      socket.end(Buffer.alloc(20_000_000), () => { resolve(Date.now() - began) })
    }))
    expect(took).toBeGreaterThan(5000)
    expect(world.now()).toBeLessThan(60_000)
  })

  it('gives programs seeded chance and dates', async () => {
    const { server } = await pair()
    const draw = () => server.run(({ require }) => {
      const crypto = require('node:crypto') as typeof import('node:crypto')
      return [Math.random(), crypto.randomUUID(), crypto.randomBytes(4).toString('hex'), crypto.randomInt(1000)]
    })
    const first = await draw()
    await world?.close()
    const again = await pair()
    expect(await again.server.run(() => Math.random())).toBe(first[0])
  })

  it('waits for zlib, files and hashes before time moves', async () => {
    const { server } = await pair()
    const took = await server.run(async ({ require }) => {
      const zlib = require('node:zlib') as typeof import('node:zlib')
      const fs = require('node:fs') as typeof import('node:fs')
      const crypto = require('node:crypto') as typeof import('node:crypto')
      const began = Date.now()
      setInterval(() => undefined, 1)
      await new Promise(resolve => { zlib.gzip(Buffer.alloc(5_000_000, 'abc'), resolve) })
      await new Promise(resolve => { crypto.pbkdf2('a', 'b', 20_000, 32, 'sha256', resolve) })
      await crypto.subtle.digest('SHA-256', Buffer.alloc(1_000_000))
      await fs.promises.readFile('package.json')
      return Date.now() - began
    })
    expect(took).toBe(0)
  })
})

describe('groups', () => {
  it('groups and the broadcast address go out on the first cable', async () => {
    const { world, server, client } = await pair()
    const heard: string[] = []
    await server.run(({ dgram }) => {
      const socket = dgram.createSocket('udp4').on('message', bytes => { heard.push(String(bytes)) })
      socket.bind(5353, () => { socket.addMembership('224.0.0.251') })
    })
    await client.run(({ dgram }) => {
      const socket = dgram.createSocket('udp4')
      socket.bind(0, () => {
        socket.setBroadcast(true)
        socket.send('to a group', 5353, '224.0.0.251')
        socket.send('to all', 5353, '255.255.255.255')
      })
    })
    await world.runFor('100ms')
    expect(heard).toEqual(['to a group', 'to all'])
  })
})
