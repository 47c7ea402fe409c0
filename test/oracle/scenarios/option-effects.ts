// What SOL_SOCKET options do, one scenario each; docs/options.md cites them by name.

import {
  AF_INET, AF_NETLINK, AF_UNIX, MSG_OOB, MSG_PEEK, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_RAW, SOCK_STREAM, SOL_SOCKET, SO_ACCEPTCONN,
  SO_ATTACH_FILTER, SO_BINDTODEVICE, SO_BINDTOIFINDEX, SO_BUF_LOCK, SO_DETACH_FILTER, SO_DOMAIN, SO_ERROR, SO_KEEPALIVE, SO_LINGER,
  SO_LOCK_FILTER, SO_MEMINFO, SO_OOBINLINE, SO_PASSCRED, SO_PEEK_OFF, SO_PEERCRED, SO_PEERNAME, SO_PROTOCOL, SO_RCVBUF, SO_RCVBUFFORCE,
  SO_RCVLOWAT, SO_RCVTIMEO, SO_RCVTIMEO_NEW, SO_REUSEADDR, SO_REUSEPORT, SO_RXQ_OVFL, SO_SELECT_ERR_QUEUE, SO_SNDBUF, SO_SNDBUFFORCE,
  SO_SNDTIMEO, SO_SNDTIMEO_NEW, SO_TYPE,
} from '../../../src/base/posix.ts'
import { abstract, bpf, inet, ints, longs, scenario } from '../scenario.ts'
import type { Program, Scenario } from '../scenario.ts'
import { TCP, UDP, closedPort, datagram, pair } from './support.ts'

const LO = Buffer.from('lo\0').toString('hex')
const KEEP_NOTHING = bpf([6, 0, 0, 0])

function effect(name: string, write: (p: Program) => void): Scenario { return scenario(`F7 effect of ${name}`, write) }

/** Two sockets want one port, before and after both have the option. */
function sharedPort(option: number): (p: Program) => void {
  return p => {
    const first = datagram(p)
    const second = p.socket(AF_INET, UDP)
    p.bind(second, inet('127.0.0.1', first.port))
    const [third, fourth] = [p.socket(AF_INET, UDP), p.socket(AF_INET, UDP)]
    for (const fd of [third, fourth]) p.set(fd, SOL_SOCKET, option, 1)
    p.bind(third)
    const port = p.port(third)
    p.bind(fourth, inet('127.0.0.1', port))
  }
}

/** A read that gives up by itself, and a write whose reader does not read. */
function timeOut(option: number, isRead: boolean): (p: Program) => void {
  return p => {
    const [a, b] = p.socketpair(AF_UNIX, SOCK_STREAM)
    p.set(a, SOL_SOCKET, option, longs(0, 20_000))
    if (isRead) {
      p.recv(a)
      p.send(b, 'there')
      p.recv(a)
      return
    }
    // A queue takes so many datagrams; the writer of one more gives up.
    const [server, client] = [p.socket(AF_UNIX, SOCK_DGRAM), p.socket(AF_UNIX, SOCK_DGRAM)]
    p.bind(server, abstract('queue'))
    p.connect(client, abstract('queue'))
    p.set(client, SOL_SOCKET, option, longs(0, 20_000))
    for (let i = 0; i < 13; i++) p.send(client, 'x')
  }
}

function lackingRoom(p: Program): { fd: string, port: string, from: string } {
  const { fd, port } = datagram(p)
  p.set(fd, SOL_SOCKET, SO_RCVBUF, 0)
  const from = p.socket(AF_INET, UDP)
  for (let i = 0; i < 8; i++) p.sendto(from, [700, 65 + i], inet('127.0.0.1', port))
  return { fd, port, from }
}

