// N2: echo. The server sends back what read returned, no byte more, until end-of-file.

import { AF_INET, SHUT_WR, SOCK_STREAM } from '../src/entry/main.ts'
import type { Process } from '../src/entry/main.ts'
import { Theatre, at, bytes, must, text } from './support/theatre.ts'

export const title = 'echo client and server'

async function server(process: Process): Promise<void> {
  const listener = must(process.sys.socket(AF_INET, SOCK_STREAM, 0))
  must(process.sys.bind(listener, at('0.0.0.0', 7)))
  must(process.sys.listen(listener, 5))
  const connection = must(await process.accept(listener))
  const buffer = new Uint8Array(1024)
  for (;;) {
    const count = must(await process.read(connection, buffer))
    if (count === 0) break
    must(await process.sendall(connection, buffer, 0, count))
  }
  must(process.sys.close(connection))
}

async function client(process: Process, theatre: Theatre): Promise<void> {
  const fd = must(process.sys.socket(AF_INET, SOCK_STREAM, 0))
  must(await process.connect(fd, at('10.0.0.2', 7)))
  const buffer = new Uint8Array(1024)
  for (const line of ['first', 'second line']) {
    must(await process.sendall(fd, bytes(line)))
    let back = ''
    while (back.length < line.length) back += text(buffer, must(await process.read(fd, buffer)))
    theatre.say(process, `echoed "${back}"`)
  }
  must(process.sys.shutdown(fd, SHUT_WR))
  theatre.say(process, `end-of-file: read gives ${must(await process.read(fd, buffer))}`)
  must(process.sys.close(fd))
}

export async function play(print: (line: string) => void): Promise<void> {
  const theatre = new Theatre(print)
  await theatre.play(server(theatre.server.spawn('echo')), client(theatre.client.spawn('client'), theatre))
}
