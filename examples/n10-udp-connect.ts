// N10: connect on a UDP socket sends nothing. It fixes the peer, and lets errors come back: ICMP's "port unreachable" is
// reported by the next call, once.

import { AF_INET, SOCK_DGRAM } from '../src/entry/main.ts'
import { Theatre, at, bytes, must, text } from './support/theatre.ts'

export const title = 'UDP connect and the asynchronous error'

async function program(theatre: Theatre): Promise<void> {
  const here = theatre.client.spawn('client')
  const { sys } = here
  const buffer = new Uint8Array(100)
  const fd = must(sys.socket(AF_INET, SOCK_DGRAM, 0))

  theatre.chapter('not connected: nobody tells')
  must(sys.sendto(fd, bytes('anyone?'), 0, 7, 0, at('10.0.0.2', 9999)))
  await here.sleep(5)
  theatre.say(here, `sendto again gives ${sys.sendto(fd, bytes('anyone?'), 0, 7, 0, at('10.0.0.2', 9999))}`)
  await here.sleep(5)

  theatre.chapter('connected: the error comes back')
  must(sys.connect(fd, at('10.0.0.2', 9999)))
  must(sys.send(fd, bytes('anyone?'), 0, 7, 0))
  theatre.say(here, `recv gives ${await here.recv(fd, buffer, 0, 100, 0)}`)
  theatre.say(here, `send after that gives ${sys.send(fd, bytes('anyone?'), 0, 7, 0)}`)
  await here.sleep(5)
  theatre.say(here, `and the next ${sys.send(fd, bytes('anyone?'), 0, 7, 0)}`)
  await here.sleep(5)

  theatre.chapter('dissolved: AF_UNSPEC, and a server at last')
  must(sys.connect(fd, { family: 'AF_UNSPEC' }))
  theatre.say(here, `send without a peer gives ${sys.send(fd, bytes('x'), 0, 1, 0)}`)
  const there = theatre.server.spawn('server')
  const served = must(there.sys.socket(AF_INET, SOCK_DGRAM, 0))
  must(there.sys.bind(served, at('0.0.0.0', 9999)))
  must(sys.sendto(fd, bytes('anyone?'), 0, 7, 0, at('10.0.0.2', 9999)))
  theatre.say(there, `got "${text(buffer, must(await there.recv(served, buffer, 0, 100, 0)))}"`)
}

export async function play(print: (line: string) => void): Promise<void> {
  const theatre = new Theatre(print)
  theatre.shown = { frames: true, sleeps: true }
  await theatre.play(program(theatre))
}
