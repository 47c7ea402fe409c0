// What the options of IPPROTO_IP, IPPROTO_IPV6 and IPPROTO_UDP do, one scenario each; docs/options.md cites them by name.

import {
  AF_INET, AF_INET6, IPPROTO_ICMP, IPPROTO_ICMPV6, IPV6_CHECKSUM, IPV6_DONTFRAG, IPV6_FREEBIND, IPV6_MTU, IPV6_MTU_DISCOVER, IPV6_RECVERR,
  IPV6_RECVHOPLIMIT, IPV6_RECVORIGDSTADDR, IPV6_RECVPKTINFO, IPV6_RECVTCLASS, IPV6_TCLASS, IPV6_TRANSPARENT, IPV6_UNICAST_HOPS,
  IPV6_UNICAST_IF, IPV6_V6ONLY, IPV6_MINHOPCOUNT, IP_ADD_MEMBERSHIP, IP_ADD_SOURCE_MEMBERSHIP, IP_BIND_ADDRESS_NO_PORT, IP_BLOCK_SOURCE,
  IP_DROP_MEMBERSHIP, IP_DROP_SOURCE_MEMBERSHIP, IP_FREEBIND, IP_LOCAL_PORT_RANGE, IP_MINTTL, IP_MTU, IP_MTU_DISCOVER, IP_MULTICAST_ALL,
  IP_MULTICAST_IF, IP_MULTICAST_LOOP, IP_MULTICAST_TTL, IP_OPTIONS, IP_PKTINFO, IP_PROTOCOL, IP_RECVERR, IP_RECVOPTS, IP_RECVORIGDSTADDR,
  IP_RECVTOS, IP_RECVTTL, IP_TOS, IP_TRANSPARENT, IP_TTL, IP_UNBLOCK_SOURCE, IP_UNICAST_IF, MSG_ERRQUEUE, SOCK_NONBLOCK, SOCK_RAW, SOL_IP,
  SOL_IPV6, SOL_UDP, UDP_CORK, UDP_NO_CHECK6_RX, UDP_NO_CHECK6_TX,
} from '../../../src/base/posix.ts'
import { inet, scenario } from '../scenario.ts'
import type { Program, Scenario, Symbol_ } from '../scenario.ts'
import { TCP, UDP, closedPort, datagram, pair } from './support.ts'

const GROUP = 'e8010203'
const LOCALHOST = '7f000001'
const LO_IN_NETWORK_ORDER = '00000001'
const NOBODY_IN_NETWORK_ORDER = '0000004d'

function effect(name: string, write: (p: Program) => void): Scenario { return scenario(`F7 effect of ${name}`, write) }

/** A receiver that asks to be told something, and a datagram for it. */
type Sender = (p: Program, fd: Symbol_) => void

function told(family: number, level: number, option: number, sender: Sender = () => undefined): (p: Program) => void {
  return p => {
    const { fd, port } = datagram(p, family)
    const from = datagram(p, family).fd
    sender(p, from)
    p.set(fd, level, option, 1)
    p.sendto(from, 'x', inet(family === AF_INET6 ? '::1' : '127.0.0.1', port))
    p.recv(fd)
    p.sendto(from, 'y', inet(family === AF_INET6 ? '::1' : '127.0.0.1', port))
    p.recvmsg(fd)
  }
}

/** A receiver on every address, and a sender that can reach groups over loopback. */
function group(p: Program): { fd: Symbol_, from: Symbol_, to: ReturnType<typeof inet> } {
  const fd = p.socket(AF_INET, UDP)
  p.bind(fd, inet('0.0.0.0', 0))
  const port = p.port(fd)
  const from = p.socket(AF_INET, UDP)
  p.bind(from)
  p.set(from, SOL_IP, IP_MULTICAST_IF, LOCALHOST)
  return { fd, from, to: inet('232.1.2.3', port) }
}

function refusedReport(p: Program, family: number, level: number, option: number): void {
  const port = closedPort(p, UDP)
  const fd = p.socket(family, UDP)
  p.set(fd, level, option, 1)
  p.sendto(fd, 'x', inet(family === AF_INET6 ? '::1' : '127.0.0.1', port))
  p.recv(fd)
  p.recv(fd, 10, MSG_ERRQUEUE)
  p.recv(fd, 10, MSG_ERRQUEUE)
}

