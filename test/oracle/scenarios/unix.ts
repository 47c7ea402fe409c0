// Behaviours 57-58 and rows H1-H3: sockets without a network.

import {
  AF_INET, AF_UNIX, FIONREAD, MSG_CTRUNC, MSG_OOB, MSG_PEEK, MSG_TRUNC, SCM_RIGHTS, SHUT_RD, SHUT_RDWR, SHUT_WR, SOCK_DGRAM,
  SOCK_NONBLOCK, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM, SOL_SOCKET, SO_ACCEPTCONN, SO_PEERCRED, SO_SNDBUF, SO_TYPE,
} from '../../../src/base/posix.ts'
import { LOOPBACK, UNSPEC, abstract, path, scenario } from '../scenario.ts'
import type { Program, Scenario, Symbol_ } from '../scenario.ts'
import { drain } from './support.ts'

const TYPES = [['stream', SOCK_STREAM], ['datagram', SOCK_DGRAM], ['seqpacket', SOCK_SEQPACKET]] as const

function twins(p: Program, type: number): [Symbol_, Symbol_] { return p.socketpair(AF_UNIX, type | SOCK_NONBLOCK) }
function fresh(p: Program, type: number): Symbol_ { return p.socket(AF_UNIX, type | SOCK_NONBLOCK) }

function ofEveryType(name: string, write: (p: Program, type: number) => void): Scenario[] {
  return TYPES.map(([kind, type]) => scenario(`${name} (${kind})`, p => { write(p, type) }))
}

