// Messages of every quality of service and a will, through a Mosquitto broker, by mqtt.
import mqtt from 'mqtt'

const [host] = process.argv.slice(2)
const received = []
const client = await mqtt.connectAsync(`mqtt://${host}:1883`, { connectTimeout: 5000 })
const doomed = await mqtt.connectAsync(`mqtt://${host}:1883`, { reconnectPeriod: 0, will: { topic: 'fish/will', payload: 'gone', qos: 1 } })
doomed.on('error', () => undefined)
const all = new Promise(resolve => {
  client.on('message', (topic, payload) => {
    received.push(`${topic} ${payload.length > 20 ? payload.length : payload}`)
    if (received.length === 5) resolve()
  })
})
await client.subscribeAsync('fish/#', { qos: 2 })
for (const qos of [0, 1, 2]) await client.publishAsync(`fish/${qos}`, `hello ${qos}`, { qos })
await client.publishAsync('fish/big', Buffer.alloc(500_000), { qos: 1 })
doomed.stream.destroy()
await all
console.log(JSON.stringify(received.sort()))
await client.endAsync()
