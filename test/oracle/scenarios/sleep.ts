// Row F6, G3 and G4: calls that sleep, who wakes them, and descriptors shared over fork.

import {
  AF_INET, AF_UNIX, MSG_PEEK, MSG_WAITALL, SHUT_RD, SHUT_WR, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET, SO_ERROR, SO_RCVTIMEO, SO_SNDTIMEO,
} from '../../../src/base/posix.ts'
import { UNSPEC, inet, longs, path, scenario } from '../scenario.ts'
import type { Program, Scenario, Symbol_ } from '../scenario.ts'

function sleepyPair(p: Program): { client: Symbol_, server: Symbol_, listener: Symbol_ } {
  const listener = p.socket(AF_INET, SOCK_STREAM)
  p.bind(listener)
  p.listen(listener)
  const port = p.port(listener)
  const client = p.socket(AF_INET, SOCK_STREAM)
  p.connect(client, inet('127.0.0.1', port))
  return { client, server: p.accept(listener), listener }
}

export const SLEEP_SCENARIOS: readonly Scenario[] = [
  scenario('F6 recv sleeps until a byte is there', p => {
    const { client, server } = sleepyPair(p)
    const read = p.start('recv', server, 10, 0)
    p.sleeps(read)
    p.send(client, 'a')
    p.result(read)
    const whole = p.start('recv', server, 5, MSG_WAITALL)
    p.send(client, 'abc')
    p.sleeps(whole)
    p.send(client, 'defg')
    p.result(whole)
    const rest = p.start('recv', server, 5, MSG_WAITALL)
    p.shutdown(client, SHUT_WR)
    p.result(rest)
    p.recv(server)
  }),
  scenario('F6 accept and connect sleep', p => {
    const listener = p.socket(AF_INET, SOCK_STREAM)
    p.bind(listener)
    p.listen(listener)
    const port = p.port(listener)
    const waiting = p.start('accept', listener, 0)
    p.sleeps(waiting)
    const client = p.socket(AF_INET, SOCK_STREAM)
    p.connect(client, inet('127.0.0.1', port))
    p.result(waiting)
    const second = p.start('accept', listener, 0)
    p.shutdown(listener, SHUT_RD)
    p.result(second)
  }),
  scenario('F6 a connection dissolved under its reader', p => {
    const { client } = sleepyPair(p)
    const read = p.start('recv', client, 10, 0)
    p.sleeps(read)
    p.connect(client, UNSPEC)
    p.result(read)
    p.get(client, SOL_SOCKET, SO_ERROR)
    p.recv(client)
    const peeks = sleepyPair(p)
    const peek = p.start('recv', peeks.client, 10, MSG_PEEK)
    p.sleeps(peek)
    p.connect(peeks.client, UNSPEC)
    p.result(peek)
    const whole = sleepyPair(p)
    p.send(whole.server, 'abc')
    const gathers = p.start('recv', whole.client, 5, MSG_WAITALL)
    p.sleeps(gathers)
    p.connect(whole.client, UNSPEC)
    p.result(gathers)
  }),
  scenario('F6 a listener dissolved under its accept', p => {
    const listener = p.socket(AF_INET, SOCK_STREAM)
    p.bind(listener)
    p.listen(listener)
    const waiting = p.start('accept', listener, 0)
    p.sleeps(waiting)
    p.connect(listener, UNSPEC)
    p.result(waiting)
  }),
  scenario('F6 shutdown wakes, close does not', p => {
    const { client, server } = sleepyPair(p)
    const read = p.start('recv', server, 10, 0)
    const copy = p.dup(server)
    p.close(server)
    p.sleeps(read)
    p.send(client, 'late')
    p.result(read)
    const next = p.start('recv', copy, 10, 0)
    p.shutdown(copy, SHUT_RD)
    p.result(next)
  }),
  scenario('F6 SO_RCVTIMEO and SO_SNDTIMEO', p => {
    const { client, server } = sleepyPair(p)
    p.set(server, SOL_SOCKET, SO_RCVTIMEO, longs(0, 40_000))
    p.get(server, SOL_SOCKET, SO_RCVTIMEO, 16)
    p.set(server, SOL_SOCKET, SO_RCVTIMEO, longs(0, 2_000_000))
    p.set(server, SOL_SOCKET, SO_SNDTIMEO, longs(-1, 0))
    p.get(server, SOL_SOCKET, SO_SNDTIMEO, 16)
    p.recv(server)
    p.send(client, 'ab')
    p.recv(server, 5, MSG_WAITALL)
    p.set(server, SOL_SOCKET, SO_RCVTIMEO, 4)
  }),
  scenario('F6 poll with a time-out', p => {
    const { client, server } = sleepyPair(p)
    p.call('poll', server, 1, 20)
    const waiting = p.start('poll', server, 1, 2000)
    p.sleeps(waiting)
    p.send(client, 'x')
    p.result(waiting)
  }),
  scenario('F6 a reset wakes the reader', p => {
    const { client, server } = sleepyPair(p)
    const read = p.start('recv', server, 10, 0)
    p.send(server, 'unread')
    p.close(client)
    p.result(read)
    p.recv(server)
  }),
  scenario('F6 Unix readers and datagram readers', p => {
    const [a, b] = p.socketpair(AF_UNIX, SOCK_STREAM)
    const read = p.start('recv', b, 10, 0)
    p.send(a, 'x')
    p.result(read)
    const more = p.start('recv', b, 10, 0)
    p.close(a)
    p.result(more)
    const server = p.socket(AF_UNIX, SOCK_STREAM)
    p.bind(server, path('s'))
    p.listen(server)
    const waiting = p.start('accept', server, 0)
    p.sleeps(waiting)
    p.connect(p.socket(AF_UNIX, SOCK_STREAM), path('s'))
    p.result(waiting)
    const udp = p.socket(AF_INET, SOCK_DGRAM)
    p.bind(udp)
    const port = p.port(udp)
    const datagram = p.start('recv', udp, 10, 0)
    p.sleeps(datagram)
    p.sendto(p.socket(AF_INET, SOCK_DGRAM), 'd', inet('127.0.0.1', port))
    p.result(datagram)
  }),
  scenario('G3 fork shares what is open; the last close ends it', p => {
    const { client, server, listener } = sleepyPair(p)
    const child = p.fork()
    child.close(listener)
    child.close(client)
    p.close(server)
    p.send(client, 'to the child')
    child.recv(server)
    child.send(server, 'answer')
    p.recv(client)
    p.recv(server)
    p.poll(client)
    child.close(server)
    p.poll(client)
    p.recv(client)
  }),
  scenario('G3 fork copies the table, not the open files', p => {
    const [r, w] = p.pipe()
    const child = p.fork()
    const own = child.dup(w)
    p.write(own, 'x')
    child.write(own, 'from the child')
    p.read(r, 100)
    p.close(w)
    child.close(w)
    const waiting = p.start('read', r, 10)
    p.sleeps(waiting)
    child.close(own)
    p.result(waiting)
  }),
]