export const UNIX_SCENARIOS: readonly Scenario[] = [
  ...ofEveryType('57 the peer closes with unread data', (p, type) => {
    const [a, b] = twins(p, type)
    p.send(a, 'x')
    p.send(b, 'unread')
    p.close(a)
    p.poll(b)
    drain(p, b)
    p.send(b, 'x')
    p.poll(b)
  }),
  ...ofEveryType('57 the peer closes with nothing left', (p, type) => {
    const [a, b] = twins(p, type)
    p.send(a, 'ab')
    p.send(a, 'cd')
    p.close(a)
    p.poll(b)
    drain(p, b)
    p.send(b, 'x')
    p.getpeername(b)
  }),
  ...ofEveryType('57 boundaries, cutting, peeking', (p, type) => {
    const [a, b] = twins(p, type)
    p.send(a, 'abcdef')
    p.send(a, 'gh')
    p.send(a, '')
    p.ioctl(b, FIONREAD)
    p.recv(b, 2, MSG_PEEK)
    p.recv(b, 2, MSG_PEEK | MSG_TRUNC)
    p.recvmsg(b, 3)
    p.recvmsg(b, 3, 0, MSG_TRUNC)
    p.recvfrom(b, 100)
    p.poll(b)
    drain(p, b)
  }),
  ...ofEveryType('57 shutdown in each direction', (p, type) => {
    for (const how of [SHUT_RD, SHUT_WR, SHUT_RDWR]) {
      const [a, b] = twins(p, type)
      p.send(b, 'early')
      p.shutdown(a, how)
      p.poll(a, b)
      p.send(a, 'x')
      p.send(b, 'y')
      p.recv(a)
      p.recv(a)
      p.recv(b)
      p.recv(b)
    }
  }),
  ...ofEveryType('57 a full queue', (p, type) => {
    const [a, b] = twins(p, type)
    p.set(a, SOL_SOCKET, SO_SNDBUF, 5000)
    for (let i = 0; i < 14; i++) p.send(a, [1000, 65 + i])
    p.poll(a, b)
    p.recv(b, 1000)
    p.poll(a)
    p.send(a, [1000, 90])
  }),
  ...ofEveryType('58 names', (p, type) => {
    const a = fresh(p, type)
    p.bind(a, path('s'))
    p.bind(a, path('t'))
    p.bind(fresh(p, type), path('s'))
    p.connect(fresh(p, type), path('missing'))
    p.connect(fresh(p, type), path('s'))
    p.port(a)
    p.close(a)
    p.connect(fresh(p, type), path('s'))
    p.call('unlink', 's')
    p.call('unlink', 's')
    p.bind(fresh(p, type), path('s'))
    const c = fresh(p, type)
    p.bind(c, abstract('name'))
    p.bind(fresh(p, type), abstract('name'))
    p.port(c)
    p.close(c)
    p.bind(fresh(p, type), abstract('name'))
    p.connect(fresh(p, type), abstract('other'))
    p.bind(fresh(p, type), { hex: '0100' })
    p.bind(fresh(p, type), { hex: `0100${'61'.repeat(108)}` })
    p.bind(fresh(p, type), { hex: `0100${'61'.repeat(109)}` })
    p.bind(fresh(p, type), LOOPBACK)
    p.bind(fresh(p, type), { hex: '01' })
    p.bind(fresh(p, type), path('no/such/folder'))
  }),
  scenario('H1 a stream server', p => {
    const server = fresh(p, SOCK_STREAM)
    p.listen(server, 1)
    p.bind(server, path('s'))
    const early = fresh(p, SOCK_STREAM)
    p.connect(early, path('s'))
    p.listen(server, 1)
    p.get(server, SOL_SOCKET, SO_ACCEPTCONN)
    p.poll(server)
    p.accept(server)
    const clients = [1, 2, 3, 4].map(() => fresh(p, SOCK_STREAM))
    for (const each of clients) p.connect(each, path('s'))
    p.poll(server, ...clients)
    p.send(clients[0], 'before accept')
    const made = p.accept(server, SOCK_NONBLOCK)
    p.getpeername(made)
    p.port(made)
    p.getpeername(clients[0])
    p.recv(made)
    p.connect(clients[0], path('s'))
    p.connect(clients[3], path('s'))
    p.close(server)
    p.poll(...clients)
    drain(p, clients[1], 2)
    p.send(clients[1], 'x')
    p.listen(made)
    p.connect(fresh(p, SOCK_DGRAM), path('s'))
  }),
  scenario('H1 datagrams by name', p => {
    const [a, b] = [fresh(p, SOCK_DGRAM), fresh(p, SOCK_DGRAM)]
    p.bind(a, path('a'))
    p.sendto(b, 'unnamed', path('a'))
    p.recvfrom(a)
    p.bind(b, path('b'))
    p.sendto(b, 'named', path('a'))
    p.recvfrom(a)
    p.connect(b, path('a'))
    p.send(b, 'connected')
    p.recvmsg(a)
    p.send(a, 'x')
    p.connect(a, path('a'))
    p.send(b, 'refused?')
    p.connect(b, UNSPEC)
    p.send(b, 'x')
    p.close(a)
    p.sendto(b, 'x', path('a'))
    p.listen(b)
    p.accept(b)
    p.connect(fresh(p, SOCK_STREAM), path('b'))
  }),
  scenario('H1 calls that make no sense', p => {
    const [a] = twins(p, SOCK_STREAM)
    p.connect(a, path('x'))
    p.listen(a)
    p.accept(a)
    p.sendto(a, 'x', path('x'))
    const lone = fresh(p, SOCK_STREAM)
    p.send(lone, 'x')
    p.recv(lone)
    p.poll(lone)
    p.shutdown(lone, SHUT_WR)
    p.getpeername(lone)
    p.port(lone)
    p.send(a, 'x', MSG_OOB)
    const seq = fresh(p, SOCK_SEQPACKET)
    p.send(seq, 'x')
    p.recv(seq)
    p.poll(seq)
    const dgram = fresh(p, SOCK_DGRAM)
    p.send(dgram, 'x')
    p.recv(dgram)
    p.poll(dgram)
    p.shutdown(dgram, SHUT_WR)
    p.get(p.socket(AF_UNIX, SOCK_RAW), SOL_SOCKET, SO_TYPE)
    p.call('socketpair', AF_INET, SOCK_STREAM, 0)
    p.call('socket', AF_UNIX, SOCK_STREAM, 6)
    p.call('socket', AF_UNIX, 9, 0)
  }),
  scenario('58 descriptors travel', p => {
    const [a, b] = twins(p, SOCK_STREAM)
    const [r, w] = p.pipe()
    p.sendmsg(a, 'A', [[SOL_SOCKET, SCM_RIGHTS, [w]]])
    p.send(a, 'B')
    p.close(w)
    const got = p.recvmsg(b, 10)
    p.recv(b)
    p.write(`${got}.0`, 'through')
    p.read(r, 20)
    p.close(`${got}.0`)
    p.read(r, 20)
    p.sendmsg(a, 'C', [[SOL_SOCKET, SCM_RIGHTS, [r, a]]])
    p.recvmsg(b, 10, 20)
    p.sendmsg(a, 'D', [[SOL_SOCKET, SCM_RIGHTS, [r]]])
    p.recv(b)
    p.sendmsg(a, 'E', [[SOL_SOCKET, SCM_RIGHTS, [r]]])
    p.recvmsg(b, 10, 0)
    p.sendmsg(a, 'F', [[SOL_SOCKET, SCM_RIGHTS, [99]]])
    p.sendmsg(a, 'G', [[SOL_SOCKET, 77, '00000000']])
    p.call('socketpair', AF_UNIX, SOCK_STREAM, 0)
    void MSG_CTRUNC
  }),
  scenario('58 SO_PEERCRED of sockets without a peer', p => {
    p.get(fresh(p, SOCK_STREAM), SOL_SOCKET, SO_PEERCRED, 12)
    p.get(p.socket(AF_INET, SOCK_STREAM), SOL_SOCKET, SO_PEERCRED, 12)
  }),
]
