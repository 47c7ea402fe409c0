import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { createSecureContext, connect as connectTls, TLSSocket } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { parseIp } from '../base/address/ip.ts'
import { pair } from '../sim/topology.ts'
import { World } from '../sim/world.ts'
import { createSockets } from './sockets.ts'
import type { Sockets, SocketsOptions } from './sockets.ts'
import type { StreamSocket, TlsProvider } from './stream-socket.ts'

const LOSSY = { delay: '10ms', loss: '5%' }

function twoHosts(spec: object = {}, options: SocketsOptions = {}): { world: World, client: Sockets, server: Sockets } {
  const world = new World({ seed: 7, settle: () => new Promise(resolve => { setImmediate(resolve) }) })
  const { a, b } = pair(world, spec)
  return { world, client: createSockets(a.spawn('client'), options), server: createSockets(b.spawn('server')) }
}

async function text(stream: ReadableStream<Uint8Array>): Promise<string> {
  let all = ''
  for await (const chunk of stream as unknown as AsyncIterable<Uint8Array>) all += new TextDecoder('latin1').decode(chunk)
  return all
}

async function say(socket: StreamSocket, words: string): Promise<void> {
  const writer = socket.writable.getWriter()
  await writer.write(new TextEncoder().encode(words))
  await writer.close()
}

