// N6: close against the three shutdowns: what the other side sees, and what can still be done here.

import { AF_INET, MSG_DONTWAIT, SHUT_RD, SHUT_RDWR, SHUT_WR, SOCK_STREAM } from '../src/entry/main.ts'
import type { Errno, Process } from '../src/entry/main.ts'
import { Theatre, at, bytes, must } from './support/theatre.ts'

export const title = 'close against shutdown'
const WAYS = { 'shutdown(SHUT_RD)': SHUT_RD, 'shutdown(SHUT_WR)': SHUT_WR, 'shutdown(SHUT_RDWR)': SHUT_RDWR, 'close': -1 } as const

async function connected(theatre: Theatre, port: number): Promise<{ a: Process, b: Process, here: number, there: number }> {
  const [a, b] = [theatre.client.spawn('here'), theatre.server.spawn('there')]
  const listener = must(b.sys.socket(AF_INET, SOCK_STREAM, 0))
  must(b.sys.bind(listener, at('0.0.0.0', port)))
  must(b.sys.listen(listener, 1))
  const here = must(a.sys.socket(AF_INET, SOCK_STREAM, 0))
  const [there] = await Promise.all([b.accept(listener), a.connect(here, at('10.0.0.2', port))])
  return { a, b, here, there: must(there) }
}

async function program(theatre: Theatre): Promise<void> {
  let port = 8000
  for (const [words, how] of Object.entries(WAYS)) {
    theatre.shown = {}
    const { a, b, here, there } = await connected(theatre, port++)
    theatre.chapter(words)
    theatre.shown = { frames: true }
    const buffer = new Uint8Array(10)
    const read = (process: Process, fd: number): number | Errno => process.sys.recv(fd, buffer, 0, 10, MSG_DONTWAIT)
    must(how === -1 ? a.sys.close(here) : a.sys.shutdown(here, how))
    await a.sleep(5)
    theatre.say(b, `read gives ${read(b, there)}`)
    theatre.say(b, `write gives ${b.sys.write(there, bytes('late'))}`)
    await a.sleep(5)
    theatre.say(a, `read gives ${read(a, here)}, again ${read(a, here)}`)
    theatre.say(a, `write gives ${a.sys.write(here, bytes('more'))}`)
    await a.sleep(5)
    theatre.say(b, `write again gives ${b.sys.write(there, bytes('later'))}`)
    await a.sleep(5)
    theatre.say(b, `and again ${b.sys.write(there, bytes('last'))}`)
    await a.sleep(100)
    theatre.shown = {}
  }
}

export async function play(print: (line: string) => void): Promise<void> {
  const theatre = new Theatre(print)
  await theatre.play(program(theatre))
}
