// Names of a world: records of every type, failures, and a name server that is asked over the network.

import { afterEach, describe, expect, it } from 'vitest'
import type { HostModules } from './program.ts'
import type { TestHost } from './test-host.ts'
import { createWorld } from './world.ts'
import type { TestWorld } from './world.ts'

let world: TestWorld | undefined

async function make(options = {}): Promise<TestWorld> { return world = await createWorld({ seed: 7, ...options }) }

afterEach(async () => {
  await world?.close()
  world = undefined
})

const codeOf = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => (error as { code: string }).code)

function addRecords({ dns }: TestWorld): void {
  dns.add('shop.example',
    { type: 'MX', exchange: 'mail.shop.example', priority: 10 }, { type: 'TXT', entries: ['v=spf1', ' -all'] },
    { type: 'SRV', name: 'server', port: 5060, priority: 1, weight: 2 }, { type: 'NS', value: 'ns.shop.example' },
    { type: 'SOA', nsname: 'ns.shop.example', hostmaster: 'root.shop.example', serial: 1, refresh: 2, retry: 3, expire: 4, minttl: 5 },
    { type: 'CAA', critical: 0, issue: 'ca.example' },
    { type: 'NAPTR', flags: 's', service: 'SIP+D2U', regexp: '', replacement: 'sip.shop.example', order: 1, preference: 2 })
  dns.add('www.shop.example', { type: 'CNAME', value: 'server', ttl: 30 })
  dns.add('many.example', ...Array.from({ length: 60 }, (_, i) => ({ type: 'A' as const, address: `192.0.2.${i}`, ttl: 9 })))
}

async function ask({ dns: { promises } }: HostModules): Promise<Record<string, unknown>> {
  const any = await promises.resolveAny('shop.example') as { type: string }[]
  return {
    mx: await promises.resolveMx('shop.example'), txt: await promises.resolveTxt('shop.example'), srv: await promises.resolveSrv('shop.example'),
    soa: (await promises.resolveSoa('shop.example')).serial, caa: await promises.resolveCaa('shop.example'),
    naptr: (await promises.resolveNaptr('shop.example')).length, ns: await promises.resolveNs('shop.example'), any: any.map(each => each.type).sort(),
    alias: await promises.resolve4('www.shop.example', { ttl: true }), cname: await promises.resolveCname('www.shop.example'),
    lookup: (await promises.lookup('www.shop.example')).address, host: await promises.resolve4('server'), many: (await promises.resolve4('many.example')).length,
    reverse: await promises.reverse('10.0.0.1'), nothing: await codeOf(promises.resolve4('nowhere.example')),
    noSuchRecord: await codeOf(promises.resolveMx('server')), noName: await codeOf(promises.lookup('nowhere.example')),
  }
}

const ANSWERS = {
  mx: [{ exchange: 'mail.shop.example', priority: 10 }], txt: [['v=spf1', ' -all']], srv: [{ name: 'server', port: 5060, priority: 1, weight: 2 }],
  soa: 1, caa: [{ critical: 0, issue: 'ca.example' }], naptr: 1, ns: ['ns.shop.example'], any: ['CAA', 'MX', 'NAPTR', 'NS', 'SOA', 'SRV', 'TXT'],
  alias: [{ address: '10.0.0.1', ttl: 30 }], cname: ['server'], lookup: '10.0.0.1', host: ['10.0.0.1'], many: 60, reverse: ['server'],
  nothing: 'ENOTFOUND', noSuchRecord: 'ENODATA', noName: 'ENOTFOUND',
}

function hosts(world: TestWorld, options = {}): { server: TestHost, client: TestHost, names: TestHost } {
  const [server, client, names] = [world.host('server'), world.host('client', options), world.host('names')]
  world.lan([server, client, names], 'delay 10ms')
  return { server, client, names }
}

describe('names without a name server', () => {
  it('have records of every type', async () => {
    const world = await make()
    addRecords(world)
    expect(await hosts(world).client.run(ask)).toEqual(ANSWERS)
    expect(world.now()).toBe(0)
  })

  it.each([['NXDOMAIN', 'ENOTFOUND', 'ENOTFOUND'], ['SERVFAIL', 'ESERVFAIL', 'EAI_AGAIN'], ['REFUSED', 'EREFUSED', 'EAI_AGAIN'],
    ['NODATA', 'ENODATA', 'ENOTFOUND'], ['timeout', 'ETIMEOUT', 'EAI_AGAIN']] as const)('fail by %s', async (how, resolved, lookedUp) => {
    const world = await make()
    const { client } = hosts(world)
    world.dns.fail('server', how)
    const codes = await client.run(async ({ dns: { promises } }) => [await codeOf(promises.resolve4('server')), await codeOf(promises.lookup('server'))])
    expect(codes).toEqual([resolved, lookedUp])
    world.dns.heal('server')
    expect(await client.run(({ dns: { promises } }) => promises.resolve4('server'))).toEqual(['10.0.0.1'])
  })
})

describe('a name server on a host', () => {
  it('answers over the network, long answers by TCP', async () => {
    const world = await make()
    const { client, names } = hosts(world)
    addRecords(world)
    world.nameServer(names)
    expect(await client.run(ask)).toEqual(ANSWERS)
    expect(world.now()).toBeGreaterThan(17 * 40)
    expect(await client.run(({ dns }) => dns.getServers())).toEqual([names.address])
    world.expectNoLeaks()
  })

  it('is missed when the network loses it, and back after a restart', async () => {
    const world = await make()
    const { client, names } = hosts(world)
    world.nameServer(names)
    names.crash()
    const began = world.now()
    expect(await client.run(({ dns: { promises } }) => codeOf(promises.lookup('server')))).toBe('EAI_AGAIN')
    expect(world.now() - began).toBeGreaterThanOrEqual(10_000)
    await names.restart()
    expect(await client.run(({ dns: { promises } }) => promises.lookup('server'))).toEqual({ address: '10.0.0.1', family: 4 })
  })

  it('is asked each time, unless the host keeps answers for their time to live', async () => {
    const asked: Record<string, number> = {}
    for (const dnsCache of [false, true]) {
      const world = await make()
      const { client, names } = hosts(world, { dnsCache })
      world.nameServer(names)
      world.dns.add('short.example', { type: 'A', address: '192.0.2.1', ttl: 60 })
      let questions = 0
      world.rule(packet => { if (packet.destination === names.address && packet.destinationPort === 53) questions++; return undefined })
      await client.run(async ({ dns: { promises }, sleep }) => {
        await promises.lookup('short.example', 4)
        await promises.lookup('short.example', 4)
        await sleep(61_000)
        await promises.lookup('short.example', 4)
      })
      asked[String(dnsCache)] = questions
      await world.close()
    }
    expect(asked.true).toBeLessThan(asked.false)
    expect(asked.true * 3).toBe(asked.false * 2)
  })
})
