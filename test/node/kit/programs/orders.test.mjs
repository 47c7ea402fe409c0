// The example of docs/testing.md under node:test, beside its fake timers and an interceptor of undici. runners.test.ts runs it.
import assert from 'node:assert/strict'
import { afterEach, mock, test } from 'node:test'
import { createWorld, inWorld } from 'sockeye-net/test'
import { MockAgent, getGlobalDispatcher, setGlobalDispatcher, fetch as undiciFetch } from 'undici'

let world
afterEach(() => world?.close())

async function hello() {
  const server = world.host('server')
  const client = world.host('client')
  world.link(server, client, 'delay 50ms loss 2%')
  await server.run(({ http }) => { http.createServer((_, response) => response.end('hello')).listen(80) })
  return client.run(async () => {
    const began = performance.now()
    const text = await (await fetch('http://server/')).text()
    return { text, ms: performance.now() - began }
  })
}

test('a world runs under node:test', async () => {
  world = await createWorld({ seed: 7 })
  const { text, ms } = await hello()
  assert.equal(text, 'hello')
  assert.ok(ms >= 200 && ms < 10_000)
})

test('fake timers before and after a world do not matter', async () => {
  mock.timers.enable({ apis: ['setTimeout'] })
  let rang = false
  setTimeout(() => { rang = true }, 1000)
  mock.timers.tick(1000)
  mock.timers.reset()
  assert.ok(rang)
  world = await createWorld({ seed: 7 })
  assert.equal((await hello()).text, 'hello')
  await world.close()
  mock.timers.enable({ apis: ['setTimeout'] })
  setTimeout(() => { rang = false }, 1000)
  mock.timers.tick(1000)
  mock.timers.reset()
  assert.equal(rang, false)
})

test('an interceptor answers for its own requests, a host\'s fetch goes over the network', async () => {
  const before = getGlobalDispatcher()
  const agent = new MockAgent()
  agent.disableNetConnect()
  agent.get('http://mocked.example').intercept({ path: '/' }).reply(200, 'mocked')
  world = await createWorld({ seed: 7 })
  const mocked = await undiciFetch('http://mocked.example/', { dispatcher: agent })
  assert.equal(await mocked.text(), 'mocked')
  assert.equal((await hello()).text, 'hello')
  await world.close()
  setGlobalDispatcher(before)
})

test('a failure names host, socket and line', async () => {
  await assert.rejects(inWorld({ seed: 7, artifacts: '' }, async inside => {
    const client = inside.host('client')
    inside.link(client, inside.host('server'), 'delay 1ms')
    await client.run(function waitsForEver({ net }) {
      const socket = net.connect({ port: 80, host: 'server', lookup: () => undefined })
      return new Promise(resolve => { socket.on('connect', resolve) })
    })
  }), error => {
    assert.match(error.message, /waitsForEver on host client/)
    assert.match(error.message, /orders\.test\.mjs:\d+/)
    return true
  })
})
