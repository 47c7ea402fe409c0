// RFC 2385: two hosts that share a key talk, whoever does not know it is not heard.

import { describe, expect, it } from 'vitest'
import { parseIp } from '../../src/base/address/ip.ts'
import type { IpAddress } from '../../src/base/address/ip.ts'
import {
  AF_INET, AF_INET6, IPPROTO_TCP, SOCK_NONBLOCK, SOCK_STREAM, SOL_TCP, TCP_MD5SIG, TCP_MD5SIG_EXT,
} from '../../src/base/posix.ts'
import { World } from '../../src/sim/world.ts'
import type { Process } from '../../src/kernel/process.ts'

function md5Option(peer: string, key: string, prefixLength?: number): Uint8Array {
  const bytes = new Uint8Array(216)
  const address = parseIp(peer) as IpAddress
  bytes[0] = address.family === 4 ? AF_INET : AF_INET6
  address.writeTo(bytes, address.family === 4 ? 4 : 8)
  if (prefixLength !== undefined) {
    bytes[128] = 1
    bytes[129] = prefixLength
  }
  bytes[130] = key.length
  bytes.set(new TextEncoder().encode(key), 136)
  return bytes
}

interface Pair {
  readonly world: World
  readonly client: Process
  readonly server: Process
  counters(side: 'a' | 'b'): Record<string, number>
  finish(): void
}

const FAMILIES = [
  { name: 'IPv4', family: AF_INET, a: '198.18.0.1', b: '198.18.0.2', net: '198.18.0.0', bits: 24 },
  { name: 'IPv6', family: AF_INET6, a: 'fd00:5eed::1', b: 'fd00:5eed::2', net: 'fd00:5eed::', bits: 64 },
]

describe.each(FAMILIES)('TCP-MD5 over $name', ({ family, a, b, net, bits }) => {
  function pair(): Pair {
    const world = new World({ seed: 5 })
    const [hostA, hostB] = [world.host('a'), world.host('b')]
    world.cable(hostA, hostB, { medium: 'ip', impair: 'delay 5ms', addresses: [`${a}/${bits}`, `${b}/${bits}`] })
    return {
      world, client: hostA.spawn(), server: hostB.spawn(),
      counters: side => (side === 'a' ? hostA : hostB).namespace.mib.tcpExt,
      finish: () => { hostA.close(); hostB.close() },
    }
  }

  function address(text: string, port: number): never {
    const base = { address: parseIp(text) as IpAddress, port }
    return (family === AF_INET ? { family: 'AF_INET', ...base } : { family: 'AF_INET6', ...base, flowInfo: 0, scopeId: 0 }) as never
  }

  async function attempt(clientKey: string | undefined, serverKey: Uint8Array | undefined,
    serverName: number): Promise<{ got: number, counters: Record<string, number> }> {
    const bytes = 5000
    const { world, client, server, counters, finish } = pair()
    await world.runFor(3000)
    const listener = server.sys.socket(family, SOCK_STREAM, IPPROTO_TCP) as number
    if (serverKey !== undefined) expect(server.sys.setsockopt(listener, SOL_TCP, serverName, serverKey)).toBe(0)
    expect(server.sys.bind(listener, address(b, 179))).toBe(0)
    expect(server.sys.listen(listener, 5)).toBe(0)
    const fd = client.sys.socket(family, SOCK_STREAM | SOCK_NONBLOCK, IPPROTO_TCP) as number
    if (clientKey !== undefined) expect(client.sys.setsockopt(fd, SOL_TCP, TCP_MD5SIG, md5Option(b, clientKey))).toBe(0)
    let got = 0
    const serving = (async (): Promise<void> => {
      const accepted = await server.accept(listener)
      if (typeof accepted !== 'number') return
      const buffer = new Uint8Array(65536)
      for (;;) {
        const n = await server.read(accepted, buffer, 0, buffer.length)
        if (typeof n !== 'number' || n === 0) return
        got += n
      }
    })()
    void serving
    client.sys.connect(fd, address(b, 179))
    await world.runFor(500)
    client.sys.write(fd, new Uint8Array(bytes), 0, bytes)
    client.sys.close(fd)
    await world.runFor(3000)
    const result = { ...counters('b') }
    finish()
    return { got, counters: result }
  }

  it('the same key on both sides: bytes arrive', async () => {
    const { got, counters } = await attempt('secret', md5Option(a, 'secret'), TCP_MD5SIG)
    expect(got).toBe(5000)
    expect([counters.TCPMD5Failure, counters.TCPMD5NotFound, counters.TCPMD5Unexpected]).toEqual([0, 0, 0])
  })

  it('the key of a prefix of peers (TCP_MD5SIG_EXT)', async () => {
    expect((await attempt('secret', md5Option(net, 'secret', bits), TCP_MD5SIG_EXT)).got).toBe(5000)
  })

  it('another key: silence, counted', async () => {
    const { got, counters } = await attempt('secret', md5Option(a, 'Secret'), TCP_MD5SIG)
    expect(got).toBe(0)
    expect(counters.TCPMD5Failure).toBeGreaterThan(0)
  })

  it('no key here, one there', async () => {
    expect((await attempt(undefined, md5Option(a, 'secret'), TCP_MD5SIG)).counters.TCPMD5NotFound).toBeGreaterThan(0)
    expect((await attempt('secret', undefined, TCP_MD5SIG)).counters.TCPMD5Unexpected).toBeGreaterThan(0)
  })
})

it('a key is replaced and taken away; nonsense is refused', () => {
  const world = new World({ seed: 1 })
  const host = world.host('h')
  const { sys } = host.spawn()
  const fd = sys.socket(AF_INET, SOCK_STREAM, IPPROTO_TCP) as number
  expect(sys.setsockopt(fd, SOL_TCP, TCP_MD5SIG, md5Option('198.18.0.9', ''))).toBe('ENOENT')
  expect(sys.setsockopt(fd, SOL_TCP, TCP_MD5SIG, md5Option('198.18.0.9', 'k'))).toBe(0)
  expect(sys.setsockopt(fd, SOL_TCP, TCP_MD5SIG, md5Option('198.18.0.9', ''))).toBe(0)
  expect(sys.setsockopt(fd, SOL_TCP, TCP_MD5SIG, new Uint8Array(100))).toBe('EINVAL')
  expect(sys.setsockopt(fd, SOL_TCP, TCP_MD5SIG, md5Option('fd00:5eed::1', 'k'))).toBe('EINVAL')
  expect(sys.setsockopt(fd, SOL_TCP, TCP_MD5SIG_EXT, md5Option('198.18.0.0', 'k', 33))).toBe('EINVAL')
  host.close()
})
