// A chat: `connections` spread over `hosts` - 1 client hosts, rooms of ten. Each member says 200 bytes every ten seconds and the server
// passes it on to the ten of the room, so that 200 bytes a second arrive on every connection.
import { createWorld } from '../../dist/src/entry/test.js'

const MESSAGE = Buffer.alloc(200, 'x')
const ROOM = 10
const PORT = 7000

function serve({ net }) {
  const rooms = new Map()
  net.createServer(socket => {
    let room
    socket.on('error', () => undefined)
    socket.on('close', () => room?.delete(socket))
    socket.on('data', bytes => {
      if (room === undefined) {
        const number = bytes[0]
        if (!rooms.has(number)) rooms.set(number, new Set())
        room = rooms.get(number)
        room.add(socket)
        return
      }
      for (const each of room) each.write(bytes)
    })
  }).listen(PORT)
}

export async function chatWorld({ hosts = 50, connections = 1000, minutes = 10, seed = 1 } = {}) {
  const began = performance.now()
  const cpu = process.cpuUsage()
  const world = await createWorld({ seed, keepFrames: 0, limit: '1h' })
  const server = world.host('server')
  const clients = Array.from({ length: hosts - 1 }, (_, i) => world.host(`client${i + 1}`))
  for (const client of clients) world.link(client, server, 'delay 20ms')
  await server.run(serve)
  let received = 0
  for (let i = 0; i < connections; i++) {
    clients[i % clients.length].enter(({ net }) => {
      const socket = net.connect(PORT, 'server', () => {
        socket.write(Buffer.from([Math.floor(i / ROOM)]))
        setTimeout(() => {
          socket.write(MESSAGE)
          setInterval(() => { socket.write(MESSAGE) }, 10_000)
        }, 500 + i * 7919 % 9500)
      })
      socket.on('data', bytes => { received += bytes.length }).on('error', () => undefined)
    })
  }
  const step = minutes * 60_000 / 4
  // Three partitions of half a minute (less in short runs), each cutting a third of the clients off.
  const cut = Math.min(30_000, step / 2)
  await world.runFor(step)
  for (let part = 0; part < 3; part++) {
    world.partition(clients.filter((_, i) => i % 3 === part), server)
    await world.runFor(cut)
    world.heal()
    await world.runFor(step - cut)
  }
  const used = process.cpuUsage(cpu)
  const result = {
    deliveries: Math.round(received / MESSAGE.length),
    seconds: (performance.now() - began) / 1000,
    cpuSeconds: (used.user + used.system) / 1e6,
    open: world.sockets().length, hash: world.traceHash(), virtualMinutes: world.now() / 60_000,
  }
  await world.close()
  return result
}
