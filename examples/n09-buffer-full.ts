// N9: nobody reads, so the buffers fill. A non-blocking send takes what fits, then says EAGAIN; a blocking one sleeps, until
// there is room or its time-out is over, and tells how much it moved.

import { AF_INET, MSG_DONTWAIT, SOCK_STREAM, SOL_SOCKET, SO_RCVBUF, SO_SNDBUF, SO_SNDTIMEO } from '../src/entry/main.ts'
import type { Process } from '../src/entry/main.ts'
import { pack } from '../src/entry/framing.ts'
import { Theatre, at, must } from './support/theatre.ts'

export const title = 'a full buffer: non-blocking, time-out, blocking'

async function program(theatre: Theatre): Promise<void> {
  const [here, there] = [theatre.client.spawn('writer'), theatre.server.spawn('reader')]
  const listener = must(there.sys.socket(AF_INET, SOCK_STREAM, 0))
  must(there.sys.setsockopt(listener, SOL_SOCKET, SO_RCVBUF, 8192))
  must(there.sys.bind(listener, at('0.0.0.0', 8000)))
  must(there.sys.listen(listener, 5))
  const fd = must(here.sys.socket(AF_INET, SOCK_STREAM, 0))
  must(here.sys.setsockopt(fd, SOL_SOCKET, SO_SNDBUF, 8192))
  must(await here.connect(fd, at('10.0.0.2', 8000)))
  const connection = must(await there.accept(listener))
  const data = new Uint8Array(100_000)

  theatre.chapter('non-blocking')
  let moved: ReturnType<typeof here.sys.send> = 0
  do {
    moved = here.sys.send(fd, data, 0, data.length, MSG_DONTWAIT)
    theatre.say(here, `send(100000) gives ${moved}`)
    await here.sleep(50)
  } while (moved !== 'EAGAIN')
  theatre.queues(theatre.client)
  theatre.queues(theatre.server)

  theatre.chapter('blocking, with a time-out of half a second')
  must(here.sys.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, pack('<qq', 0n, 500_000n)))
  theatre.say(here, `send gives ${await here.send(fd, data, 0, data.length, 0)}`)

  theatre.chapter('blocking, and a reader at last')
  must(here.sys.setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, pack('<qq', 0n, 0n)))
  theatre.shown = { sleeps: true }
  const sending = here.send(fd, data, 0, 30_000, 0)
  await drain(there, theatre, connection)
  theatre.say(here, `send gives ${await sending}`)
}

async function drain(there: Process, theatre: Theatre, connection: number): Promise<void> {
  const buffer = new Uint8Array(65_536)
  let total = 0
  while (total < 45_000) total += must(await there.read(connection, buffer))
  theatre.say(there, `read ${total} bytes so far`)
}

export async function play(print: (line: string) => void): Promise<void> {
  const theatre = new Theatre(print)
  theatre.shown = { frames: true, sleeps: true }
  await theatre.play(program(theatre))
}
