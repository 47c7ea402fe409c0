// N3: a server that serves one client after another and goes on listening. Who comes meanwhile waits in the accept queue:
// its handshake is complete, though nobody has accepted it.

import { AF_INET, SOCK_STREAM } from '../src/entry/main.ts'
import type { Process } from '../src/entry/main.ts'
import { Theatre, at, bytes, must, text } from './support/theatre.ts'

export const title = 'iterative server and its accept queue'
const CLIENTS = 3

async function server(process: Process, theatre: Theatre): Promise<void> {
  const listener = must(process.sys.socket(AF_INET, SOCK_STREAM, 0))
  must(process.sys.bind(listener, at('0.0.0.0', 8000)))
  must(process.sys.listen(listener, 5))
  for (let served = 0; served < CLIENTS; served++) {
    const connection = must(await process.accept(listener))
    await process.sleep(10) // work
    theatre.queues(theatre.server)
    must(await process.sendall(connection, bytes(`you are number ${served + 1}`)))
    must(process.sys.close(connection))
  }
}

async function client(process: Process, theatre: Theatre): Promise<void> {
  const fd = must(process.sys.socket(AF_INET, SOCK_STREAM, 0))
  must(await process.connect(fd, at('10.0.0.2', 8000)))
  theatre.say(process, 'connected')
  const buffer = new Uint8Array(100)
  theatre.say(process, text(buffer, must(await process.read(fd, buffer))))
  must(process.sys.close(fd))
}

export async function play(print: (line: string) => void): Promise<void> {
  const theatre = new Theatre(print)
  theatre.shown = { sleeps: true }
  const clients = Array.from({ length: CLIENTS }, () => client(theatre.client.spawn('client'), theatre))
  await theatre.play(server(theatre.server.spawn('server'), theatre), ...clients)
}
