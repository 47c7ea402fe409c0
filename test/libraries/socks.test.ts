import socks5 from '@pondwader/socks5-server'
import { SocksClient } from 'socks'
import { expect, it } from 'vitest'
import { LINK, closing, onBadLink, payload } from './bad-link.ts'

it('socks: connections through a third host, a name resolved there, a wrong password', () => onBadLink(20, async ({ world, server, client }) => {
  const proxy = world.host('proxy')
  world.link(proxy, client, LINK)
  world.link(proxy, server, LINK)
  const seenFrom: (string | undefined)[] = []
  const stop = await server.run(({ net }) => closing(net.createServer(socket => {
    seenFrom.push(socket.remoteAddress)
    socket.pipe(socket)
  }).listen(7)))
  const stopProxy = await proxy.run(() => closing({
    close: (server => (done: () => void) => { server.close(done) })(socks5.createServer({ port: 1080, hostname: '0.0.0.0', auth: { username: 'me', password: 'secret' } })),
  }))
  const body = payload(100_000)
  const seen = await client.run(async () => {
    const connect = (host: string, password: string): Promise<{ socket: NodeJS.ReadWriteStream }> => SocksClient.createConnection({
      proxy: { host: 'proxy', port: 1080, type: 5, userId: 'me', password }, command: 'connect', destination: { host, port: 7 }, timeout: 20_000,
    })
    const echoed = await Promise.all(['server', server.address, 'server'].map(async host => {
      const { socket } = await connect(host, 'secret')
      const chunks: Buffer[] = []
      const whole = new Promise<void>(done => {
        let got = 0
        socket.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
          got += chunk.length
          if (got === body.length) done()
        })
      })
      socket.write(body)
      await whole
      socket.end()
      return body.equals(Buffer.concat(chunks))
    }))
    const error = await connect('server', 'wrong').catch((reason: unknown) => reason) as Error
    return [echoed, error.message]
  })
  expect(seen).toEqual([[true, true, true], 'Socks5 Authentication failed'])
  expect(seenFrom.map(each => each?.replace('::ffff:', ''))).toEqual([proxy.address, proxy.address, proxy.address])
  await proxy.run(stopProxy)
  await server.run(stop)
}))
