// N1: the smallest pair. The server says hello to whoever connects.

import { AF_INET, SOCK_STREAM } from '../src/entry/main.ts'
import type { Process } from '../src/entry/main.ts'
import { Theatre, at, bytes, must, text } from './support/theatre.ts'

export const title = 'hello server and client'

async function server(process: Process): Promise<void> {
  const { sys } = process
  const listener = must(sys.socket(AF_INET, SOCK_STREAM, 0))
  must(sys.bind(listener, at('0.0.0.0', 8000)))
  must(sys.listen(listener, 5))
  const connection = must(await process.accept(listener))
  must(await process.sendall(connection, bytes('hello')))
  must(sys.close(connection))
  must(sys.close(listener))
}

async function client(process: Process, theatre: Theatre): Promise<void> {
  const fd = must(process.sys.socket(AF_INET, SOCK_STREAM, 0))
  must(await process.connect(fd, at('10.0.0.2', 8000)))
  const buffer = new Uint8Array(100)
  for (;;) {
    const count = must(await process.recv(fd, buffer, 0, buffer.length, 0))
    if (count === 0) break
    theatre.say(process, `got "${text(buffer, count)}"`)
  }
  must(process.sys.close(fd))
}

export async function play(print: (line: string) => void): Promise<void> {
  const theatre = new Theatre(print)
  await theatre.play(server(theatre.server.spawn('hello')), client(theatre.client.spawn('client'), theatre))
}
