import { Aedes } from 'aedes'
import { connectAsync } from 'mqtt'
import { expect, it } from 'vitest'
import { closing, onBadLink, payload } from './bad-link.ts'

const TOPICS = Array.from({ length: 20 }, (_, i) => `news/${i}`)

it('mqtt and aedes: all qualities of service, a large message, a retained one', () => onBadLink(16, async ({ server, client }) => {
  const stop = await server.run(async ({ net }) => {
    const broker = await Aedes.createBroker()
    const listener = net.createServer(socket => { broker.handle(socket) }).listen(1883)
    return async () => {
      await closing(broker)()
      await closing(listener)()
    }
  })
  const body = payload()
  const seen = await client.run(async () => {
    const heard = new Map<string, Buffer>()
    const [reader, writer] = await Promise.all([connectAsync('mqtt://server'), connectAsync('mqtt://server')])
    await writer.publishAsync('news/kept', 'kept', { qos: 1, retain: true })
    const all = new Promise<void>(done => {
      reader.on('message', (topic, message) => { if (heard.set(topic, message).size === TOPICS.length + 2) done() })
    })
    await reader.subscribeAsync('news/#', { qos: 2 })
    await Promise.all(TOPICS.map((topic, i) => writer.publishAsync(topic, topic, { qos: i % 3 as 0 | 1 | 2 })))
    await writer.publishAsync('news/large', body, { qos: 2 })
    await all
    await Promise.all([reader.endAsync(), writer.endAsync()])
    return [TOPICS.every(topic => heard.get(topic)?.toString() === topic), heard.get('news/kept')?.toString(), heard.get('news/large')?.equals(body)]
  })
  expect(seen).toEqual([true, 'kept', true])
  await server.run(stop)
}))