export const OPTION_EFFECT_SCENARIOS: readonly Scenario[] = [
  effect('SO_REUSEADDR', sharedPort(SO_REUSEADDR)),
  effect('SO_REUSEPORT', sharedPort(SO_REUSEPORT)),
  effect('SO_TYPE, SO_DOMAIN and SO_PROTOCOL', p => {
    for (const fd of [p.socket(AF_INET, TCP), p.socket(AF_INET, UDP), p.socket(AF_UNIX, SOCK_DGRAM), p.socket(AF_NETLINK, SOCK_RAW)]) {
      for (const option of [SO_TYPE, SO_DOMAIN, SO_PROTOCOL]) p.get(fd, SOL_SOCKET, option)
    }
  }),
  effect('SO_ERROR', p => {
    const fd = p.socket(AF_INET, TCP)
    p.connect(fd, inet('127.0.0.1', closedPort(p, TCP)))
    p.get(fd, SOL_SOCKET, SO_ERROR)
    p.get(fd, SOL_SOCKET, SO_ERROR)
  }),
  effect('SO_ACCEPTCONN', p => {
    const fd = p.socket(AF_INET, TCP)
    p.get(fd, SOL_SOCKET, SO_ACCEPTCONN)
    p.listen(fd)
    p.get(fd, SOL_SOCKET, SO_ACCEPTCONN)
  }),
  effect('SO_SNDBUF', p => {
    for (const size of [4096, 40_000]) {
      const [a] = p.socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK)
      p.set(a, SOL_SOCKET, SO_SNDBUF, size)
      p.send(a, [20_000, 65])
    }
  }),
  effect('SO_RCVBUF', p => {
    const { fd } = lackingRoom(p)
    for (let i = 0; i < 6; i++) p.recv(fd, 10)
  }),
  effect('SO_SNDBUFFORCE and SO_RCVBUFFORCE', p => {
    const fd = p.socket(AF_INET, UDP)
    p.set(fd, SOL_SOCKET, SO_SNDBUFFORCE, 50_000_000)
    p.get(fd, SOL_SOCKET, SO_SNDBUF)
    p.set(fd, SOL_SOCKET, SO_RCVBUFFORCE, 50_000_000)
    p.get(fd, SOL_SOCKET, SO_RCVBUF)
  }),
  effect('SO_BUF_LOCK', p => {
    const fd = p.socket(AF_INET, TCP)
    p.get(fd, SOL_SOCKET, SO_BUF_LOCK)
    p.set(fd, SOL_SOCKET, SO_RCVBUF, 20_000)
    p.get(fd, SOL_SOCKET, SO_BUF_LOCK)
    p.set(fd, SOL_SOCKET, SO_SNDBUF, 20_000)
    p.get(fd, SOL_SOCKET, SO_BUF_LOCK)
    p.set(fd, SOL_SOCKET, SO_BUF_LOCK, 0)
    p.get(fd, SOL_SOCKET, SO_BUF_LOCK)
  }),
  effect('SO_KEEPALIVE', p => {
    const { client, fd } = pair(p)
    p.set(fd, SOL_SOCKET, SO_KEEPALIVE, 1)
    p.get(client, SOL_SOCKET, SO_KEEPALIVE)
    const second = p.socket(AF_INET, TCP)
    p.connect(second, inet('127.0.0.1', p.port(fd)))
    p.get(p.accept(fd), SOL_SOCKET, SO_KEEPALIVE)
  }),
  effect('SO_OOBINLINE', p => {
    const { client, server } = pair(p)
    p.set(server, SOL_SOCKET, SO_OOBINLINE, 1)
    p.send(client, 'ab', MSG_OOB)
    p.recv(server, 10, MSG_OOB)
    p.recv(server, 10)
    p.recv(server, 10)
  }),
  effect('SO_LINGER', p => {
    const { client, server } = pair(p)
    p.set(client, SOL_SOCKET, SO_LINGER, ints(1, 0))
    p.close(client)
    p.recv(server)
    p.recv(server)
  }),
  effect('SO_PASSCRED', p => {
    const [a, b] = p.socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK)
    p.send(a, 'before')
    p.recvmsg(b)
    p.set(b, SOL_SOCKET, SO_PASSCRED, 1)
    p.send(a, 'after')
    p.recv(b)
  }),
  effect('SO_PEERCRED', p => {
    const { fd } = datagram(p)
    p.get(fd, SOL_SOCKET, SO_PEERCRED, 12)
  }),
  effect('SO_PEERNAME', p => {
    const { client } = pair(p)
    for (const length of [2, 8, 16, 17]) p.get(client, SOL_SOCKET, SO_PEERNAME, length)
    p.get(pair(p).server, SOL_SOCKET, SO_PEERNAME, 16)
    p.get(p.socket(AF_INET, TCP), SOL_SOCKET, SO_PEERNAME, 16)
  }),
  effect('SO_RCVLOWAT', p => {
    const { client, server } = pair(p)
    p.set(server, SOL_SOCKET, SO_RCVLOWAT, 4)
    p.send(client, 'abc')
    p.poll(server)
    p.send(client, 'd')
    p.poll(server)
  }),
  effect('SO_RCVTIMEO', timeOut(SO_RCVTIMEO, true)),
  effect('SO_RCVTIMEO_NEW', timeOut(SO_RCVTIMEO_NEW, true)),
  effect('SO_SNDTIMEO', timeOut(SO_SNDTIMEO, false)),
  effect('SO_SNDTIMEO_NEW', timeOut(SO_SNDTIMEO_NEW, false)),
  effect('SO_BINDTODEVICE and SO_BINDTOIFINDEX', p => {
    const fd = p.socket(AF_INET, UDP)
    p.set(fd, SOL_SOCKET, SO_BINDTODEVICE, LO)
    p.get(fd, SOL_SOCKET, SO_BINDTODEVICE, 16)
    p.get(fd, SOL_SOCKET, SO_BINDTOIFINDEX)
    p.bind(fd)
    p.sendto(fd, 'itself', inet('127.0.0.1', p.port(fd)))
    p.recv(fd)
    p.set(fd, SOL_SOCKET, SO_BINDTOIFINDEX, 0)
    p.get(fd, SOL_SOCKET, SO_BINDTODEVICE, 16)
    p.set(fd, SOL_SOCKET, SO_BINDTOIFINDEX, 77)
    p.sendto(fd, 'nowhere', inet('127.0.0.1', 9))
  }),
  effect('SO_ATTACH_FILTER, SO_DETACH_FILTER and SO_LOCK_FILTER', p => {
    const { fd, port } = datagram(p)
    const from = p.socket(AF_INET, UDP)
    p.set(fd, SOL_SOCKET, SO_ATTACH_FILTER, KEEP_NOTHING)
    p.sendto(from, 'refused', inet('127.0.0.1', port))
    p.recv(fd)
    p.set(fd, SOL_SOCKET, SO_DETACH_FILTER, 0)
    p.sendto(from, 'taken', inet('127.0.0.1', port))
    p.recv(fd)
    p.set(fd, SOL_SOCKET, SO_LOCK_FILTER, 1)
    p.set(fd, SOL_SOCKET, SO_ATTACH_FILTER, KEEP_NOTHING)
    p.set(fd, SOL_SOCKET, SO_DETACH_FILTER, 0)
  }),
  effect('SO_RXQ_OVFL', p => {
    const { fd, port, from } = lackingRoom(p)
    p.set(fd, SOL_SOCKET, SO_RXQ_OVFL, 1)
    for (let i = 0; i < 8; i++) p.recv(fd, 10)
    p.sendto(from, 'after', inet('127.0.0.1', port))
    p.recvmsg(fd, 10)
  }),
  effect('SO_PEEK_OFF', p => {
    const [a, b] = p.socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK)
    p.send(a, 'abcdef')
    p.set(b, SOL_SOCKET, SO_PEEK_OFF, 2)
    p.recv(b, 2, MSG_PEEK)
    p.recv(b, 2, MSG_PEEK)
    p.get(b, SOL_SOCKET, SO_PEEK_OFF)
    p.recv(b, 6)
    p.get(b, SOL_SOCKET, SO_PEEK_OFF)
  }),
  effect('SO_SELECT_ERR_QUEUE', p => {
    for (const on of [0, 1]) {
      const fd = p.socket(AF_INET, UDP)
      p.set(fd, 0, 11, 1)
      p.set(fd, SOL_SOCKET, SO_SELECT_ERR_QUEUE, on)
      p.connect(fd, inet('127.0.0.1', closedPort(p, UDP)))
      p.send(fd, 'x')
      p.poll(fd)
    }
  }),
  effect('SO_MEMINFO', p => {
    const { fd } = datagram(p)
    p.get(fd, SOL_SOCKET, SO_MEMINFO, 16)
    p.set(fd, SOL_SOCKET, SO_RCVBUF, 10_000)
    p.set(fd, SOL_SOCKET, SO_SNDBUF, 10_000)
    p.get(fd, SOL_SOCKET, SO_MEMINFO, 36)
    p.set(fd, SOL_SOCKET, SO_MEMINFO, 1)
    p.get(fd, SOL_SOCKET, SO_MEMINFO, 36)
  }),
]
