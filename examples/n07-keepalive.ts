// N7: a peer that vanishes without a word. Only keep-alive probes notice it; their silence ends the read with ETIMEDOUT.

import { AF_INET, SOCK_STREAM, SOL_SOCKET, SOL_TCP, SO_KEEPALIVE, TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL } from '../src/entry/main.ts'
import type { Process } from '../src/entry/main.ts'
import { Theatre, at, must } from './support/theatre.ts'

export const title = 'keep-alive and a peer that vanishes'

async function server(process: Process, theatre: Theatre): Promise<void> {
  const { sys } = process
  const listener = must(sys.socket(AF_INET, SOCK_STREAM, 0))
  must(sys.bind(listener, at('0.0.0.0', 8000)))
  must(sys.listen(listener, 5))
  const connection = must(await process.accept(listener))
  must(sys.setsockopt(connection, SOL_SOCKET, SO_KEEPALIVE, 1))
  must(sys.setsockopt(connection, SOL_TCP, TCP_KEEPIDLE, 10)) // 7200 s by default
  must(sys.setsockopt(connection, SOL_TCP, TCP_KEEPINTVL, 5)) // 75 s by default
  must(sys.setsockopt(connection, SOL_TCP, TCP_KEEPCNT, 3)) // 9 by default
  const result = await process.read(connection, new Uint8Array(10))
  theatre.say(process, `read gives ${result}`)
  theatre.say(process, `read again gives ${await process.read(connection, new Uint8Array(10))}`)
}

async function client(process: Process, theatre: Theatre): Promise<void> {
  const fd = must(process.sys.socket(AF_INET, SOCK_STREAM, 0))
  must(await process.connect(fd, at('10.0.0.2', 8000)))
  await process.sleep(12_000) // alive: the first probe is answered
  theatre.say(process, 'the cable is cut')
  theatre.world.rule(theatre.cable, () => 'drop')
  await process.sleep(40_000)
}

export async function play(print: (line: string) => void): Promise<void> {
  const theatre = new Theatre(print)
  theatre.shown = { frames: true, sleeps: true }
  await theatre.play(server(theatre.server.spawn('server'), theatre), client(theatre.client.spawn('client'), theatre))
}
