import { buffer } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { closing, onBadLink, payload } from './bad-link.ts'

const STREAMS = 6

it('http2: six streams at once on one connection without TLS', () => onBadLink(12, async ({ server, client }) => {
  let sessions = 0
  const stop = await server.run(({ http2 }) => {
    const site = http2.createServer().on('session', () => { sessions++ }).on('stream', (stream, headers) => {
      stream.respond({ ':status': 200, path: headers[':path'] })
      stream.pipe(stream)
    }).listen(80)
    return closing(site)
  })
  const body = payload(64_000)
  const seen = await client.run(async ({ http2 }) => {
    const session = http2.connect('http://server')
    const got = await Promise.all(Array.from({ length: STREAMS }, async (_, i) => {
      const stream = session.request({ ':method': 'POST', ':path': `/${i}` })
      const headers = new Promise<string>(done => { stream.on('response', fields => { done(`${fields[':status']} ${String(fields.path)}`) }) })
      stream.end(body)
      return [await headers, body.equals(await buffer(stream))]
    }))
    await new Promise<void>(done => { session.close(done) })
    return got
  })
  expect(seen).toEqual(Array.from({ length: STREAMS }, (_, i) => [`200 /${i}`, true]))
  expect(sessions).toBe(1)
  await server.run(stop)
}))
