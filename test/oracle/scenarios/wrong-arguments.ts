// Arguments that make no sense, to every call: negative and enormous numbers, foreign and cut addresses, closed twice, closed
// while another sleeps. Each is followed by a look whether the socket is as it was.

import {
  AF_INET, AF_INET6, AF_UNIX, O_CREAT, O_NONBLOCK, O_RDWR, SHUT_RD, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET, SO_TYPE,
} from '../../../src/base/posix.ts'
import { inet, path, scenario } from '../scenario.ts'
import type { Fd, Program, Scenario, Symbol_ } from '../scenario.ts'
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

/** A descriptor of each kind that is no socket, and some that are. */
function everyKind(p: Program): Symbol_[] {
  const file = p.call('open', 'f', O_CREAT | O_RDWR)
  const [reading, writing] = p.pipe(O_NONBLOCK)
  const timer = p.call('timerfd_create', 1, O_NONBLOCK)
  return [file, reading, writing, p.epoll(), p.eventfd(0, O_NONBLOCK), timer, p.socket(AF_INET, UDP), p.socket(AF_INET, TCP)]
}

const NONE = [99, -1, 2_147_483_647, -2_147_483_648]

/** One call told every kind of descriptor; then each is asked whether it is as it was. */
function onEveryKind(name: string, tell: (p: Program, fd: Fd) => void): Scenario {
  return scenario(`F4 ${name} on every kind of descriptor`, p => {
    const kinds = everyKind(p)
    for (const fd of [...NONE, ...kinds]) tell(p, fd)
    p.poll(...kinds)
    for (const fd of kinds) p.close(fd)
    for (const fd of kinds) p.close(fd)
  })
}

const ON_EVERY_KIND: readonly Scenario[] = [
  onEveryKind('read and readv', (p, fd) => {
    p.read(fd, 10)
    p.read(fd, 0)
    p.call('readv', fd, 3, 0, 4)
  }),
  onEveryKind('write and writev', (p, fd) => {
    p.write(fd, 'x')
    p.call('writev', fd, 'abc', '', 'defgh')
  }),
  onEveryKind('sendfile', (p, fd) => {
    const file = p.call('open', 'source', O_CREAT | O_RDWR)
    p.write(file, 'content')
    p.call('sendfile', fd, file, 0, 3)
    p.call('sendfile', fd, file, -1, 3)
    p.call('sendfile', file, fd, null, 3)
    p.call('sendfile', fd, fd, null, 3)
    p.close(file)
  }),
  onEveryKind('splice', (p, fd) => {
    const [reading, writing] = p.pipe(O_NONBLOCK)
    p.call('splice', fd, writing, 0)
    p.call('splice', reading, fd, 0)
    p.call('splice', fd, fd, 0)
    p.close(reading)
    p.close(writing)
  }),
  onEveryKind('timerfd_settime and timerfd_gettime', (p, fd) => {
    p.call('timerfd_settime', fd, 0, 0, 0)
    p.call('timerfd_settime', fd, 99, 0, 0)
    p.call('timerfd_settime', fd, 0, -5, 0)
    p.call('timerfd_gettime', fd)
  }),
  onEveryKind('dup, dup2 and fcntl', (p, fd) => {
    p.close(p.dup(fd))
    for (const to of [-1, 2_147_483_647]) p.dup2(fd, to)
    for (const [command, argument] of [[0, -1], [0, 2_147_483_647], [2, 1], [1, 0], [3, 0], [9, 0], [4711, 0], [-1, 0]] as const) {
      p.fcntl(fd, command, argument)
    }
  }),
  onEveryKind('ioctl', (p, fd) => {
    for (const request of [0x5411, 0x8905, 0x894b, 0x7777, 0]) p.ioctl(fd, request)
  }),
  onEveryKind('epoll_ctl and epoll_wait', (p, fd) => {
    const ep = p.epoll()
    p.epollCtl(fd, 1, ep, 1)
    for (const op of [2, 3, 9, 1, 1]) p.epollCtl(ep, op, fd, 1)
    p.epollCtl(ep, 1, ep, 1)
    for (const most of [0, -1]) p.epollWait(fd, most)
    p.close(ep)
  }),
  scenario('F4 poll and select of nonsense', p => {
    const kinds = everyKind(p)
    p.poll(...NONE, ...kinds)
    for (const nfds of [-1, 0, 5]) p.call('select', nfds, [])
    p.call('select', 60, [40])
    p.call('select', 8, kinds)
  }),
  scenario('F4 making descriptors of nonsense', p => {
    for (const flags of [1, 99, -1]) {
      p.call('pipe', flags)
      p.call('epoll_create', flags)
      p.call('eventfd', 0, flags)
      p.call('timerfd_create', 1, flags)
    }
    for (const clock of [-1, 99]) p.call('timerfd_create', clock, 0)
    p.call('open', '', 0)
    p.call('open', 'nobody', 0)
    p.call('open', 'no/such', O_CREAT | O_RDWR)
    for (const [family, type] of [[AF_INET, SOCK_STREAM], [99, SOCK_STREAM], [AF_UNIX, 99], [AF_UNIX, 4]]) p.call('socketpair', family, type, 0)
    p.call('socketpair', AF_UNIX, SOCK_STREAM, 99)
  }),
  scenario('G7 kill and waitpid of nonsense', p => {
    for (const signal of [0, -1, 65, 99]) p.call('kill', 'self', signal)
    p.call('kill', 2_000_000_000, 0)
    for (const [pid, options] of [[-1, 0], [2_000_000_000, 0], [-1, 0x7fff_0000], [0, 1]]) p.call('waitpid', pid, options)
  }),
]

export const WRONG_ARGUMENT_SCENARIOS: readonly Scenario[] = [
  ...ON_EVERY_KIND,
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
