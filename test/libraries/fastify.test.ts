import { fastify } from 'fastify'
import { expect, it } from 'vitest'
import { onBadLink, payload } from './bad-link.ts'

it('fastify: a checked body, a wrong one, a large answer, and close', () => onBadLink(15, async ({ server, client }) => {
  const body = payload()
  const stop = await server.run(async () => {
    const app = fastify()
    const schema = { body: { type: 'object', required: ['item'], properties: { item: { type: 'string' } } } }
    app.post<{ Body: { item: string } }>('/orders', { schema }, async (request, reply) => reply.code(201).send({ order: request.body.item }))
    app.get('/large', async (_, reply) => reply.type('application/octet-stream').send(body))
    await app.listen({ port: 80, host: '0.0.0.0' })
    return () => app.close()
  })
  const seen = await client.run(async () => {
    const post = async (order: unknown): Promise<unknown[]> => {
      const response = await fetch('http://server/orders', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(order) })
      return [response.status, (await response.json() as { order?: string }).order]
    }
    const large = await fetch('http://server/large')
    return [...await Promise.all([post({ item: 'tea' }), post({ item: 'cake' }), post({})]), body.equals(Buffer.from(await large.arrayBuffer()))]
  })
  expect(seen).toEqual([[201, 'tea'], [201, 'cake'], [400, undefined], true])
  await server.run(stop)
}))
