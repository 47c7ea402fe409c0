// Behaviours 33-46: connecting, listening, closing.

import {
  AF_INET, AF_INET6, IPPROTO_IPV6, IPV6_V6ONLY, SHUT_RD, SHUT_RDWR, SHUT_WR, SOCK_NONBLOCK, SOL_SOCKET, SO_ACCEPTCONN, SO_ERROR,
  SO_REUSEADDR, SO_REUSEPORT,
} from '../../../src/base/posix.ts'
import { LOOPBACK, UNSPEC, inet, mapped, scenario } from '../scenario.ts'
import type { Scenario } from '../scenario.ts'
import { TCP, closedPort, drain, listener, pair, resetOnClose } from './support.ts'

export const TCP_SCENARIOS: readonly Scenario[] = [
  scenario('33 refused connect: EINPROGRESS, SO_ERROR once, poll mask', p => {
    const port = closedPort(p, TCP)
    const fd = p.socket(AF_INET, TCP)
    p.connect(fd, inet('127.0.0.1', port))
    p.poll(fd)
    p.get(fd, SOL_SOCKET, SO_ERROR)
    p.get(fd, SOL_SOCKET, SO_ERROR)
    p.poll(fd)
    drain(p, fd)
    p.send(fd, 'x')
    p.getpeername(fd)
  }),
  scenario('34 fresh socket polls OUT|HUP; connect again and again', p => {
    const fresh = p.socket(AF_INET, TCP)
    p.poll(fresh)
    p.recv(fresh)
    p.send(fresh, 'x')
    const { port } = listener(p)
    p.connect(fresh, inet('127.0.0.1', port))
    p.connect(fresh, inet('127.0.0.1', port))
    p.connect(fresh, inet('127.0.0.1', port))
    p.poll(fresh)
  }),
  scenario('34 a refused socket can be used again', p => {
    const bound = p.socket(AF_INET, TCP)
    p.bind(bound)
    const port = p.port(bound)
    const fd = p.socket(AF_INET, TCP)
    p.connect(fd, inet('127.0.0.1', port))
    p.connect(fd, inet('127.0.0.1', port))
    p.listen(bound, 1)
    p.connect(fd, inet('127.0.0.1', port))
    p.poll(fd)
    p.connect(fd, inet('127.0.0.1', port))
    p.connect(fd, inet('127.0.0.1', port))
  }),
  scenario('34 an unfinished handshake: EALREADY', p => {
    const { port } = listener(p, 0)
    for (let i = 0; i < 3; i++) {
      const fd = p.socket(AF_INET, TCP)
      p.connect(fd, inet('127.0.0.1', port))
      p.connect(fd, inet('127.0.0.1', port))
      p.poll(fd)
      p.send(fd, 'x')
      p.recv(fd)
      p.getpeername(fd)
      p.shutdown(fd, SHUT_WR)
      p.poll(fd)
    }
  }),
  scenario('35 close with unread data resets', p => {
    const { client, server } = pair(p)
    p.send(client, '0123456789')
    p.close(server)
    p.poll(client)
    drain(p, client)
    p.send(client, 'x')
  }),
  scenario('35 shutdown with unread data is a FIN', p => {
    const { client, server } = pair(p)
    p.send(client, '0123456789')
    p.shutdown(server, SHUT_WR)
    p.poll(client, server)
    p.recv(client)
    p.send(client, 'more')
    p.recv(server)
    p.send(server, 'x')
  }),
  scenario('36 write to a peer that closed: once, then EPIPE', p => {
    const { client, server } = pair(p)
    p.close(client)
    p.poll(server)
    p.send(server, '1')
    p.poll(server)
    p.send(server, '1')
    drain(p, server)
    p.get(server, SOL_SOCKET, SO_ERROR)
  }),
  scenario('37 shutdown(RD) ends reads, yet later data is there', p => {
    const { client, server } = pair(p)
    p.shutdown(server, SHUT_RD)
    p.poll(server, client)
    p.recv(server)
    p.send(client, 'late')
    p.poll(server, client)
    drain(p, server)
    p.send(server, 'back')
    p.recv(client)
  }),
  scenario('38 calls in the wrong state', p => {
    const { client, server, fd, port } = pair(p)
    const fresh = p.socket(AF_INET, TCP)
    for (const how of [SHUT_RD, SHUT_WR, SHUT_RDWR, 3, -1]) p.shutdown(fresh, how)
    p.listen(client)
    p.connect(fd, inet('127.0.0.1', port))
    p.accept(client)
    p.accept(p.socket(AF_INET, TCP))
    p.recv(fd)
    p.send(fd, 'x')
    p.getpeername(fd)
    p.shutdown(server, 3)
    p.bind(server)
    p.listen(fd, 3)
    p.poll(fd)
  }),
  scenario('38 listen without bind picks a port', p => {
    const fd = p.socket(AF_INET, TCP)
    p.listen(fd, 1)
    const port = p.port(fd)
    const client = p.socket(AF_INET, TCP)
    p.connect(client, inet('127.0.0.1', port))
    p.poll(fd, client)
    p.accept(fd)
  }),
  scenario('39 backlog B completes B+1', p => {
    const { port, fd } = listener(p, 1)
    const clients = [1, 2, 3, 4].map(() => p.socket(AF_INET, TCP))
    for (const each of clients) p.connect(each, inet('127.0.0.1', port))
    p.poll(...clients)
    p.accept(fd)
    p.accept(fd)
    p.accept(fd)
    p.close(fd)
    p.poll(...clients)
  }),
  scenario('39 closing the listener resets its queue', p => {
    const { port, fd } = listener(p)
    const client = p.socket(AF_INET, TCP)
    p.connect(client, inet('127.0.0.1', port))
    p.close(fd)
    p.poll(client)
    drain(p, client)
  }),
  scenario('39 shutdown of a listener', p => {
    const { fd, port } = listener(p)
    p.get(fd, SOL_SOCKET, SO_ACCEPTCONN)
    p.shutdown(fd, SHUT_WR)
    p.get(fd, SOL_SOCKET, SO_ACCEPTCONN)
    p.shutdown(fd, SHUT_RD)
    p.get(fd, SOL_SOCKET, SO_ACCEPTCONN)
    p.poll(fd)
    p.accept(fd)
    const client = p.socket(AF_INET, TCP)
    p.connect(client, inet('127.0.0.1', port))
    p.poll(client)
    p.listen(fd, 2)
    p.get(fd, SOL_SOCKET, SO_ACCEPTCONN)
  }),
  scenario('40 reset before accept', p => {
    const { fd, port } = listener(p)
    const client = p.socket(AF_INET, TCP)
    p.connect(client, inet('127.0.0.1', port))
    resetOnClose(p, client)
    p.close(client)
    p.poll(fd)
    const server = p.accept(fd, SOCK_NONBLOCK)
    p.poll(server)
    drain(p, server)
    p.getpeername(server)
  }),
  scenario('41 connect(AF_UNSPEC) resets', p => {
    const { client, server, port } = pair(p)
    p.connect(client, UNSPEC)
    p.poll(client, server)
    p.getpeername(client)
    p.port(client)
    drain(p, server)
    p.connect(client, inet('127.0.0.1', port))
    p.poll(client)
  }),
  scenario('41 connecting to oneself', p => {
    const fd = p.socket(AF_INET, TCP)
    p.bind(fd)
    const port = p.port(fd)
    p.connect(fd, inet('127.0.0.1', port))
    p.poll(fd)
    p.send(fd, 'me')
    p.recv(fd)
    p.shutdown(fd, SHUT_WR)
    p.poll(fd)
    p.recv(fd)
  }),
  scenario('42 poll after FINs', p => {
    const { client, server } = pair(p)
    p.poll(client, server)
    p.shutdown(client, SHUT_WR)
    p.poll(client, server)
    p.shutdown(client, SHUT_WR)
    p.send(client, 'x')
    p.shutdown(server, SHUT_WR)
    p.poll(client, server)
    p.shutdown(client, SHUT_RDWR)
    p.shutdown(server, SHUT_RD)
    p.poll(client, server)
  }),
  scenario('42 poll after RST', p => {
    const { client, server } = pair(p)
    resetOnClose(p, server)
    p.close(server)
    p.poll(client)
    p.send(client, 'x')
    p.send(client, 'x')
    p.recv(client)
    p.poll(client)
  }),
  scenario('44 TIME-WAIT and SO_REUSEADDR', p => {
    const { client, server, fd, port } = pair(p)
    p.close(server)
    p.close(client)
    p.close(fd)
    const plain = p.socket(AF_INET, TCP)
    p.bind(plain, inet('127.0.0.1', port))
    const reusing = p.socket(AF_INET, TCP)
    p.set(reusing, SOL_SOCKET, SO_REUSEADDR, 1)
    p.bind(reusing, inet('127.0.0.1', port))
    p.listen(reusing, 1)
  }),
  ...([[], [SO_REUSEADDR], [SO_REUSEPORT], [SO_REUSEADDR, SO_REUSEPORT]] as const).map(options =>
    scenario(`44 two listeners with options ${JSON.stringify(options)}`, p => {
      const [a, b, c] = [1, 2, 3].map(() => p.socket(AF_INET, TCP))
      for (const fd of [a, b]) for (const option of options) p.set(fd, SOL_SOCKET, option, 1)
      p.bind(a)
      const port = p.port(a)
      p.bind(b, inet('127.0.0.1', port))
      p.listen(a)
      p.listen(b)
      p.bind(c, inet('127.0.0.1', port))
      p.bind(c, inet('0.0.0.0', port))
      p.bind(c, inet('127.0.0.2', port))
    })),
  scenario('45 the wildcard of IPv6 takes the IPv4 port too', p => {
    const six = p.socket(AF_INET6, TCP)
    p.bind(six, inet('::', 0))
    const port = p.port(six)
    const four = p.socket(AF_INET, TCP)
    p.bind(four, inet('0.0.0.0', port))
    p.bind(four, inet('127.0.0.1', port))
    p.listen(six)
    const client = p.socket(AF_INET, TCP)
    p.connect(client, inet('127.0.0.1', port))
    const server = p.accept(six)
    p.getpeername(server)
    p.port(server)
    const other = p.socket(AF_INET6, TCP)
    p.connect(other, mapped('127.0.0.1', port))
    p.port(other)
    p.accept(six)
    p.set(six, IPPROTO_IPV6, IPV6_V6ONLY, 1)
    p.get(six, IPPROTO_IPV6, IPV6_V6ONLY)
  }),
  scenario('45 IPV6_V6ONLY', p => {
    const six = p.socket(AF_INET6, TCP)
    p.set(six, IPPROTO_IPV6, IPV6_V6ONLY, 1)
    p.bind(six, mapped('127.0.0.1', 0))
    p.bind(six, inet('::', 0))
    const port = p.port(six)
    p.set(six, IPPROTO_IPV6, IPV6_V6ONLY, 0)
    const four = p.socket(AF_INET, TCP)
    p.bind(four, inet('0.0.0.0', port))
    p.listen(six)
    const client = p.socket(AF_INET, TCP)
    p.connect(client, inet('127.0.0.1', port))
    p.poll(client)
    const own = p.socket(AF_INET6, TCP)
    p.set(own, IPPROTO_IPV6, IPV6_V6ONLY, 1)
    p.connect(own, mapped('127.0.0.1', port))
    p.connect(own, inet('::1', port))
    p.accept(six)
  }),
  scenario('46 bind: twice, foreign, all of 127/8, short and odd addresses', p => {
    const fd = p.socket(AF_INET, TCP)
    p.bind(fd)
    p.bind(fd)
    const other = p.socket(AF_INET, TCP)
    p.bind(other, inet('203.0.113.9', 0))
    p.bind(other, inet('127.0.0.1', 0, 15))
    p.bind(other, inet('::1', 0))
    p.bind(other, { hex: '63000000000000000000000000000000' })
    p.bind(other, { hex: '00000000000000000000000000000000' })
    p.bind(p.socket(AF_INET, TCP), { ...LOOPBACK, hex: `${LOOPBACK.hex}00000000` })
    const third = p.socket(AF_INET, TCP)
    p.bind(third, inet('127.1.2.3', 0))
    p.listen(third)
    const port = p.port(third)
    const client = p.socket(AF_INET, TCP)
    p.connect(client, inet('127.1.2.3', port))
    p.getpeername(client)
    p.port(client)
    const six = p.socket(AF_INET6, TCP)
    p.bind(six, inet('127.0.0.1', 0))
    p.bind(six, { ...inet('::1', 0), length: 23 })
    p.bind(six, { ...inet('::1', 0), length: 24 })
  }),
]
