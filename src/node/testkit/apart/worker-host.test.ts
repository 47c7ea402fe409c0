// Hosts with a thread of their own in a world: rows P, architecture "test kit".

import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, describe, expect, it } from 'vitest'
import { buildIfStale } from '../../../../test/support/programs.ts'
import { createWorld } from '../world.ts'
import type { TestWorld } from '../world.ts'
import type { TestWorldOptions } from '../world-options.ts'
import type { LinkSpec } from '../test-link.ts'
import type { WorkerHost } from './worker-host.ts'

const program = (name: string): string => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url))

interface Answer { readonly url: string, readonly visits: number, readonly at: number }

interface Answers { readonly answers: readonly Answer[], readonly ms: number }

beforeAll(buildIfStale, 300_000)

let world: TestWorld

afterEach(async () => { await world.close() })

async function two(spec: LinkSpec = 'delay 25ms', options: TestWorldOptions = {}): Promise<{ api: WorkerHost, shop: WorkerHost }> {
  world = await createWorld({ seed: 7, ...options })
  const [api, shop] = [world.workerHost('api'), world.workerHost('shop')]
  world.link(api, shop, spec)
  return { api, shop }
}

describe('hosts with a thread of their own', () => {
  it('serve and fetch over the link, on the world\'s time, with globals of their own', async () => {
    const { api, shop } = await two()
    const { thread } = await api.run<{ thread: number }>(program('server.cjs'))
    expect(thread).toBeGreaterThan(0)
    const { answers, ms } = await shop.run<Answers>(program('client.mjs'))
    expect(answers.map(each => [each.url, each.visits])).toEqual([['/0', 1], ['/1', 1], ['/2', 1]])
    // Date and time-outs are the world's: three requests of at least a round trip of 50 ms, and three naps.
    expect(answers[2].at - answers[0].at).toBeGreaterThanOrEqual(300)
    expect(answers[0].at).toBeGreaterThanOrEqual(Date.UTC(2030, 0, 1))
    expect(ms).toBeGreaterThanOrEqual(500)
    expect(ms).toBeLessThan(1000)
    expect(globalThis).not.toHaveProperty('visits')
  })

  it('talk with hosts that live in this thread', async () => {
    world = await createWorld({ seed: 7 })
    const [api, here] = [world.workerHost('api'), world.host('here')]
    world.lan([api, here], 'delay 5ms')
    await api.run(program('server.cjs'))
    const text = await here.run(async ({ fetch }) => (await fetch('http://api/from-here')).text())
    expect(JSON.parse(text)).toMatchObject({ url: '/from-here' })
  })

  it('make the same world of the same seed, and another of another', async () => {
    const once = async (seed: number): Promise<string> => {
      const { api, shop } = await two('delay 10ms 3ms loss 10%', { seed })
      await api.run(program('server.cjs'))
      const { answers } = await shop.run<Answers>(program('client.mjs'))
      const hash = world.traceHash()
      await world.close()
      return `${hash} ${JSON.stringify(answers)}`
    }
    const first = await once(3)
    expect(await once(3)).toBe(first)
    expect(await once(4)).not.toBe(first)
  })

  it('are killed, which the peer is told, and crash, which it is not', async () => {
    world = await createWorld({ seed: 7 })
    const [api, here] = [world.workerHost('api'), world.host('here')]
    world.link(api, here, 'delay 5ms')
    const seen: string[] = []
    const connect = (): Promise<void> => here.enter(({ net }) => new Promise(resolve => {
      const socket = net.connect(80, 'api', resolve)
      socket.on('error', error => { seen.push((error as NodeJS.ErrnoException).code ?? '') }).on('close', () => { seen.push('close') })
      socket.resume()
    }))
    await api.start(program('server.cjs'))
    void connect()
    await world.runFor('1s')
    api.kill()
    await world.runFor('1s')
    expect(seen).toEqual(['close'])
    expect(world.sockets()).toEqual([])
    await api.restart()
    void connect()
    await world.runFor('1s')
    expect(world.sockets().map(each => `${each.host} ${each.kind}`).sort()).toEqual(['api TCP', 'api TCP server', 'here TCP'])
    api.crash()
    await world.runFor('10s')
    expect(seen).toEqual(['close'])
    expect(api.isUp).toBe(false)
    await api.restart()
    expect(await here.run(async ({ fetch }) => (await fetch('http://api/again')).status)).toBe(200)
  })

  it('get resets that nobody sent, and so do their peers', async () => {
    world = await createWorld({ seed: 7 })
    const [api, here] = [world.workerHost('api'), world.host('here')]
    world.link(api, here, 'delay 5ms')
    await api.run(program('server.cjs'))
    const errors: unknown[] = []
    await here.run(({ net }) => new Promise<void>(resolve => {
      net.connect(80, 'api', resolve).on('error', error => { errors.push((error as NodeJS.ErrnoException).code) })
    }))
    await world.runFor('1s')
    expect(world.injectReset(api, here, { port: 81 })).toBe(0)
    expect(world.injectReset(api, here)).toBe(1)
    await world.runFor('1s')
    expect(errors).toEqual(['ECONNRESET'])
    expect(world.sockets().map(each => `${each.host} ${each.kind}`)).toEqual(['api TCP server'])
  })

  it('serve names, also after they booted again', async () => {
    world = await createWorld({ seed: 7 })
    const [names, here] = [world.workerHost('names'), world.host('here')]
    world.link(names, here, 'delay 5ms')
    world.dns.add('shop.example', { type: 'A', address: '192.0.2.1' })
    world.nameServer(names)
    const ask = (): Promise<string> => here.run(async ({ dns: { promises } }) => (await promises.lookup('shop.example')).address)
    const began = world.now()
    expect(await ask()).toBe('192.0.2.1')
    expect(world.now() - began).toBeGreaterThanOrEqual(10)
    await names.restart()
    world.dns.set('late.example', '192.0.2.2')
    expect(await ask()).toBe('192.0.2.1')
    expect(await here.run(async ({ dns: { promises } }) => (await promises.lookup('late.example')).address)).toBe('192.0.2.2')
  })

  it('fail with their name and the line: thrown, refused, ended early', async () => {
    const { api, shop } = await two()
    await api.run(program('server.cjs'))
    await expect(shop.run(program('throws.cjs'))).rejects.toThrow(/host shop threw: RangeError: too far\n +at .*late.*throws\.cjs:2/)
    await expect(shop.run(program('refused.cjs'))).rejects.toMatchObject({ code: 'ECONNREFUSED', syscall: 'connect', address: '10.0.0.1', port: 81 })
    await expect(shop.run(program('exits.cjs'))).rejects.toMatchObject({ name: 'HostFailure', exitCode: 3 })
    await expect(shop.run(program('missing.cjs'))).rejects.toThrow(/missing\.cjs/)
    expect(() => shop.run((() => 1) as unknown as string)).toThrow(TypeError)
  })

  it('cannot cut their own power, and go on when they try', async () => {
    const { api, shop } = await two()
    expect(await api.run<string>(program('cuts-own-power.cjs'))).toMatch(/crashed and restarted by the test/)
    await api.run(program('server.cjs'))
    expect((await shop.run<Answers>(program('client.mjs'))).answers).toHaveLength(3)
  })

  it('die of their own memory limit, and the world with its other hosts goes on', async () => {
    world = await createWorld({ seed: 7 })
    const glutton = world.workerHost('glutton', { worker: { resourceLimits: { maxOldGenerationSizeMb: 32 } } })
    const other = world.host('other')
    world.link(glutton, other)
    await expect(glutton.run(program('eats.cjs'))).rejects.toThrow(/host glutton lost its thread: .*memory/)
    expect(glutton.isUp).toBe(false)
    expect(await other.run(() => 'here')).toBe('here')
  })

  it('stand in the report of a world that is stuck: what they wait for, their sockets and where those were opened', async () => {
    const { api, shop } = await two()
    await api.run(program('server.cjs'))
    const stuck = shop.run(program('hangs.cjs'))
    // http closes a silent connection after its time-outs; before that nothing is late.
    const error = await world.runUntil(() => false, { timeout: '5s' }).catch((each: unknown) => each)
    expect(String(error)).toMatch(/host api \(10\.0\.0\.1\)\n +socket TCP server :::80, opened at .*server\.cjs:10/)
    expect(String(error)).toMatch(/host shop \(10\.0\.0\.2\)\n +waits in .*hangs\.cjs[^]*TCP 10\.0\.0\.2:\d+ -> 10\.0\.0\.1:80, opened at .*hangs\.cjs:4/)
    stuck.catch(() => undefined)
  })

  it('are cut off by rules, partitions and pulled plugs as all others', async () => {
    const { api, shop } = await two('delay 25ms', { limit: '1min' })
    await api.run(program('server.cjs'))
    let packets = 0
    world.rule(() => {
      packets++
      return undefined
    })
    await shop.run(program('client.mjs'))
    expect(packets).toBeGreaterThan(10)
    world.partition(api)
    await expect(shop.run(program('client.mjs'))).rejects.toThrow(/client\.mjs on host shop was not done within 60000 ms/)
    world.links[0].down()
    await expect(shop.run(program('refused.cjs'))).rejects.toMatchObject({ code: 'ENETUNREACH' })
  })
})