const VERSION_4: readonly Scenario[] = [
  effect('IP_TOS and IP_RECVTOS', told(AF_INET, SOL_IP, IP_RECVTOS, (p, fd) => { p.set(fd, SOL_IP, IP_TOS, 0x48) })),
  effect('IP_TTL and IP_RECVTTL', told(AF_INET, SOL_IP, IP_RECVTTL, (p, fd) => { p.set(fd, SOL_IP, IP_TTL, 42) })),
  effect('IP_PKTINFO', told(AF_INET, SOL_IP, IP_PKTINFO)),
  effect('IP_RECVOPTS', told(AF_INET, SOL_IP, IP_RECVOPTS, (p, fd) => { p.set(fd, SOL_IP, IP_OPTIONS, '01010101') })),
  effect('IP_OPTIONS', p => {
    const raw = p.socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, 253)
    const from = p.socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, 253)
    p.set(from, SOL_IP, IP_OPTIONS, '01010100')
    p.sendto(from, 'x', inet('127.0.0.1', 0))
    p.call('recv', raw, 1, 0x20)
    p.set(from, SOL_IP, IP_OPTIONS, '')
    p.sendto(from, 'x', inet('127.0.0.1', 0))
    p.call('recv', raw, 1, 0x20)
  }),
  effect('IP_RECVORIGDSTADDR', p => {
    const { fd, port } = datagram(p)
    p.set(fd, SOL_IP, IP_RECVORIGDSTADDR, 1)
    p.sendto(fd, 'x', inet('127.0.0.1', port))
    p.recvmsg(fd, 10, 24)
  }),
  effect('IP_RECVERR', p => { refusedReport(p, AF_INET, SOL_IP, IP_RECVERR) }),
  effect('IP_MTU_DISCOVER', p => {
    const { fd, port } = datagram(p)
    p.sendto(fd, [65_500, 1], inet('127.0.0.1', port))
    p.set(fd, SOL_IP, IP_MTU_DISCOVER, 2)
    p.connect(fd, inet('127.0.0.1', port))
    p.send(fd, [65_507, 1])
  }),
  effect('IP_MTU', p => {
    const { fd, port } = datagram(p)
    p.get(fd, SOL_IP, IP_MTU)
    p.connect(fd, inet('127.0.0.1', port))
    p.get(fd, SOL_IP, IP_MTU)
  }),
  effect('IP_FREEBIND and IP_TRANSPARENT', p => {
    for (const option of [IP_FREEBIND, IP_TRANSPARENT]) {
      const fd = p.socket(AF_INET, UDP)
      p.bind(fd, inet('198.18.9.9', 7))
      p.set(fd, SOL_IP, option, 1)
      p.bind(fd, inet('198.18.9.9', 7))
      p.close(fd)
    }
  }),
  effect('IP_MINTTL', p => {
    const { client, server } = pair(p)
    p.set(server, SOL_IP, IP_MINTTL, 255)
    p.send(client, 'from afar')
    p.recv(server)
    p.set(client, SOL_IP, IP_TTL, 255)
    p.send(client, 'next door')
    p.recv(server)
    const { fd, port } = datagram(p)
    p.set(fd, SOL_IP, IP_MINTTL, 255)
    p.sendto(fd, 'datagrams do not care', inet('127.0.0.1', port))
    p.recv(fd)
  }),
  effect('IP_BIND_ADDRESS_NO_PORT', p => {
    const fd = p.socket(AF_INET, TCP)
    p.set(fd, SOL_IP, IP_BIND_ADDRESS_NO_PORT, 1)
    p.bind(fd)
    p.call('getsockname', fd)
  }),
  effect('IP_LOCAL_PORT_RANGE', p => {
    const fd = p.socket(AF_INET, UDP)
    p.set(fd, SOL_IP, IP_LOCAL_PORT_RANGE, 40_000 | 40_000 << 16)
    p.bind(fd)
    p.call('getsockname', fd)
    const second = p.socket(AF_INET, UDP)
    p.set(second, SOL_IP, IP_LOCAL_PORT_RANGE, 40_000 | 40_000 << 16)
    p.bind(second)
  }),
  effect('IP_PROTOCOL', p => { p.get(p.socket(AF_INET, SOCK_RAW, IPPROTO_ICMP), SOL_IP, IP_PROTOCOL) }),
  effect('IP_UNICAST_IF', p => {
    const { fd, port } = datagram(p)
    p.set(fd, SOL_IP, IP_UNICAST_IF, NOBODY_IN_NETWORK_ORDER)
    p.set(fd, SOL_IP, IP_UNICAST_IF, LO_IN_NETWORK_ORDER)
    p.get(fd, SOL_IP, IP_UNICAST_IF)
    p.sendto(fd, 'x', inet('127.0.0.1', port))
    p.recv(fd)
  }),
  effect('IP_MULTICAST_IF, IP_ADD_MEMBERSHIP and IP_DROP_MEMBERSHIP', p => {
    const { fd, from, to } = group(p)
    p.get(from, SOL_IP, IP_MULTICAST_IF)
    p.set(fd, SOL_IP, IP_ADD_MEMBERSHIP, GROUP + LOCALHOST)
    p.sendto(from, 'member', to)
    p.recv(fd)
    p.set(fd, SOL_IP, IP_DROP_MEMBERSHIP, GROUP + LOCALHOST)
    p.sendto(from, 'no more', to)
    p.recv(fd)
  }),
  effect('IP_MULTICAST_TTL', p => {
    const { fd, from, to } = group(p)
    p.set(fd, SOL_IP, IP_ADD_MEMBERSHIP, GROUP + LOCALHOST)
    p.set(fd, SOL_IP, IP_RECVTTL, 1)
    p.set(from, SOL_IP, IP_MULTICAST_TTL, 9)
    p.sendto(from, 'x', to)
    p.recvmsg(fd)
  }),
  effect('IP_MULTICAST_LOOP', p => {
    const { fd, from, to } = group(p)
    p.set(fd, SOL_IP, IP_ADD_MEMBERSHIP, GROUP + LOCALHOST)
    p.set(from, SOL_IP, IP_MULTICAST_LOOP, 0)
    p.sendto(from, 'x', to)
    p.recv(fd)
    p.set(from, SOL_IP, IP_MULTICAST_LOOP, 1)
    p.sendto(from, 'x', to)
    p.recv(fd)
  }),
  effect('IP_MULTICAST_ALL', p => {
    const { fd, from, to } = group(p)
    const member = p.socket(AF_INET, UDP)
    p.set(member, SOL_IP, IP_ADD_MEMBERSHIP, GROUP + LOCALHOST)
    p.sendto(from, 'for all', to)
    p.recv(fd)
    p.set(fd, SOL_IP, IP_MULTICAST_ALL, 0)
    p.sendto(from, 'for members', to)
    p.recv(fd)
  }),
  effect('IP_BLOCK_SOURCE and IP_UNBLOCK_SOURCE', p => {
    const { fd, from, to } = group(p)
    p.set(fd, SOL_IP, IP_ADD_MEMBERSHIP, GROUP + LOCALHOST)
    p.set(fd, SOL_IP, IP_BLOCK_SOURCE, GROUP + LOCALHOST + LOCALHOST)
    p.sendto(from, 'blocked', to)
    p.recv(fd)
    p.set(fd, SOL_IP, IP_UNBLOCK_SOURCE, GROUP + LOCALHOST + LOCALHOST)
    p.sendto(from, 'heard', to)
    p.recv(fd)
  }),
  effect('IP_ADD_SOURCE_MEMBERSHIP and IP_DROP_SOURCE_MEMBERSHIP', p => {
    const { fd, from, to } = group(p)
    p.set(fd, SOL_IP, IP_ADD_SOURCE_MEMBERSHIP, `${GROUP}${LOCALHOST}7f000009`)
    p.sendto(from, 'another source', to)
    p.recv(fd)
    p.set(fd, SOL_IP, IP_ADD_SOURCE_MEMBERSHIP, GROUP + LOCALHOST + LOCALHOST)
    p.sendto(from, 'heard', to)
    p.recv(fd)
    p.set(fd, SOL_IP, IP_DROP_SOURCE_MEMBERSHIP, GROUP + LOCALHOST + LOCALHOST)
    p.sendto(from, 'no more', to)
    p.recv(fd)
  }),
]