describe('connect() and listen() as streams', () => {
  it('a listener is walked, an echo is a pipe, and all bytes pass a bad link', async () => {
    const { world, client, server } = twoHosts(LOSSY)
    const listener = server.listen({ port: 80 })
    const serving = (async () => {
      for await (const socket of listener) void socket.readable.pipeTo(socket.writable)
    })()
    const words = 'sockeye '.repeat(40_000)
    const socket = client.connect('10.0.0.2:80', { allowHalfOpen: true })
    const [, back] = await world.runUntilDone(Promise.all([say(socket, words), text(socket.readable)]))
    expect(back).toBe(words)
    expect(await world.runUntilDone(socket.closed)).toBeUndefined()
    listener.close()
    await world.runUntilDone(serving)
  })

  it('opened tells both ends, in either family', async () => {
    const { world, client, server } = twoHosts()
    const listener = server.listen({ port: 81 })
    await world.runFor(2000) // duplicate address detection
    for (const [address, remote] of [['10.0.0.2:81', '10.0.0.2:81'], [{ hostname: '[fd00::2]', port: 81 }, '[fd00::2]:81']] as const) {
      const socket = client.connect(address)
      const info = await world.runUntilDone(socket.opened)
      const other = await world.runUntilDone(listener.accept())
      expect(info).toMatchObject({ remoteAddress: remote, alpn: null })
      expect((await other?.opened)?.remoteAddress).toBe(info.localAddress)
      await world.runUntilDone(socket.close())
    }
    listener.close()
  })

  it('names are resolved, address after address', async () => {
    const resolve = (name: string): Promise<never> => Promise.resolve(name === 'web' ? ['fd00::99', '10.0.0.2'].map(parseIp) : 'ENOTFOUND') as Promise<never>
    const { world, client, server } = twoHosts({}, { resolve })
    server.listen({ port: 80 })
    const info = await world.runUntilDone(client.connect('web:80').opened)
    expect(info.remoteAddress).toBe('10.0.0.2:80')
    const missing = client.connect('nobody:80')
    await expect(world.runUntilDone(missing.opened)).rejects.toMatchObject({ name: 'SocketError', code: 'ENOTFOUND' })
    await expect(missing.closed).rejects.toThrow(TypeError)
    await expect(missing.readable.getReader().read()).rejects.toMatchObject({ code: 'ENOTFOUND' })
  })

  it('a refusal rejects opened and closed', async () => {
    const { world, client } = twoHosts()
    const socket = client.connect({ hostname: '10.0.0.2', port: 9 })
    await expect(world.runUntilDone(socket.opened)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    await expect(world.runUntilDone(socket.closed)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
  })

  it('without allowHalfOpen the end of reading is the end of writing', async () => {
    const { world, client, server } = twoHosts()
    const listener = server.listen({ port: 80 })
    const accepted = listener.accept()
    const socket = client.connect('10.0.0.2:80')
    const other = await world.runUntilDone(accepted)
    void other?.writable.close()
    expect(await world.runUntilDone(text(socket.readable))).toBe('')
    expect(await world.runUntilDone(socket.closed)).toBeUndefined()
    await expect(socket.writable.getWriter().write(new Uint8Array(1))).rejects.toMatchObject({ code: 'EPIPE' })
  })

  it('an abort resets the connection', async () => {
    const { world, client, server } = twoHosts()
    const listener = server.listen({ port: 80 })
    const accepted = listener.accept()
    const socket = client.connect('10.0.0.2:80')
    const other = await world.runUntilDone(accepted)
    const reading: Promise<unknown> = other?.readable.getReader().read() ?? Promise.resolve()
    await expect(world.runUntilDone(socket.close(new Error('enough')))).rejects.toThrow('enough')
    await expect(world.runUntilDone(reading)).rejects.toMatchObject({ code: 'ECONNRESET' })
  })

  it('a reader that does not read stops the writer', async () => {
    const { world, client, server } = twoHosts()
    const listener = server.listen({ port: 80 })
    const accepted = listener.accept()
    const socket = client.connect('10.0.0.2:80')
    await world.runUntilDone(accepted)
    const writer = socket.writable.getWriter()
    let written = 0
    const flood = (async () => {
      for (;;) {
        await writer.write(new Uint8Array(65_536))
        written += 65_536
      }
    })()
    flood.catch(() => undefined)
    await world.runFor(60_000)
    const full = written
    await world.runFor(60_000)
    expect(written).toBe(full)
    expect(written).toBeLessThan(16 << 20)
  })

  it('what is no bytes, no address and no TLS is refused', async () => {
    const { world, client, server } = twoHosts()
    server.listen({ port: 80 })
    const socket = client.connect('10.0.0.2:80')
    await expect(world.runUntilDone(socket.writable.getWriter().write('text' as never))).rejects.toThrow(TypeError)
    for (const bad of ['nonsense', 'host:99999', { hostname: 'x', port: 0 }]) expect(() => client.connect(bad)).toThrow(TypeError)
    expect(() => server.listen({ port: 80 })).toThrow(expect.objectContaining({ code: 'EADDRINUSE' }) as Error)
    expect(() => socket.startTls()).toThrow(expect.objectContaining({ code: 'EINVAL' }) as Error)
    await expect(world.runUntilDone(client.connect('10.0.0.2:80', { secureTransport: 'on' }).opened)).rejects.toMatchObject({ code: 'EPROTONOSUPPORT' })
  })
})

describe('TLS by a provider', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sockeye-web-'))
  execFileSync('openssl', ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', join(folder, 'key'),
    '-out', join(folder, 'cert'), '-subj', '/CN=web', '-addext', 'subjectAltName=DNS:web', '-days', '2'], { stdio: 'ignore' })
  const key = readFileSync(join(folder, 'key'))
  const cert = readFileSync(join(folder, 'cert'))
  rmSync(folder, { recursive: true })

  const tls: TlsProvider = (transport, { servername, alpn }) => new Promise((resolve, reject) => {
    const secure = connectTls({ socket: Duplex.fromWeb(transport as never), servername, ALPNProtocols: [...alpn], ca: cert }, () => {
      resolve({ ...Duplex.toWeb(secure) as never as Awaited<ReturnType<TlsProvider>>, alpn: secure.alpnProtocol || null })
    })
    secure.on('error', reject)
  })

  it.each(['on', 'starttls'] as const)('%s', async secureTransport => {
    const { world, client, server } = twoHosts({}, { tls })
    const listener = server.listen({ port: 443 })
    const accepted = listener.accept()
    const plain = client.connect('10.0.0.2:443', { secureTransport, sni: 'web', alpn: ['fish'] })
    const other = await world.runUntilDone(accepted)
    const context = createSecureContext({ key, cert })
    const engine = new TLSSocket(Duplex.fromWeb(other as never), { isServer: true, secureContext: context, ALPNProtocols: ['fish'] })
    engine.on('data', bytes => { engine.end(`${String(bytes)} back`) })
    const socket = secureTransport === 'on' ? plain : plain.startTls()
    expect(plain.upgraded).toBe(secureTransport === 'starttls')
    expect((await world.runUntilDone(socket.opened)).alpn).toBe('fish')
    const writer = socket.writable.getWriter()
    void writer.write(new TextEncoder().encode('there and'))
    expect(await world.runUntilDone(text(socket.readable))).toBe('there and back')
  })
})
