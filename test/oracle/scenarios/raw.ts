// Rows I1 and I2: raw and ping sockets.

import {
  AF_INET, AF_INET6, IPPROTO_ICMP, IPPROTO_ICMPV6, IPPROTO_IP, IPPROTO_RAW, IPPROTO_UDP, IP_HDRINCL, IP_TTL, SHUT_RD, SOCK_DGRAM,
  SOCK_NONBLOCK, SOCK_RAW, SOL_SOCKET, SO_PROTOCOL, SO_TYPE,
} from '../../../src/base/posix.ts'
import { inet, scenario } from '../scenario.ts'
import type { Scenario } from '../scenario.ts'
import { UDP, datagram, drain } from './support.ts'

const RAW = SOCK_RAW | SOCK_NONBLOCK
const PING = SOCK_DGRAM | SOCK_NONBLOCK
/** Protocol 253 is nobody's. */
const EXPERIMENT = 253

export const RAW_SCENARIOS: readonly Scenario[] = [
  scenario('I1 a protocol of our own', p => {
    const [a, b] = [p.socket(AF_INET, RAW, EXPERIMENT), p.socket(AF_INET, RAW, EXPERIMENT)]
    p.get(a, SOL_SOCKET, SO_PROTOCOL)
    p.get(a, SOL_SOCKET, SO_TYPE)
    p.poll(a)
    p.send(a, 'x')
    p.port(a)
    p.bind(a)
    p.port(a)
    p.connect(b, inet('127.0.0.1', 7))
    p.getpeername(b)
    p.send(b, 'payload')
    p.recv(a, 20)
    p.poll(a)
    p.shutdown(b, SHUT_RD)
    p.listen(a)
    p.accept(a)
  }),
  scenario('I1 sockets that may not be', p => {
    p.call('socket', AF_INET, SOCK_RAW, 0)
    p.call('socket', AF_INET6, SOCK_RAW, 0)
    p.call('socket', AF_INET, SOCK_RAW, 256)
    p.call('socket', AF_INET, SOCK_RAW, -1)
    const raw = p.socket(AF_INET, RAW, IPPROTO_RAW)
    p.get(raw, IPPROTO_IP, IP_HDRINCL)
    p.recv(raw)
    p.sendto(raw, 'short', inet('127.0.0.1', 0))
  }),
  scenario('I1 the header is the program\'s', p => {
    const reader = p.socket(AF_INET, RAW, EXPERIMENT)
    const writer = p.socket(AF_INET, RAW, IPPROTO_RAW)
    p.sendto(writer, 'E\0\0\0\u0012\u0034\0\0\u0021\u00fd\0\0\u007f\0\0\u0001\u007f\0\0\u0001data', inet('127.0.0.1', 0))
    p.recv(reader)
    p.set(reader, IPPROTO_IP, IP_HDRINCL, 1)
    p.get(reader, IPPROTO_IP, IP_HDRINCL)
  }),
  scenario('I1 a copy of each UDP datagram', p => {
    const raw = p.socket(AF_INET, RAW, IPPROTO_UDP)
    const { fd } = datagram(p)
    const from = p.socket(AF_INET, UDP)
    p.bind(from, inet('127.0.0.1', 1234))
    p.bind(fd, inet('127.0.0.1', 0))
    const server = p.socket(AF_INET, UDP)
    p.bind(server, inet('127.0.0.1', 4321))
    p.set(from, IPPROTO_IP, IP_TTL, 9)
    p.sendto(from, 'abc', inet('127.0.0.1', 4321))
    p.recv(server)
    p.recv(raw, 4)
    p.poll(raw)
  }),
  scenario('I1 IPv6: no header in front', p => {
    const [a, b] = [p.socket(AF_INET6, RAW, EXPERIMENT), p.socket(AF_INET6, RAW, EXPERIMENT)]
    p.sendto(b, 'six', inet('::1', 0))
    p.recvfrom(a)
    p.recvfrom(b)
    p.set(a, IPPROTO_IP, IP_HDRINCL, 1)
  }),
  scenario('I2 ping without privileges', p => {
    const fd = p.socket(AF_INET, PING, IPPROTO_ICMP)
    p.bind(fd, inet('127.0.0.1', 77))
    p.port(fd)
    p.sendto(fd, '\u0008\0\0\0\0\0\0\u0001hello', inet('127.0.0.1', 0))
    p.poll(fd)
    p.recvfrom(fd)
    p.recv(fd)
    p.sendto(fd, '\u0003\0\0\0\0\0\0\u0001hello', inet('127.0.0.1', 0))
    p.sendto(fd, 'short', inet('127.0.0.1', 0))
    p.send(fd, '\u0008\0\0\0\0\0\0\u0001hello')
    p.connect(fd, inet('127.0.0.1', 0))
    p.send(fd, '\u0008\0\0\0\0\0\0\u0002again')
    drain(p, fd, 2)
    p.listen(fd)
    p.bind(p.socket(AF_INET, PING, IPPROTO_ICMP), inet('127.0.0.1', 77))
  }),
  scenario('I2 ping over IPv6', p => {
    const fd = p.socket(AF_INET6, PING, IPPROTO_ICMPV6)
    p.bind(fd, inet('::1', 78))
    p.sendto(fd, '\u0080\0\0\0\0\0\0\u0001hello', inet('::1', 0))
    p.recvfrom(fd)
    p.sendto(fd, '\u0001\0\0\0\0\0\0\u0001hello', inet('::1', 0))
    p.call('socket', AF_INET6, PING, IPPROTO_ICMP)
    p.call('socket', AF_INET, PING, IPPROTO_ICMPV6)
  }),
]
