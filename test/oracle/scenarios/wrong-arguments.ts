// Arguments that make no sense, to every call: negative and enormous numbers, foreign and cut addresses, closed twice, closed
// while another sleeps. Each is followed by a look whether the socket is as it was.

import { AF_INET, AF_INET6, AF_UNIX, SHUT_RD, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET, SO_TYPE } from '../../../src/base/posix.ts'
import { inet, path, scenario } from '../scenario.ts'
import type { Program, Scenario, Symbol_ } from '../scenario.ts'
import { TCP, UDP, pair } from './support.ts'

const KINDS: readonly (readonly [name: string, make: (p: Program) => Symbol_])[] = [
  ['a TCP socket', p => p.socket(AF_INET, TCP)], ['an IPv6 TCP socket', p => p.socket(AF_INET6, TCP)],
  ['a connection', p => pair(p).client], ['a UDP socket', p => p.socket(AF_INET, UDP)],
  ['a Unix stream', p => p.socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK)[0]],
  ['a Unix datagram socket', p => p.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK)],
]

const ADDRESSES = [
  { hex: '' }, { hex: '02' }, { hex: '0200' }, { hex: '0200000700000000' }, { ...inet('127.0.0.1', 9), length: 8 },
  { hex: '63000000000000000000000000000000' }, path('nobody'),
]

export const WRONG_ARGUMENT_SCENARIOS: readonly Scenario[] = [
  ...KINDS.map(([name, make]) => scenario(`F4 nonsense told to ${name}`, p => {
    const fd = make(p)
    for (const address of ADDRESSES) {
      p.bind(fd, address)
      p.connect(fd, address)
    }
    for (const how of [-1, 3, 99, 2_147_483_647]) p.shutdown(fd, how)
    p.accept(fd, 0x4711)
    for (const length of [-1, 0, 1, 3]) p.get(fd, SOL_SOCKET, SO_TYPE, length)
    p.fcntl(fd, 4711)
    p.ioctl(fd, 0x7777)
    p.poll(fd)
    p.close(fd)
    p.close(fd)
    p.send(fd, 'x')
    p.poll(fd)
  })),
  scenario('F6 closed while another sleeps', p => {
    const [a, b] = p.socketpair(AF_UNIX, SOCK_STREAM)
    const read = p.start('recv', b, 10, 0)
    p.close(b)
    p.close(b)
    p.sleeps(read)
    p.recv(b)
    p.send(a, 'still there')
    p.result(read)
    const other = p.socketpair(AF_UNIX, SOCK_STREAM)
    const second = p.start('read', other[0], 10)
    p.shutdown(other[0], SHUT_RD)
    p.result(second)
  }),
]
