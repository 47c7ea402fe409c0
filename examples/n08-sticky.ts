// N8: "sticky packets". Three writes arrive as one read, because TCP carries bytes, not messages. TCP_NODELAY does not cure
// it; framing does, by delimiter or by length.

import { AF_INET, SOCK_STREAM, SOL_TCP, TCP_NODELAY } from '../src/entry/main.ts'
import type { Process } from '../src/entry/main.ts'
import { DelimitedFramer, LengthPrefixedFramer, encodeDelimited, encodeLengthPrefixed } from '../src/entry/framing.ts'
import { Theatre, at, bytes, must, text } from './support/theatre.ts'

export const title = 'sticky packets and their cures'
const WORDS = ['login', 'list', 'quit']
const LINE = bytes('\n')
const PREFIX = { size: 2, most: 1000 } as const

const CURES = {
  'no framing, Nagle': { noDelay: 0, encode: (each: Uint8Array) => each, framer: undefined },
  'no framing, TCP_NODELAY': { noDelay: 1, encode: (each: Uint8Array) => each, framer: undefined },
  'delimiter': { noDelay: 0, encode: (each: Uint8Array) => encodeDelimited(each, LINE), framer: new DelimitedFramer(LINE, 1000) },
  'length in front': { noDelay: 0, encode: (each: Uint8Array) => encodeLengthPrefixed(each, PREFIX), framer: new LengthPrefixedFramer(PREFIX) },
}

async function server(process: Process, theatre: Theatre, listener: number, push: (more: Uint8Array) => Uint8Array[]): Promise<void> {
  const connection = must(await process.accept(listener))
  await process.sleep(20) // busy: meanwhile bytes gather
  theatre.queues(theatre.server)
  const buffer = new Uint8Array(100)
  for (;;) {
    const count = must(await process.read(connection, buffer))
    if (count === 0) break
    const messages = push(buffer.subarray(0, count)).map(each => `"${text(each)}"`)
    theatre.say(process, `read ${count} bytes: ${messages.length} message(s) ${messages.join(' ')}`)
  }
  must(process.sys.close(connection))
}

async function program(theatre: Theatre): Promise<void> {
  const [there, here] = [theatre.server.spawn('server'), theatre.client.spawn('client')]
  const listener = must(there.sys.socket(AF_INET, SOCK_STREAM, 0))
  must(there.sys.bind(listener, at('0.0.0.0', 8000)))
  must(there.sys.listen(listener, 5))
  for (const [name, { noDelay, encode, framer }] of Object.entries(CURES)) {
    theatre.chapter(name)
    const serving = server(there, theatre, listener, framer === undefined ? more => [more] : more => framer.push(more))
    const fd = must(here.sys.socket(AF_INET, SOCK_STREAM, 0))
    must(here.sys.setsockopt(fd, SOL_TCP, TCP_NODELAY, noDelay))
    must(await here.connect(fd, at('10.0.0.2', 8000)))
    for (const word of WORDS) must(await here.sendall(fd, encode(bytes(word))))
    must(here.sys.close(fd))
    await serving
    await here.sleep(10)
  }
}

export async function play(print: (line: string) => void): Promise<void> {
  const theatre = new Theatre(print)
  theatre.shown = { frames: true }
  await theatre.play(program(theatre))
}
