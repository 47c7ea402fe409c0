// Every time-out of an HTTP server and of its clients passes in the world's time.

import { afterEach, describe, expect, it } from 'vitest'
import type { HostModules } from './program.ts'
import type { TestHost } from './test-host.ts'
import { createWorld } from './world.ts'
import type { TestWorld } from './world.ts'

let world: TestWorld | undefined

afterEach(async () => {
  await world?.close()
  world = undefined
})

async function pair(): Promise<{ world: TestWorld, server: TestHost, client: TestHost }> {
  world = await createWorld({ seed: 7 })
  const [server, client] = [world.host('server'), world.host('client')]
  world.link(server, client, 'delay 10ms')
  return { world, server, client }
}

/** Sends the pieces, one a second, and tells what came back and when the server hung up. */
function speak(pieces: readonly string[]): (modules: HostModules) => Promise<{ text: string, seconds: number }> {
  return async ({ net, sleep }) => {
    const socket = net.connect(80, 'server')
    const began = performance.now()
    let text = ''
    socket.setEncoding('latin1').on('data', (chunk: string) => { text += chunk })
    const closed = new Promise<void>(resolve => { socket.on('close', () => { resolve() }) })
    for (const piece of pieces) {
      socket.write(piece)
      await sleep(1000)
    }
    await closed
    return { text: text.split('\r\n')[0], seconds: Math.round((performance.now() - began) / 1000) }
  }
}

describe('an http server in a world', () => {
  it.each([
    ['nothing at all', [], { headersTimeout: 20_000, requestTimeout: 60_000, connectionsCheckingInterval: 1000 }, 'HTTP/1.1 408 Request Timeout', 21],
    ['half a header', ['GET / HTT'], { headersTimeout: 20_000, requestTimeout: 60_000, connectionsCheckingInterval: 1000 }, 'HTTP/1.1 408 Request Timeout', 21],
    ['half a body', ['POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n', 'half'], { headersTimeout: 20_000, requestTimeout: 60_000, connectionsCheckingInterval: 1000 },
      'HTTP/1.1 408 Request Timeout', 61],
    ['a request, and then nothing', ['GET / HTTP/1.1\r\nHost: x\r\n\r\n'], { keepAliveTimeout: 7000 }, 'HTTP/1.1 200 OK', 7],
  ] as const)('hangs up on %s', async (_, pieces, options, answer, seconds) => {
    const { server, client } = await pair()
    await server.run(({ http }) => {
      http.createServer(options, (request, response) => { request.resume().on('end', () => { response.end('done') }) }).listen(80)
    })
    const got = await client.run(speak(pieces))
    expect(got.text).toBe(answer)
    expect(Math.abs(got.seconds - seconds)).toBeLessThanOrEqual(1)
  })

  it('lets a quick request pass that comes late', async () => {
    const { server, client } = await pair()
    await server.run(({ http }) => {
      http.createServer({ headersTimeout: 5000, requestTimeout: 10_000, keepAliveTimeout: 60_000, connectionsCheckingInterval: 500 },
        (_, response) => response.end('done')).listen(80)
    })
    const codes = await client.run(async ({ http, sleep }) => {
      const agent = new http.Agent({ keepAlive: true })
      const get = (): Promise<number | undefined> => new Promise((resolve, reject) => {
        http.get('http://server/', { agent }, response => { response.resume().on('end', () => { resolve(response.statusCode) }) }).on('error', reject)
      })
      const first = await get()
      await sleep(30_000)
      return [first, await get()]
    })
    expect(codes).toEqual([200, 200])
  })

  it('is waited for by request.setTimeout, server.setTimeout and AbortSignal.timeout in the world\'s time', async () => {
    const { world, server, client } = await pair()
    await server.run(({ http }) => { http.createServer(() => undefined).listen(80) })
    const waited = await client.run(async ({ http, fetch }) => {
      const began = performance.now()
      await new Promise<void>(resolve => { http.get('http://server/', { timeout: 3000 }).on('timeout', () => { resolve() }) })
      const byTimeout = performance.now() - began
      const name = await fetch('http://server/', { signal: AbortSignal.timeout(5000) }).then(() => 'answered', (error: unknown) => (error as Error).name)
      return { byTimeout: Math.round(byTimeout / 1000), name, inAll: Math.round((performance.now() - began) / 1000) }
    })
    expect(waited).toEqual({ byTimeout: 3, name: 'TimeoutError', inAll: 8 })
    expect(world.now()).toBeGreaterThan(8000)
  })
})
