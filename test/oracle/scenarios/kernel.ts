// Rows D3, F7, I3, I4: what sits between sockets and the machine: peeking with an offset, time stamps, late ports, filters.

import {
  AF_INET, AF_UNIX, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, MSG_PEEK, MSG_TRUNC, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET,
  SO_PEEK_OFF, SO_TIMESTAMPING,
} from '../../../src/base/posix.ts'
import { inet, ints, scenario } from '../scenario.ts'
import type { Fd, Program, Scenario } from '../scenario.ts'
import { TCP, UDP, datagram, listener, pair } from './support.ts'

function peekAbout(p: Program, fd: Fd): void {
  p.get(fd, SOL_SOCKET, SO_PEEK_OFF)
  p.set(fd, SOL_SOCKET, SO_PEEK_OFF, 0)
  for (const count of [2, 3, 100, 100, 100, 100]) {
    p.recv(fd, count, MSG_PEEK)
    p.get(fd, SOL_SOCKET, SO_PEEK_OFF)
  }
  p.recv(fd, 4)
  p.get(fd, SOL_SOCKET, SO_PEEK_OFF)
  p.recv(fd, 100, MSG_PEEK)
  p.set(fd, SOL_SOCKET, SO_PEEK_OFF, 3)
  p.recv(fd, 2, MSG_PEEK | MSG_TRUNC)
  p.get(fd, SOL_SOCKET, SO_PEEK_OFF)
  p.recv(fd, 100, MSG_TRUNC)
  p.get(fd, SOL_SOCKET, SO_PEEK_OFF)
  p.set(fd, SOL_SOCKET, SO_PEEK_OFF, -1)
  p.recv(fd, 100, MSG_PEEK)
  p.recv(fd, 100)
  p.recv(fd, 100)
}

export const KERNEL_SCENARIOS: readonly Scenario[] = [
  scenario('F7 SO_PEEK_OFF on UDP', p => {
    const { fd, port } = datagram(p)
    const from = p.socket(AF_INET, UDP)
    for (const data of ['abcdefgh', '', 'ijkl', 'mnopqr']) p.sendto(from, data, inet('127.0.0.1', port))
    peekAbout(p, fd)
  }),
  scenario('F7 SO_PEEK_OFF on Unix datagrams', p => {
    const [a, b] = p.socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK)
    for (const data of ['abcdefgh', '', 'ijkl', 'mnopqr']) p.send(a, data)
    peekAbout(p, b)
  }),
  scenario('F7 SO_PEEK_OFF on seqpacket and stream', p => {
    const [a, b] = p.socketpair(AF_UNIX, 5 | SOCK_NONBLOCK)
    for (const data of ['abcdefgh', 'ijkl', 'mnopqr']) p.send(a, data)
    peekAbout(p, b)
    const [c, d] = p.socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK)
    for (const data of ['abcdefgh', 'ijkl', 'mnopqr']) p.send(c, data)
    p.set(d, SOL_SOCKET, SO_PEEK_OFF, 0)
    for (const count of [2, 3, 100, 100]) p.recv(d, count, MSG_PEEK)
    p.recv(d, 4)
    p.get(d, SOL_SOCKET, SO_PEEK_OFF)
  }),
  scenario('F7 SO_PEEK_OFF on TCP', p => {
    const { client, server } = pair(p)
    p.send(client, 'abcdefghijklmnopqrstuvwxyz')
    p.set(server, SOL_SOCKET, SO_PEEK_OFF, 0)
    for (const count of [2, 3]) p.recv(server, count, MSG_PEEK)
    p.get(server, SOL_SOCKET, SO_PEEK_OFF)
    p.recv(server, 4)
    p.get(server, SOL_SOCKET, SO_PEEK_OFF)
    p.recv(server, 100, MSG_PEEK)
    p.recv(server, 100, MSG_PEEK)
    p.close(client)
    p.recv(server, 100, MSG_PEEK)
    p.recv(server, 100)
    p.get(server, SOL_SOCKET, SO_PEEK_OFF)
    p.recv(server, 100)
  }),
  scenario('F7 SO_PEEK_OFF where there is none', p => {
    const raw = p.socket(AF_INET, 3, 1)
    p.set(raw, SOL_SOCKET, SO_PEEK_OFF, 0)
    p.get(raw, SOL_SOCKET, SO_PEEK_OFF)
    const ping = p.socket(AF_INET, SOCK_DGRAM, 1)
    p.set(ping, SOL_SOCKET, SO_PEEK_OFF, 5)
    p.get(ping, SOL_SOCKET, SO_PEEK_OFF)
  }),
  scenario('F7 SO_TIMESTAMPING reads back its structure', p => {
    for (const type of [UDP, TCP]) {
      const fd = p.socket(AF_INET, type)
      for (const length of [0, 3, 4, 7, 8, 100]) p.get(fd, SOL_SOCKET, SO_TIMESTAMPING, length)
      for (const value of [0x18, 0x80, 0x1000, 0x1800, 0x10000, 0x10080, 0x20000, 0x40000, 0x80000, -1]) {
        p.set(fd, SOL_SOCKET, SO_TIMESTAMPING, value)
        p.get(fd, SOL_SOCKET, SO_TIMESTAMPING, 8)
      }
      p.set(fd, SOL_SOCKET, SO_TIMESTAMPING, ints(0x18, 0))
      p.set(fd, SOL_SOCKET, SO_TIMESTAMPING, '1800')
      p.get(fd, SOL_SOCKET, SO_TIMESTAMPING, 8)
    }
  }),
  scenario('A4 IP_BIND_ADDRESS_NO_PORT', p => {
    const one = listener(p)
    const two = listener(p)
    const [a, b] = [p.socket(AF_INET, TCP), p.socket(AF_INET, TCP)]
    for (const [fd, to] of [[a, one], [b, two]] as const) {
      p.set(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
      p.get(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT)
      p.bind(fd, inet('127.0.0.3', 0))
      p.call('getsockname', fd)
      p.bind(fd, inet('127.0.0.2', 0))
      p.call('getsockname', fd)
      p.connect(fd, inet('127.0.0.1', to.port))
      p.call('getsockname', fd)
      p.accept(to.fd)
    }
    const u = p.socket(AF_INET, UDP)
    p.set(u, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
    p.bind(u, inet('127.0.0.2', 0))
    p.call('getsockname', u)
    p.poll(u)
    p.sendto(u, 'x', inet('127.0.0.1', one.port))
    p.call('getsockname', u)
    const l = p.socket(AF_INET, TCP)
    p.set(l, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
    p.bind(l, inet('127.0.0.2', 0))
    p.listen(l)
    p.call('getsockname', l)
  }),
]
