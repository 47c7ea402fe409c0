// N4: one process a connection. Parent and child each close the descriptor they do not use; the connection ends when the
// last one is closed, and SIGCHLD tells the parent to take the status.

import { AF_INET, SIGCHLD, SOCK_STREAM, WNOHANG, exitStatus } from '../src/entry/main.ts'
import type { Process } from '../src/entry/main.ts'
import { Theatre, at, bytes, must, text } from './support/theatre.ts'

export const title = 'concurrent fork server'
const CLIENTS = 2

async function serve(child: Process, listener: number, connection: number): Promise<number> {
  must(child.sys.close(listener))
  const buffer = new Uint8Array(100)
  const count = must(await child.read(connection, buffer))
  await child.sleep(5) // work, while others are served
  must(await child.sendall(connection, buffer, 0, count))
  return 0 // exit closes the connection
}

async function server(process: Process, theatre: Theatre): Promise<void> {
  const { sys } = process
  let reaped = 0
  must(sys.sigaction(SIGCHLD, { handler: () => {
    // One signal may stand for several children: take all that have ended.
    for (let ended = sys.waitpid(-1, WNOHANG); typeof ended !== 'string' && ended[0] > 0; ended = sys.waitpid(-1, WNOHANG)) {
      reaped++
      theatre.say(process, `child ${ended[0]} exited with ${exitStatus(ended[1])}`)
    }
  } }))
  const listener = must(sys.socket(AF_INET, SOCK_STREAM, 0))
  must(sys.bind(listener, at('0.0.0.0', 8000)))
  must(sys.listen(listener, 5))
  while (reaped < CLIENTS) {
    const connection = await process.accept(listener)
    if (connection === 'EINTR') continue // SIGCHLD came while we slept
    process.fork(child => serve(child, listener, must(connection)))
    must(sys.close(must(connection))) // the child's copy stays
  }
}

async function client(process: Process, theatre: Theatre): Promise<void> {
  const fd = must(process.sys.socket(AF_INET, SOCK_STREAM, 0))
  must(await process.connect(fd, at('10.0.0.2', 8000)))
  must(await process.sendall(fd, bytes(`from ${process.pid}`)))
  const buffer = new Uint8Array(100)
  theatre.say(process, `echoed "${text(buffer, must(await process.read(fd, buffer)))}"`)
  must(process.sys.close(fd))
}

export async function play(print: (line: string) => void): Promise<void> {
  const theatre = new Theatre(print)
  theatre.shown = { calls: false, sleeps: true, frames: true }
  const clients = Array.from({ length: CLIENTS }, () => client(theatre.client.spawn('client'), theatre))
  await theatre.play(server(theatre.server.spawn('server'), theatre), ...clients)
}
