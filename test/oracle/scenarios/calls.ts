// Rows F1-F3, F10 and G1: making sockets, descriptors, wrong arguments.

import {
  AF_INET, AF_INET6, AF_KEY, AF_NETLINK, AF_PACKET, AF_UNIX, FD_CLOEXEC, FIOASYNC, FIONBIO, FIONREAD, F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD,
  F_GETFL, F_GETOWN, F_SETFD, F_SETFL, IPPROTO_ICMP, IPPROTO_SCTP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE, O_ASYNC, O_CREAT,
  O_NONBLOCK, O_RDWR, SHUT_WR, SIOCATMARK, SIOCOUTQ, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_RAW, SOCK_RDM, SOCK_SEQPACKET,
  SOCK_STREAM, SOL_SOCKET, SO_PROTOCOL,
} from '../../../src/base/posix.ts'
import { LOOPBACK, inet, scenario } from '../scenario.ts'
import type { Scenario } from '../scenario.ts'
import { TCP, UDP, datagram, pair } from './support.ts'

const FAMILIES = [['AF_INET', AF_INET], ['AF_INET6', AF_INET6], ['AF_UNIX', AF_UNIX]] as const
const TYPES = [0, SOCK_STREAM, SOCK_DGRAM, SOCK_RDM, SOCK_SEQPACKET, 6, 11, -1]

export const CALL_SCENARIOS: readonly Scenario[] = [
  ...FAMILIES.map(([name, family]) => scenario(`F1 socket(${name}): types and protocols`, p => {
    for (const type of TYPES) for (const protocol of [0, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_UDPLITE, 255, 256, 300, -1]) {
      // UDP-Lite is a protocol of its own; docs/compatibility.md.
      if (protocol === IPPROTO_UDPLITE && type === SOCK_DGRAM && family !== AF_UNIX) continue
      p.call('socket', family, type, protocol)
    }
    p.call('socket', family, SOCK_STREAM | 0x40, 0)
  })),
  scenario('F1 families', p => {
    for (const family of [-1, 0, 3, AF_KEY, 46, 99]) p.call('socket', family, SOCK_STREAM, 0)
    p.call('socket', AF_PACKET, SOCK_STREAM, 0)
    p.call('socket', AF_NETLINK, SOCK_STREAM, 0)
    p.call('socket', AF_INET, SOCK_SEQPACKET, IPPROTO_ICMP)
    void [IPPROTO_SCTP, SOCK_RAW]
    const tcp = p.socket(AF_INET, SOCK_STREAM)
    p.get(tcp, SOL_SOCKET, SO_PROTOCOL)
    p.fcntl(tcp, F_GETFL)
    const flagged = p.socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC)
    p.fcntl(flagged, F_GETFL)
    p.fcntl(flagged, F_GETFD)
  }),
  scenario('F2 bind with given and omitted address and port', p => {
    for (const address of ['0.0.0.0', '127.0.0.1']) {
      for (const port of [0, 7777]) {
        const fd = p.socket(AF_INET, UDP)
        p.bind(fd, inet(address, port))
        p.port(fd)
        p.getpeername(fd)
      }
    }
  }),
  scenario('F4 every call on descriptors that are none', p => {
    const file = p.call('open', 'f', O_CREAT | O_RDWR)
    const [r, w] = p.pipe(O_NONBLOCK)
    for (const fd of [99, -1, file, r, w]) {
      p.bind(fd)
      p.listen(fd)
      p.connect(fd, LOOPBACK)
      p.accept(fd)
      p.send(fd, 'x')
      p.recv(fd)
      p.recvfrom(fd)
      p.sendmsg(fd, 'x')
      p.recvmsg(fd)
      p.shutdown(fd, SHUT_WR)
      p.call('getsockname', fd)
      p.getpeername(fd)
      p.get(fd, SOL_SOCKET, SO_PROTOCOL)
      p.set(fd, SOL_SOCKET, 2, 1)
      p.poll(fd)
    }
    p.close(99)
    p.dup(99)
    p.dup2(99, 3)
    p.fcntl(99, F_GETFL)
    p.ioctl(99, FIONREAD)
    p.read(w, 3)
    p.write(r, 'x')
    p.read(99, 3)
    p.write(99, 'x')
  }),
  scenario('G1 the lowest free descriptor', p => {
    const [a, b] = p.pipe()
    const c = p.dup(a)
    p.close(b)
    const d = p.socket(AF_INET, TCP)
    p.fcntl(d, F_DUPFD, 10)
    p.fcntl(d, F_DUPFD_CLOEXEC, 10)
    p.fcntl(11, F_GETFD)
    p.fcntl(d, F_DUPFD, -1)
    p.dup2(c, c)
    p.dup2(c, 5)
    p.dup2(c, -1)
    p.dup2(c, d)
    p.read(99, 1)
    p.close(c)
    p.close(c)
    p.eventfd(3, 0)
    p.epoll()
  }),
  scenario('G1 fcntl and ioctl', p => {
    const { client } = pair(p)
    p.fcntl(client, F_GETFL)
    const copy = p.dup(client)
    p.fcntl(copy, F_SETFL, 0)
    p.fcntl(client, F_GETFL)
    p.ioctl(client, FIONBIO, 1)
    p.fcntl(copy, F_GETFL)
    p.ioctl(client, FIONBIO, 0)
    p.fcntl(copy, F_SETFL, O_NONBLOCK | O_ASYNC)
    p.fcntl(copy, F_GETFL)
    p.ioctl(copy, FIOASYNC, 0)
    p.fcntl(copy, F_GETFL)
    p.fcntl(client, F_SETFD, FD_CLOEXEC)
    p.fcntl(client, F_GETFD)
    p.fcntl(copy, F_GETFD)
    p.fcntl(copy, F_GETOWN)
    p.fcntl(copy, 4711)
    p.ioctl(copy, 0x4711)
    const { fd } = datagram(p)
    p.ioctl(fd, SIOCOUTQ)
    p.ioctl(fd, SIOCATMARK)
    const listener = p.socket(AF_INET, TCP)
    p.ioctl(listener, SIOCOUTQ)
    p.ioctl(listener, FIONREAD)
    p.listen(listener)
    p.ioctl(listener, FIONREAD)
    p.ioctl(listener, SIOCOUTQ)
    p.ioctl(listener, SIOCATMARK)
    const [r, w] = p.pipe()
    p.write(w, 'abc')
    p.ioctl(r, FIONREAD)
    p.ioctl(w, FIONREAD)
    p.fcntl(r, F_GETFL)
    p.fcntl(w, F_GETFL)
  }),
  scenario('G1 pipes', p => {
    const [r, w] = p.pipe(O_NONBLOCK)
    p.read(r, 10)
    p.poll(r, w)
    p.write(w, 'abc')
    p.poll(r, w)
    p.read(r, 2)
    p.write(w, [70_000, 65])
    p.write(w, 'x')
    p.poll(w)
    p.read(r, 100)
    p.poll(w)
    p.read(r, 70_000)
    p.poll(r, w)
    p.close(r)
    p.poll(w)
    p.write(w, 'x')
    const [r2, w2] = p.pipe(O_NONBLOCK)
    p.write(w2, 'last')
    p.close(w2)
    p.poll(r2)
    p.read(r2, 10)
    p.read(r2, 10)
    p.poll(r2)
  }),
  scenario('G5 poll: descriptors that are none, and none at all', p => {
    const { fd } = datagram(p)
    p.poll(fd, 99, -1)
    p.poll()
    p.call('poll', fd, 0)
    p.call('poll', fd, 1, 0)
    p.poll(fd, fd)
  }),
]
