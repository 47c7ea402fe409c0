// What only a privileged process may do (row F8: EPERM, EACCES), asked by a child that has given its privileges up; and small
// buffers, and broadcasts of loopback.

import {
  AF_INET, AF_INET6, AF_PACKET, AF_UNIX, IPPROTO_ICMP, IPV6_TRANSPARENT, IP_FREEBIND, IP_TRANSPARENT, MSG_NOSIGNAL,
  MSG_PEEK, MSG_TRUNC, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_RAW,
  SOCK_SEQPACKET, SOCK_STREAM, SOL_IP, SOL_IPV6, SOL_SOCKET, SO_BINDTODEVICE, SO_BROADCAST, SO_DEBUG, SO_MARK, SO_PRIORITY, SO_RCVBUF,
  SO_RCVBUFFORCE, SO_SNDBUF, SO_SNDBUFFORCE, TCP_CONGESTION, IPPROTO_TCP,
} from '../../../src/base/posix.ts'
import { inet, ints, scenario } from '../scenario.ts'
import type { Scenario } from '../scenario.ts'
import { TCP, UDP, datagram, pair } from './support.ts'

const NOBODY = 65_534
const LO = Buffer.from('lo\0').toString('hex')

export const PRIVILEGE_SCENARIOS: readonly Scenario[] = [
  scenario('F8 without privileges: sockets and ports', p => {
    const child = p.fork()
    child.call('setuid', NOBODY)
    child.call('setuid', 0)
    for (const port of [1, 80, 1023, 1024]) {
      for (const [family, type] of [[AF_INET, TCP], [AF_INET, UDP], [AF_INET6, TCP]] as const) {
        const fd = child.socket(family, type)
        child.bind(fd, inet(family === AF_INET ? '127.0.0.1' : '::1', port))
        child.close(fd)
      }
    }
    child.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)
    child.socket(AF_INET6, SOCK_RAW, 58)
    child.socket(AF_PACKET, SOCK_RAW, 0)
    child.socket(AF_PACKET, SOCK_DGRAM, 0x300)
    child.socket(AF_INET, UDP, IPPROTO_ICMP)
    child.bind(child.socket(AF_INET, UDP), inet('198.18.9.9', 4000))
    p.bind(p.socket(AF_INET, TCP), inet('127.0.0.1', 80))
  }),
  scenario('F8 without privileges: options', p => {
    const child = p.fork()
    child.call('setuid', NOBODY)
    const fd = child.socket(AF_INET, UDP)
    const six = child.socket(AF_INET6, UDP)
    for (const value of [0, 1]) {
      for (const option of [SO_DEBUG, SO_MARK, SO_SNDBUFFORCE, SO_RCVBUFFORCE]) child.set(fd, SOL_SOCKET, option, value)
      child.set(fd, SOL_IP, IP_TRANSPARENT, value)
      child.set(fd, SOL_IP, IP_FREEBIND, value)
      child.set(six, SOL_IPV6, IPV6_TRANSPARENT, value)
    }
    for (const priority of [0, 6, 7, -1, 100]) child.set(fd, SOL_SOCKET, SO_PRIORITY, priority)
    child.get(fd, SOL_SOCKET, SO_PRIORITY)
    child.set(fd, SOL_SOCKET, SO_BINDTODEVICE, LO)
    child.set(fd, SOL_SOCKET, SO_BINDTODEVICE, LO)
    child.set(fd, SOL_SOCKET, SO_BINDTODEVICE, '')
    child.set(child.socket(AF_INET, TCP), IPPROTO_TCP, TCP_CONGESTION, Buffer.from('reno').toString('hex'))
    const { port } = datagram(child)
    for (const [option, value] of [[SO_MARK, 1], [SO_MARK, 0], [SO_PRIORITY, 6], [SO_PRIORITY, 7]] as const) {
      child.sendmsg(fd, 'x', [[SOL_SOCKET, option, ints(value)]], inet('127.0.0.1', port))
    }
  }),
  scenario('D8 broadcasts of loopback', p => {
    const { fd, port } = datagram(p)
    const any = p.socket(AF_INET, UDP)
    p.bind(any, inet('0.0.0.0', 0))
    const anyPort = p.port(any)
    for (const on of [0, 1]) {
      p.set(fd, SOL_SOCKET, SO_BROADCAST, on)
      for (const address of ['127.255.255.255', '127.255.255.254', '127.0.0.0', '127.0.0.255']) {
        p.sendto(fd, address, inet(address, anyPort))
        p.recvfrom(any)
      }
      const other = p.socket(AF_INET, UDP)
      p.set(other, SOL_SOCKET, SO_BROADCAST, on)
      p.connect(other, inet('127.255.255.255', port))
      p.call('getsockname', other)
      p.connect(p.socket(AF_INET, TCP), inet('127.255.255.255', port))
    }
    p.bind(p.socket(AF_INET, UDP), inet('127.255.255.255', 0))
    p.bind(p.socket(AF_INET, TCP), inet('127.255.255.255', 0))
    p.bind(p.socket(AF_INET, TCP), inet('127.0.0.0', 0))
  }),
  scenario('F5 many messages in one call', p => {
    const { fd, port } = datagram(p)
    const from = datagram(p).fd
    const to = inet('127.0.0.1', port)
    p.call('recvmmsg', fd, 0, 10, 10)
    p.call('sendmmsg', from, 0, to, 'one', '', 'three', 'a fourth one')
    p.call('recvmmsg', fd, MSG_PEEK, 10)
    p.call('recvmmsg', fd, MSG_TRUNC, 10, 10)
    p.call('recvmmsg', fd, 0, 3, 3, 3)
    p.call('recvmmsg', fd, 0, 3)
    p.call('sendmmsg', from, 0, null, 'nobody', 'named')
    p.call('sendmmsg', from, 0, to)
    p.call('recvmmsg', fd, 0)
    p.call('sendmmsg', from, 0, to, 'fits', [65_508, 1], 'never sent')
    p.call('recvmmsg', fd, 0, 9, 9, 9)
    p.call('sendmmsg', from, 0, to, [65_508, 1], 'never sent')
    p.call('sendmmsg', 99, 0, to, 'x')
    p.call('recvmmsg', 99, 0, 1)
    p.connect(from, to)
    p.call('sendmmsg', from, 0, null, 'connected', 'twice')
    p.call('recvmmsg', fd, 0, 99, 99, 99)
  }),
  scenario('F5 many messages in one call, on a stream', p => {
    const { client, server } = pair(p)
    p.call('sendmmsg', client, 0, null, 'stream', 'of', 'bytes')
    p.call('recvmmsg', server, 0, 4, 4, 40, 4)
    p.shutdown(client, 1)
    p.call('sendmmsg', client, MSG_NOSIGNAL, null, 'too', 'late')
    p.call('recvmmsg', server, 0, 4, 4)
  }),
  ...[SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET].map(type => scenario(`H1 the smallest buffers of Unix sockets, ${type}`, p => {
    const [a, b] = p.socketpair(AF_UNIX, type | SOCK_NONBLOCK)
    for (const fd of [a, b]) {
      p.set(fd, SOL_SOCKET, SO_SNDBUF, 1)
      p.set(fd, SOL_SOCKET, SO_RCVBUF, 1)
      p.get(fd, SOL_SOCKET, SO_SNDBUF)
    }
    for (const size of [1, 2304, 4032, 4033, 4576, 4577, 4608, 5000, 8064]) {
      p.send(a, [size, 7])
      p.poll(a)
      p.send(a, [size, 8])
      p.recv(b, 20_000)
      p.recv(b, 20_000)
      p.recv(b, 20_000)
      p.poll(a)
    }
  })),
]
