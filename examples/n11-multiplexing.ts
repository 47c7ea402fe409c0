// N11: one process, many connections, by select, poll and epoll. The first two look at every descriptor at each call; epoll
// visits its ready list only.

import { AF_INET, EPOLLIN, EPOLL_CTL_ADD, POLLIN, SOCK_STREAM } from '../src/entry/main.ts'
import type { EpollEvent, Process } from '../src/entry/main.ts'
import { Theatre, at, bytes, must, text } from './support/theatre.ts'

export const title = 'servers by select, poll and epoll'
const CONNECTIONS = 4

/** Each way waits and answers the descriptors that are ready. */
type Way = (process: Process, fds: readonly number[]) => Promise<{ ready: number[], looked: number }>

const bySelect: Way = async (process, fds) => {
  const read = new Set(fds)
  must(await process.select(Math.max(...fds) + 1, { read }, -1))
  return { ready: [...read], looked: fds.length }
}
const byPoll: Way = async (process, fds) => {
  const list = fds.map(fd => ({ fd, events: POLLIN, revents: 0 }))
  must(await process.poll(list, -1))
  return { ready: list.filter(each => each.revents !== 0).map(each => each.fd), looked: fds.length }
}
/** A server keeps the instance; one round shows as much. */
const byEpoll: Way = async (process, fds) => {
  const epfd = must(process.sys.epoll_create())
  for (const fd of fds) must(process.sys.epoll_ctl(epfd, EPOLL_CTL_ADD, fd, { events: EPOLLIN, data: fd }))
  const events: EpollEvent[] = []
  const count = must(await process.epoll_wait(epfd, events, 16, -1))
  return { ready: events.slice(0, count).map(each => each.data), looked: count }
}

async function program(theatre: Theatre): Promise<void> {
  const [server, client] = [theatre.server.spawn('server'), theatre.client.spawn('client')]
  const listener = must(server.sys.socket(AF_INET, SOCK_STREAM, 0))
  must(server.sys.bind(listener, at('0.0.0.0', 8000)))
  must(server.sys.listen(listener, 16))
  const [here, there]: [number[], number[]] = [[], []]
  for (let i = 0; i < CONNECTIONS; i++) {
    here.push(must(client.sys.socket(AF_INET, SOCK_STREAM, 0)))
    must(await client.connect(here[i], at('10.0.0.2', 8000)))
    there.push(must(await server.accept(listener)))
  }
  theatre.shown = { frames: true, sleeps: true, readyLists: true }
  const buffer = new Uint8Array(100)
  for (const [name, way] of [['select', bySelect], ['poll', byPoll], ['epoll', byEpoll]] as const) {
    theatre.chapter(name)
    const waiting = way(server, there)
    must(client.sys.send(here[2], bytes(`by ${name}`), 0, name.length + 3, 0))
    const { ready, looked } = await waiting
    for (const fd of ready) {
      theatre.say(server, `${name}: ${fd} of ${there.join(',')} ready, "${text(buffer, must(server.sys.read(fd, buffer)))}"`)
    }
    theatre.note(`${looked} descriptor(s) looked at`)
    await client.sleep(50)
  }
}

export async function play(print: (line: string) => void): Promise<void> {
  const theatre = new Theatre(print)
  theatre.shown = {}
  await theatre.play(program(theatre))
}