const VERSION_6: readonly Scenario[] = [
  effect('IPV6_UNICAST_HOPS and IPV6_RECVHOPLIMIT', told(AF_INET6, SOL_IPV6, IPV6_RECVHOPLIMIT, (p, fd) => { p.set(fd, SOL_IPV6, IPV6_UNICAST_HOPS, 42) })),
  effect('IPV6_TCLASS and IPV6_RECVTCLASS', told(AF_INET6, SOL_IPV6, IPV6_RECVTCLASS, (p, fd) => { p.set(fd, SOL_IPV6, IPV6_TCLASS, 0x48) })),
  effect('IPV6_RECVPKTINFO', told(AF_INET6, SOL_IPV6, IPV6_RECVPKTINFO)),
  effect('IPV6_RECVORIGDSTADDR', p => {
    const { fd, port } = datagram(p, AF_INET6)
    p.set(fd, SOL_IPV6, IPV6_RECVORIGDSTADDR, 1)
    p.sendto(fd, 'x', inet('::1', port))
    p.recvmsg(fd, 10, 18)
  }),
  effect('IPV6_RECVERR', p => { refusedReport(p, AF_INET6, SOL_IPV6, IPV6_RECVERR) }),
  effect('IPV6_V6ONLY', p => {
    for (const on of [0, 1]) {
      const fd = p.socket(AF_INET6, UDP)
      p.set(fd, SOL_IPV6, IPV6_V6ONLY, on)
      p.bind(fd, inet('::', 0))
      const port = p.port(fd)
      p.sendto(p.socket(AF_INET, UDP), 'x', inet('127.0.0.1', port))
      p.recv(fd)
    }
  }),
  effect('IPV6_MTU_DISCOVER and IPV6_DONTFRAG', p => {
    for (const [option, value] of [[IPV6_MTU_DISCOVER, 2], [IPV6_DONTFRAG, 1]] as const) {
      const { fd, port } = datagram(p, AF_INET6)
      p.connect(fd, inet('::1', port))
      p.set(fd, SOL_IPV6, option, value)
      p.send(fd, [65_487, 1])
      p.send(fd, [65_500, 1])
    }
  }),
  effect('IPV6_MTU', p => {
    const { fd, port } = datagram(p, AF_INET6)
    p.connect(fd, inet('::1', port))
    p.get(fd, SOL_IPV6, IPV6_MTU)
    p.set(fd, SOL_IPV6, IPV6_MTU, 1300)
    p.get(fd, SOL_IPV6, IPV6_MTU)
    p.set(fd, SOL_IPV6, IPV6_DONTFRAG, 1)
    p.send(fd, [1252, 1])
    p.send(fd, [1253, 1])
  }),
  effect('IPV6_MINHOPCOUNT', p => {
    const listening = p.socket(AF_INET6, TCP)
    p.bind(listening, inet('::1', 0))
    p.listen(listening)
    const client = p.socket(AF_INET6, TCP)
    p.connect(client, inet('::1', p.port(listening)))
    const server = p.accept(listening, SOCK_NONBLOCK)
    p.set(server, SOL_IPV6, IPV6_MINHOPCOUNT, 255)
    p.send(client, 'from afar')
    p.recv(server)
    p.set(client, SOL_IPV6, IPV6_UNICAST_HOPS, 255)
    p.send(client, 'next door')
    p.recv(server)
  }),
  effect('IPV6_FREEBIND and IPV6_TRANSPARENT', p => {
    for (const option of [IPV6_FREEBIND, IPV6_TRANSPARENT]) {
      const fd = p.socket(AF_INET6, UDP)
      p.bind(fd, inet('fd00:5eed::9', 7))
      p.set(fd, SOL_IPV6, option, 1)
      p.bind(fd, inet('fd00:5eed::9', 7))
      p.close(fd)
    }
  }),
  effect('IPV6_UNICAST_IF', p => {
    const { fd, port } = datagram(p, AF_INET6)
    p.set(fd, SOL_IPV6, IPV6_UNICAST_IF, NOBODY_IN_NETWORK_ORDER)
    p.set(fd, SOL_IPV6, IPV6_UNICAST_IF, LO_IN_NETWORK_ORDER)
    p.sendto(fd, 'x', inet('::1', port))
    p.recv(fd)
  }),
  effect('IPV6_CHECKSUM', p => {
    const fd = p.socket(AF_INET6, SOCK_RAW | SOCK_NONBLOCK, 253)
    p.set(fd, SOL_IPV6, IPV6_CHECKSUM, 4)
    p.sendto(fd, 'abcd\0\0gh', inet('::1', 0))
    p.call('recv', fd, 4, 0)
    p.get(p.socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6), SOL_IPV6, IPV6_CHECKSUM)
  }),
]

const OF_UDP: readonly Scenario[] = [
  effect('UDP_CORK', p => {
    const { fd, port } = datagram(p)
    p.connect(fd, inet('127.0.0.1', port))
    p.set(fd, SOL_UDP, UDP_CORK, 1)
    p.send(fd, 'in ')
    p.send(fd, 'one')
    p.recv(fd)
    p.set(fd, SOL_UDP, UDP_CORK, 0)
    p.recv(fd)
  }),
  effect('UDP_NO_CHECK6_TX and UDP_NO_CHECK6_RX', p => {
    const { fd, port } = datagram(p, AF_INET6)
    const from = datagram(p, AF_INET6).fd
    p.set(from, SOL_UDP, UDP_NO_CHECK6_TX, 1)
    p.sendto(from, 'refused', inet('::1', port))
    p.recv(fd)
    p.set(fd, SOL_UDP, UDP_NO_CHECK6_RX, 1)
    p.sendto(from, 'taken', inet('::1', port))
    p.recv(fd)
  }),
]

export const INET_OPTION_EFFECT_SCENARIOS: readonly Scenario[] = [...VERSION_4, ...VERSION_6, ...OF_UDP]
