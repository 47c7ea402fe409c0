import { once } from 'node:events'
import { buffer, json } from 'node:stream/consumers'
import type { IncomingMessage } from 'node:http'
import { expect, it } from 'vitest'
import { certificate, closing, onBadLink, payload } from './bad-link.ts'

const pem = certificate()

it('tls: a certificate checked at both ends of a name, data there and back, an orderly end', () => onBadLink(13, async ({ server, client }) => {
  const stop = await server.run(({ tls }) => closing(tls.createServer({ key: pem, cert: pem, ALPNProtocols: ['echo'] }, socket => { socket.pipe(socket) }).listen(443)))
  const body = payload()
  const seen = await client.run(async ({ tls }) => {
    const connect = (servername: string): ReturnType<typeof tls.connect> =>
      tls.connect({ host: 'server', port: 443, ca: pem, servername, ALPNProtocols: ['echo'] })
    const wrong = connect('other')
    const [error] = await once(wrong, 'error').catch((reason: unknown) => [reason]) as [NodeJS.ErrnoException]
    const socket = connect('server')
    await once(socket, 'secureConnect')
    socket.end(body)
    return [error.code, socket.authorized, socket.getProtocol(), socket.alpnProtocol, body.equals(await buffer(socket))]
  })
  expect(seen).toEqual(['ERR_TLS_CERT_ALTNAME_INVALID', true, 'TLSv1.3', 'echo', true])
  await server.run(stop)
}))

it('https: requests on one kept connection', () => onBadLink(14, async ({ server, client }) => {
  const stop = await server.run(({ https }) => {
    const site = https.createServer({ key: pem, cert: pem }, (request, response) => {
      void buffer(request).then(body => {
        const { encrypted } = request.socket as unknown as { encrypted: boolean }
        response.end(JSON.stringify([request.url, body.length, encrypted]))
      })
    }).listen(443)
    return closing(site)
  })
  const seen = await client.run(async ({ https }) => {
    const agent = new https.Agent({ ca: pem, keepAlive: true, maxSockets: 1 })
    const got = []
    for (const path of ['/a', '/b', '/c']) {
      const request = https.request({ host: 'server', path, method: 'POST', agent })
      request.end(payload(100_000))
      const [response] = await once(request, 'response') as [IncomingMessage]
      got.push([...await json(response) as unknown[], request.reusedSocket])
    }
    agent.destroy()
    return got
  })
  expect(seen).toEqual([['/a', 100_000, true, false], ['/b', 100_000, true, true], ['/c', 100_000, true, true]])
  await server.run(stop)
}))
