// N13: who closes first keeps the connection in TIME-WAIT for a minute. With four automatic ports, four quick connections
// use them up towards one server; towards another, the same ports serve again, for only the four numbers must differ.

import { AF_INET, SOCK_STREAM, SOL_SOCKET, SO_REUSEADDR } from '../src/entry/main.ts'
import type { Process } from '../src/entry/main.ts'
import { Theatre, at, must } from './support/theatre.ts'

export const title = 'TIME-WAIT, port exhaustion, reuse'

async function serve(server: Process, port: number): Promise<void> {
  const listener = must(server.sys.socket(AF_INET, SOCK_STREAM, 0))
  must(server.sys.bind(listener, at('0.0.0.0', port)))
  must(server.sys.listen(listener, 16))
  const buffer = new Uint8Array(1)
  for (;;) {
    const connection = must(await server.accept(listener))
    must(await server.read(connection, buffer)) // end-of-file: the client closed first
    must(server.sys.close(connection))
  }
}

async function visit(client: Process, theatre: Theatre, port: number): Promise<boolean> {
  const fd = must(client.sys.socket(AF_INET, SOCK_STREAM, 0))
  const result = await client.connect(fd, at('10.0.0.2', port))
  const name = client.sys.getsockname(fd)
  const own = typeof name !== 'string' && name.family === 'AF_INET' ? name.port : 0
  theatre.say(client, `connect to ${port} gives ${result}${result === 0 ? `, from port ${own}` : ''}`)
  must(client.sys.close(fd))
  await client.sleep(10)
  return result === 0
}

async function program(theatre: Theatre): Promise<void> {
  const client = theatre.client.spawn('client')
  must(theatre.client.setSysctl('net.ipv4.ip_local_port_range', '40000 40003'))
  for (const port of [8000, 8001]) void serve(theatre.server.spawn('server'), port)
  theatre.chapter('four ports')
  for (let i = 0; i < 6; i++) await visit(client, theatre, 8000)
  theatre.chapter('another destination')
  await visit(client, theatre, 8001)
  theatre.chapter('a minute later')
  await client.sleep(60_000)
  await visit(client, theatre, 8000)
  theatre.chapter('a server that closed first, started again')
  for (const reuse of [0, 1]) {
    const port = 9000 + reuse
    theatre.say(client, `SO_REUSEADDR ${reuse}: bind gives ${await restart(theatre.server.spawn('server'), client, port, reuse)}`)
  }
}

/** Listens, serves one client, closes first, and binds the port again over the TIME-WAIT. */
async function restart(server: Process, client: Process, port: number, reuse: number): Promise<unknown> {
  const open = (): number => {
    const fd = must(server.sys.socket(AF_INET, SOCK_STREAM, 0))
    must(server.sys.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, reuse))
    return fd
  }
  const listener = open()
  must(server.sys.bind(listener, at('0.0.0.0', port)))
  must(server.sys.listen(listener, 1))
  const fd = must(client.sys.socket(AF_INET, SOCK_STREAM, 0))
  must(await client.connect(fd, at('10.0.0.2', port)))
  must(server.sys.close(must(await server.accept(listener))))
  must(server.sys.close(listener))
  await client.sleep(5)
  must(client.sys.close(fd))
  await client.sleep(5)
  return server.sys.bind(open(), at('0.0.0.0', port))
}

export async function play(print: (line: string) => void): Promise<void> {
  const theatre = new Theatre(print)
  theatre.shown = {}
  await theatre.play(program(theatre))
}
