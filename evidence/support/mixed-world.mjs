// net, dgram, http, fetch, ws and timers in one world with loss, a crash and a partition; prints the trace hash.
import { createWorld } from '../../dist/src/entry/test.js'

export async function mixedWorld(seed) {
  const world = await createWorld({ seed })
  const { WebSocket, WebSocketServer } = await import('ws')
  const [web, a, b] = ['web', 'a', 'b'].map(name => world.host(name))
  for (const client of [a, b]) world.link(client, web, 'delay 30ms 5ms loss 2% reorder 1%')
  await web.start(({ http, dgram }) => {
    const server = http.createServer((request, response) => {
      setTimeout(() => { response.end(`${request.url} ${Math.random()} `.repeat(500)) }, 100)
    }).listen(80)
    new WebSocketServer({ server }).on('connection', socket => socket.on('message', data => socket.send(`${data} back`)))
    const udp = dgram.createSocket('udp4').on('message', (bytes, from) => udp.send(bytes, from.port, from.address)).bind(53)
  })
  const fetching = () => Promise.all(Array.from({ length: 8 }, async (_, i) => (await fetch(`http://web/${i}`)).text()))
  const talking = () => new Promise(resolve => {
    const socket = new WebSocket('ws://web/').on('error', resolve).on('close', resolve)
    socket.on('open', () => { for (let i = 0; i < 50; i++) socket.send(`message ${i}`) })
    let got = 0
    socket.on('message', () => { got++; if (got === 50) socket.close() })
  })
  const asking = ({ dgram }) => new Promise(resolve => {
    const ask = setInterval(() => socket.send('?', 53, 'web'), 200)
    const socket = dgram.createSocket('udp4').once('message', () => {
      clearInterval(ask)
      socket.close()
      resolve()
    })
  })
  await Promise.all([a.run(fetching), b.run(talking), a.run(asking), b.run(fetching)])
  world.partition(a, web)
  const late = a.run(() => fetch('http://web/late', { signal: AbortSignal.timeout(3000) }).then(() => 'answered', () => 'failed'))
  await world.runFor('2s')
  world.heal()
  await late
  web.crash()
  await world.runFor('1s')
  await web.restart()
  await b.run(() => fetch('http://web/again').catch(() => undefined))
  await world.runFor('10s')
  const hash = world.traceHash()
  await world.close()
  return hash
}

if (process.argv[1]?.endsWith('mixed-world.mjs')) console.log(await mixedWorld(Number(process.argv[2] ?? 1)))
