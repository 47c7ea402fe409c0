// N5: a server on a path. Bytes go from one process's buffer to the other's: no packets, no addresses, no checksums.

import { AF_UNIX, SOCK_STREAM, SOL_SOCKET, SO_PEERCRED } from '../src/entry/main.ts'
import type { Process } from '../src/entry/main.ts'
import { Theatre, bytes, local, must, text } from './support/theatre.ts'

export const title = 'Unix-domain server and clients'

async function server(process: Process, theatre: Theatre): Promise<void> {
  const listener = must(process.sys.socket(AF_UNIX, SOCK_STREAM, 0))
  must(process.sys.bind(listener, local('/run/echo.sock')))
  must(process.sys.listen(listener, 5))
  for (let served = 0; served < 2; served++) {
    const connection = must(await process.accept(listener))
    const [pid] = new Int32Array(must(process.sys.getsockopt(connection, SOL_SOCKET, SO_PEERCRED, 12)).slice().buffer)
    const buffer = new Uint8Array(100)
    const count = must(await process.read(connection, buffer))
    theatre.say(process, `"${text(buffer, count)}" from process ${pid}`)
    must(await process.sendall(connection, buffer, 0, count))
    must(process.sys.close(connection))
  }
}

async function client(process: Process, theatre: Theatre, words: string): Promise<void> {
  const fd = must(process.sys.socket(AF_UNIX, SOCK_STREAM, 0))
  must(await process.connect(fd, local('/run/echo.sock')))
  must(await process.sendall(fd, bytes(words)))
  if (words === 'two') theatre.queues(theatre.server)
  const buffer = new Uint8Array(100)
  theatre.say(process, `echoed "${text(buffer, must(await process.read(fd, buffer)))}"`)
  must(process.sys.close(fd))
}

export async function play(print: (line: string) => void): Promise<void> {
  const theatre = new Theatre(print)
  const host = theatre.server // both sides live on one host
  const second = host.spawn('server')
  const late = host.spawn('client')
  theatre.say(late, `before bind: connect says ${late.sys.connect(must(late.sys.socket(AF_UNIX, SOCK_STREAM, 0)), local('/run/echo.sock'))}`)
  await theatre.play(server(second, theatre), client(host.spawn('client'), theatre, 'one'), client(host.spawn('client'), theatre, 'two'))
}
