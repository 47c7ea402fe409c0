// N14: fork, and a counter in both processes. Memory is not shared: each counts for itself. A file's offset is: it belongs
// to the open file, of which there is one.

import { O_CREAT, O_RDWR, exitStatus } from '../src/entry/main.ts'
import type { Process } from '../src/entry/main.ts'
import { Theatre, bytes, must } from './support/theatre.ts'

export const title = 'fork: two counters, one open file'

async function count(process: Process, theatre: Theatre, memory: { count: number }, fd: number, step: number): Promise<number> {
  for (let i = 0; i < 3; i++) {
    memory.count += step
    must(process.sys.write(fd, bytes(`${memory.count}\n`)))
    theatre.say(process, `pid ${process.sys.getpid()}, parent ${process.sys.getppid()}, count ${memory.count}`)
    await process.sleep(1)
  }
  return memory.count
}

async function program(theatre: Theatre): Promise<void> {
  const parent = theatre.server.spawn('count')
  const fd = must(parent.sys.open('/tmp/log', O_CREAT | O_RDWR))
  const memory = { count: 0 }
  // JavaScript cannot return twice, so the child's code is a function; what it shall remember is copied for it.
  const pid = must(parent.fork(child => count(child, theatre, { ...memory }, fd, 10)))
  theatre.say(parent, `fork gives ${pid}`)
  await count(parent, theatre, memory, fd, 1)
  const [ended, status] = must(await parent.waitpid(pid))
  theatre.say(parent, `child ${ended} exited with ${exitStatus(status)}, our count is ${memory.count}`)
  const whole = new Uint8Array(100)
  const log = must(parent.sys.open('/tmp/log', O_RDWR))
  const size = must(parent.sys.read(log, whole))
  theatre.say(parent, `the file: ${new TextDecoder().decode(whole.subarray(0, size)).trim().split('\n').join(' ')}`)
}

export async function play(print: (line: string) => void): Promise<void> {
  const theatre = new Theatre(print)
  theatre.shown = { sleeps: true }
  await theatre.play(program(theatre))
}
