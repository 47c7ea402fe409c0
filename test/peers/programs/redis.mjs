// Values, pipelines, publish and subscribe of a Redis server, by ioredis.
import { createHash } from 'node:crypto'
import Redis from 'ioredis'

const [host] = process.argv.slice(2)
const redis = new Redis({ host, port: 6379, maxRetriesPerRequest: 2 })
const listener = redis.duplicate()

const big = Buffer.alloc(1_000_000, 'sockeye ')
await redis.set('big', big)
const back = await redis.getBuffer('big')
const pipeline = redis.pipeline()
for (let i = 0; i < 2000; i++) pipeline.incr('count')
const counted = await pipeline.exec()

await listener.subscribe('news')
const heard = new Promise(resolve => { listener.once('message', (channel, text) => { resolve(`${channel}: ${text}`) }) })
await redis.publish('news', 'hello')

console.log(JSON.stringify({
  same: createHash('sha256').update(back).digest('hex') === createHash('sha256').update(big).digest('hex'),
  counted: counted.at(-1)[1], heard: await heard, local: redis.stream.localAddress, remote: redis.stream.remoteAddress,
}))
await Promise.all([redis.quit(), listener.quit()])
