// N17: what one send is to one receive. A stream keeps no boundaries: recv(100) gives the 6 bytes that are there, and three
// sends of "abc" may be one read. Datagrams keep them.

import { AF_INET, MSG_WAITALL, SOCK_DGRAM, SOCK_STREAM } from '../src/entry/main.ts'
import { Theatre, at, bytes, must, text } from './support/theatre.ts'

export const title = '6 bytes against recv(100); "abc" three times'

async function program(theatre: Theatre): Promise<void> {
  const [here, there] = [theatre.client.spawn('sender'), theatre.server.spawn('receiver')]
  const buffer = new Uint8Array(100)
  const listener = must(there.sys.socket(AF_INET, SOCK_STREAM, 0))
  must(there.sys.bind(listener, at('0.0.0.0', 8000)))
  must(there.sys.listen(listener, 1))
  const fd = must(here.sys.socket(AF_INET, SOCK_STREAM, 0))
  must(await here.connect(fd, at('10.0.0.2', 8000)))
  const connection = must(await there.accept(listener))

  theatre.chapter('stream: 6 bytes against recv(100)')
  const waiting = there.recv(connection, buffer, 0, 100, 0)
  must(here.sys.send(fd, bytes('sixsix'), 0, 6, 0))
  theatre.say(there, `recv(100) gives ${must(await waiting)}: "${text(buffer, 6)}"`)

  theatre.chapter('stream: "abc" three times')
  for (let i = 0; i < 3; i++) must(here.sys.send(fd, bytes('abc'), 0, 3, 0))
  await here.sleep(50)
  theatre.queues(theatre.server)
  const count = must(await there.recv(connection, buffer, 0, 100, 0))
  theatre.say(there, `recv(100) gives ${count}: "${text(buffer, count)}"`)

  theatre.chapter('stream: recv(6) with MSG_WAITALL waits for all six')
  const all = there.recv(connection, buffer, 0, 6, MSG_WAITALL)
  for (const part of ['on', 'e', 'two']) {
    must(here.sys.send(fd, bytes(part), 0, part.length, 0))
    await here.sleep(5)
  }
  theatre.say(there, `recv(6) gives ${must(await all)}: "${text(buffer, 6)}"`)

  theatre.chapter('datagrams: three sends, three receives')
  const server = must(there.sys.socket(AF_INET, SOCK_DGRAM, 0))
  must(there.sys.bind(server, at('0.0.0.0', 8000)))
  const sender = must(here.sys.socket(AF_INET, SOCK_DGRAM, 0))
  for (let i = 0; i < 3; i++) must(here.sys.sendto(sender, bytes('abc'), 0, 3, 0, at('10.0.0.2', 8000)))
  for (const size of [100, 100, 2]) theatre.say(there, `recv(${size}) gives ${must(await there.recv(server, buffer, 0, size, 0))}`)
}

export async function play(print: (line: string) => void): Promise<void> {
  const theatre = new Theatre(print)
  theatre.shown = { frames: true, sleeps: true }
  await theatre.play(program(theatre))
}
