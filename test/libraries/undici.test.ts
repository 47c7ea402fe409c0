import { Agent, Client, fetch, request } from 'undici'
import { expect, it } from 'vitest'
import { closing, onBadLink, payload } from './bad-link.ts'

it('undici: Client, request and fetch, bodies there and back', () => onBadLink(11, async ({ server, client }) => {
  const stop = await server.run(({ http }) => {
    const site = http.createServer((request, response) => { request.pipe(response.writeHead(200, { path: request.url })) }).listen(80)
    return closing(site)
  })
  const body = payload()
  const seen = await client.run(async () => {
    const [one, agent] = [new Client('http://server'), new Agent()]
    const first = await one.request({ path: '/client', method: 'POST', body })
    const got = [[first.statusCode, first.headers.path, body.equals(Buffer.from(await first.body.arrayBuffer()))]]
    const answers = await Promise.all(['a', 'b', 'c'].map(name => request(`http://server/${name}`, { method: 'PUT', body: name, dispatcher: agent })))
    for (const each of answers) got.push([each.statusCode, each.headers.path, await each.body.text()])
    const fetched = await fetch('http://server/fetch', { method: 'POST', body, dispatcher: agent })
    got.push([fetched.status, fetched.headers.get('path') ?? '', body.equals(Buffer.from(await fetched.arrayBuffer()))])
    await Promise.all([one.close(), agent.close()])
    return got
  })
  expect(seen).toEqual([[200, '/client', true], [200, '/a', 'a'], [200, '/b', 'b'], [200, '/c', 'c'], [200, '/fetch', true]])
  await server.run(stop)
}))
