// N15: a file sent between machines, over a cable that loses every tenth packet. sendfile moves it without passing through
// the program; its length goes in front, so that the receiver knows a cut file from a whole one.

import { AF_INET, O_CREAT, O_RDONLY, O_RDWR, SOCK_STREAM } from '../src/entry/main.ts'
import type { Process } from '../src/entry/main.ts'
import { pack, unpack } from '../src/entry/framing.ts'
import { Theatre, at, must } from './support/theatre.ts'

export const title = 'a file sent between machines'
const SIZE = 200_000

async function send(process: Process, theatre: Theatre): Promise<void> {
  const { sys } = process
  const file = must(sys.open('/home/picture', O_CREAT | O_RDWR))
  must(sys.write(file, Uint8Array.from({ length: SIZE }, (_, i) => (i * 31) & 0xff)))
  const fd = must(sys.socket(AF_INET, SOCK_STREAM, 0))
  must(await process.connect(fd, at('10.0.0.2', 8000)))
  must(await process.sendall(fd, pack('!Q', BigInt(SIZE))))
  const offset = { value: 0 }
  let calls = 0
  while (offset.value < SIZE) {
    const moved = sys.sendfile(fd, file, offset, SIZE - offset.value)
    calls++
    if (moved === 'EAGAIN') must(await process.poll([{ fd, events: 4, revents: 0 }], -1))
    else must(moved)
  }
  theatre.say(process, `${calls} calls of sendfile moved ${offset.value} bytes`)
  must(sys.close(fd))
}

async function receive(process: Process, theatre: Theatre): Promise<void> {
  const { sys } = process
  const listener = must(sys.socket(AF_INET, SOCK_STREAM, 0))
  must(sys.bind(listener, at('0.0.0.0', 8000)))
  must(sys.listen(listener, 1))
  const connection = must(await process.accept(listener))
  const header = new Uint8Array(8)
  for (let got = 0; got < 8;) got += must(await process.read(connection, header, got))
  const size = Number(unpack('!Q', header)?.[0] ?? 0)
  const file = must(sys.open('/home/copy', O_CREAT | O_RDWR))
  const buffer = new Uint8Array(16_384)
  let [got, reads] = [0, 0]
  for (let count = -1; count !== 0 && got < size; got += count, reads++) {
    count = must(await process.read(connection, buffer))
    must(sys.write(file, buffer, 0, count))
  }
  theatre.say(process, `${got} of ${size} bytes in ${reads} reads`)
  const copy = new Uint8Array(SIZE)
  const length = must(sys.read(must(sys.open('/home/copy', O_RDONLY)), copy))
  theatre.say(process, `the copy is ${length === SIZE && copy.every((each, i) => each === ((i * 31) & 0xff)) ? 'the same' : 'not the same'}`)
}

export async function play(print: (line: string) => void): Promise<void> {
  const theatre = new Theatre(print, { loss: '10%' })
  theatre.shown = {}
  theatre.world.trace.listen(event => {
    if (event.name === 'tcp-retransmit') theatre.note(`${event.host} sends ${event.length} bytes at ${event.seq >>> 0} again: ${event.cause}`)
  })
  await theatre.play(receive(theatre.server.spawn('receiver'), theatre), send(theatre.client.spawn('sender'), theatre))
}
