import { describe, expect, it } from 'vitest'
import { IpAddress } from '../../src/base/address/ip.ts'
import { AF_INET, SOCK_STREAM } from '../../src/base/posix.ts'
import type { SocketAddress } from '../../src/sock/socket-address.ts'
import { lone } from '../support/pair.ts'

const at = (port: number): SocketAddress => ({ family: 'AF_INET', address: IpAddress.LOOPBACK4, port })

describe('TCP through awaited calls', () => {
  it('echoes over loopback and ends cleanly (N1)', async () => {
    const { host, run, memory, settle } = lone()
    const server = host.spawn('server')
    const client = host.spawn('client')
    const listener = server.sys.socket(AF_INET, SOCK_STREAM, 0) as number
    expect(server.sys.bind(listener, at(80))).toBe(0)
    expect(server.sys.listen(listener, 5)).toBe(0)
    const echo = async (): Promise<void> => {
      const fd = await server.accept(listener) as number
      const buffer = new Uint8Array(1000)
      for (;;) {
        const n = await server.recv(fd, buffer, 0, 1000, 0)
        if (typeof n === 'string' || n === 0) break
        await server.send(fd, buffer, 0, n, 0)
      }
      server.sys.close(fd)
    }
    const talk = async (): Promise<number> => {
      const fd = client.sys.socket(AF_INET, SOCK_STREAM, 0) as number
      expect(await client.connect(fd, at(80))).toBe(0)
      const data = new Uint8Array(100).fill(7)
      let got = 0
      for (let i = 0; i < 50; i++) {
        expect(await client.send(fd, data, 0, 100, 0)).toBe(100)
        const n = await client.recv(fd, data, 0, 100, 0x100)
        got += n as number
      }
      client.sys.close(fd)
      return got
    }
    const [got] = await run(() => Promise.all([talk(), echo()]))
    expect(got).toBe(5000)
    await settle(100)
    expect(memory.leakReport()).toEqual([])
    host.close()
  })

  it('refuses where nobody listens', async () => {
    const { host, run } = lone()
    const client = host.spawn('client')
    const fd = client.sys.socket(AF_INET, SOCK_STREAM, 0) as number
    expect(await run(() => client.connect(fd, at(81)))).toBe('ECONNREFUSED')
  })
})
