// What options put on packets and ask of routes: marks, priorities, options of the IP header, links only; and what has no
// effect on Linux either. docs/options.md cites them by name.

import {
  AF_INET, AF_INET6, AF_UNIX, IPPROTO_RAW, IP_HDRINCL, IP_NODEFRAG, IP_OPTIONS, IP_RECVOPTS, IP_RETOPTS, IP_TOS, MSG_DONTROUTE,
  SOCK_NONBLOCK,
  SOCK_RAW, SOCK_STREAM, IPV6_TCLASS, SOL_IP, SOL_IPV6, SOL_SOCKET, SO_BSDCOMPAT, SO_DEBUG, SO_DONTROUTE, SO_MARK, SO_PRIORITY, SO_RCVMARK,
  SO_RCVPRIORITY, SO_SNDLOWAT,
} from '../../../src/base/posix.ts'
import { inet, ints, scenario } from '../scenario.ts'
import type { Program, Scenario, Symbol_ } from '../scenario.ts'
import { routeToLoopback, routingRule } from './netlink.ts'
import { TCP, UDP, closedPort, datagram, listener, pair } from './support.ts'

function effect(name: string, write: (p: Program) => void): Scenario { return scenario(`F7 effect of ${name}`, write) }

const GATEWAY_SCOPE = 0
const LINK_SCOPE = 253
const TABLE = 77

/** Everything a program does with an option that nothing looks at. */
function unchanged(option: number): (p: Program) => void {
  return p => {
    const { client, server } = pair(p)
    for (const fd of [client, server]) p.set(fd, SOL_SOCKET, option, 1)
    p.send(client, 'stream')
    p.recv(server)
    const { fd, port } = datagram(p)
    p.set(fd, SOL_SOCKET, option, 1)
    p.sendto(fd, 'datagram', inet('127.0.0.1', port))
    p.recvmsg(fd)
    // What BSD once did: nothing is told of a closed port.
    p.connect(fd, inet('127.0.0.1', closedPort(p, UDP)))
    p.send(fd, 'x')
    p.recv(fd)
    p.poll(fd)
    p.get(fd, SOL_SOCKET, option)
  }
}

function toldOf(option: number, told: number, family: number): (p: Program) => void {
  const own = family === AF_INET6 ? '::1' : '127.0.0.1'
  return p => {
    const { fd, port } = datagram(p, family)
    const from = datagram(p, family).fd
    const to = inet(own, port)
    const say = (what: string): void => {
      p.sendto(from, what, to)
      p.recvmsg(fd)
    }
    say('not asked for')
    p.set(fd, SOL_SOCKET, told, 1)
    say('none')
    p.set(from, SOL_SOCKET, option, 5)
    say('five')
    p.sendmsg(from, 'three', [[SOL_SOCKET, option, ints(3)]], to)
    p.recvmsg(fd)
    p.sendmsg(from, 'too short', [[SOL_SOCKET, option, '0300']], to)
    p.connect(from, to)
    p.send(from, 'connected')
    p.recvmsg(fd)
    p.set(from, SOL_SOCKET, option, 6)
    p.send(from, 'six')
    p.recvmsg(fd)
    p.sendmsg(from, 'two', [[SOL_SOCKET, option, ints(2)]])
    p.recvmsg(fd)
    p.set(fd, SOL_SOCKET, told, 0)
    say('no more')
  }
}

function inherited(option: number): (p: Program) => void {
  return p => {
    const { fd, port } = listener(p)
    p.set(fd, SOL_SOCKET, option, 5)
    const client = p.socket(AF_INET, TCP)
    p.connect(client, inet('127.0.0.1', port))
    const server = p.accept(fd, SOCK_NONBLOCK)
    p.get(server, SOL_SOCKET, option)
    p.get(fd, SOL_SOCKET, option)
  }
}

const MARKS: readonly Scenario[] = [
  effect('SO_MARK and SO_RCVMARK', toldOf(SO_MARK, SO_RCVMARK, AF_INET)),
  effect('SO_MARK and SO_RCVMARK, IPv6', toldOf(SO_MARK, SO_RCVMARK, AF_INET6)),
  effect('SO_PRIORITY and SO_RCVPRIORITY', toldOf(SO_PRIORITY, SO_RCVPRIORITY, AF_INET)),
  effect('SO_PRIORITY and SO_RCVPRIORITY, IPv6', toldOf(SO_PRIORITY, SO_RCVPRIORITY, AF_INET6)),
  scenario('F7 a listener hands its mark on', inherited(SO_MARK)),
  scenario('F7 a listener and its priority', inherited(SO_PRIORITY)),
  scenario('F7 SO_RCVMARK and SO_RCVPRIORITY elsewhere', p => {
    for (const option of [SO_RCVMARK, SO_RCVPRIORITY]) {
      const [a, b] = p.socketpair(AF_UNIX, SOCK_STREAM)
      p.set(b, SOL_SOCKET, option, 1)
      p.send(a, 'local')
      p.recvmsg(b)
      const { client, server } = pair(p)
      p.set(client, SOL_SOCKET, option === SO_RCVMARK ? SO_MARK : SO_PRIORITY, 4)
      p.set(server, SOL_SOCKET, option, 1)
      p.send(client, 'stream')
      p.recvmsg(server)
      const raw = p.socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, 253)
      p.set(raw, SOL_SOCKET, option, 1)
      p.set(raw, SOL_SOCKET, option === SO_RCVMARK ? SO_MARK : SO_PRIORITY, 3)
      p.sendto(raw, 'raw', inet('127.0.0.1', 0))
      p.recvmsg(raw)
    }
  }),
  scenario('F7 the kind of service chooses the priority', p => {
    const { fd, port } = datagram(p)
    p.set(fd, SOL_SOCKET, SO_RCVPRIORITY, 1)
    for (const tos of [0x00, 0x02, 0x08, 0x10, 0x18, 0x1e, 0x48, 0xb8, 0xff]) {
      p.set(fd, SOL_IP, IP_TOS, tos)
      p.get(fd, SOL_SOCKET, SO_PRIORITY)
      p.sendto(fd, 'x', inet('127.0.0.1', port))
      p.recvmsg(fd)
    }
    p.set(fd, SOL_SOCKET, SO_PRIORITY, 1)
    p.set(fd, SOL_IP, IP_TOS, 0xff)
    p.get(fd, SOL_SOCKET, SO_PRIORITY)
    for (const tos of ['00', '10000000', '08000000']) {
      p.sendmsg(fd, 'one', [[SOL_IP, IP_TOS, tos]], inet('127.0.0.1', port))
      p.recvmsg(fd)
    }
    const six = p.socket(AF_INET6, UDP)
    p.set(six, SOL_IPV6, IPV6_TCLASS, 0x10)
    p.get(six, SOL_SOCKET, SO_PRIORITY)
    p.set(six, SOL_IP, IP_TOS, 0x10)
    p.get(six, SOL_SOCKET, SO_PRIORITY)
    const stream = p.socket(AF_INET, TCP)
    p.set(stream, SOL_IP, IP_TOS, 0x13)
    p.get(stream, SOL_SOCKET, SO_PRIORITY)
  }),
]

/** Connects and asks whether there is a way. */
function tryTo(p: Program, fd: Symbol_, address: string): void { p.connect(fd, inet(address, 7)) }

const ROUTES: readonly Scenario[] = [
  effect('SO_MARK: a rule leads to another table', p => {
    // 198.18.7.0/24 leads somewhere in the table main, and is refused in another.
    routeToLoopback(p, AF_INET, 24, 'c6120700', { scope: LINK_SCOPE })
    routeToLoopback(p, AF_INET, 24, 'c6120700', { table: TABLE, type: 8 })
    routeToLoopback(p, AF_INET, 24, 'c6120800', { table: TABLE, scope: LINK_SCOPE })
    const fd = p.socket(AF_INET, UDP)
    const both = (): void => {
      tryTo(p, fd, '198.18.7.1')
      tryTo(p, fd, '198.18.8.1')
    }
    both()
    p.set(fd, SOL_SOCKET, SO_MARK, 5)
    both()
    routingRule(p, AF_INET, { mark: 5, table: TABLE })
    both()
    p.set(fd, SOL_SOCKET, SO_MARK, 6)
    both()
    p.sendto(fd, 'x', inet('198.18.8.1', 7))
    p.sendmsg(fd, 'x', [[SOL_SOCKET, SO_MARK, ints(5)]], inet('198.18.7.1', 7))
    routingRule(p, AF_INET, { mark: 6, mask: 6, table: TABLE })
    p.set(fd, SOL_SOCKET, SO_MARK, 15)
    both()
    routingRule(p, AF_INET, { mark: 5, table: TABLE }, true)
    routingRule(p, AF_INET, { mark: 5, table: TABLE }, true)
    p.set(fd, SOL_SOCKET, SO_MARK, 5)
    both()
    const stream = p.socket(AF_INET, TCP)
    p.set(stream, SOL_SOCKET, SO_MARK, 6)
    tryTo(p, stream, '198.18.7.1')
  }),
  effect('SO_DONTROUTE', p => {
    routeToLoopback(p, AF_INET, 24, 'c6120700', { scope: GATEWAY_SCOPE })
    routeToLoopback(p, AF_INET, 24, 'c6120800', { scope: LINK_SCOPE })
    const { fd, port } = datagram(p)
    const stream = p.socket(AF_INET, TCP)
    const any = p.socket(AF_INET, UDP)
    const raw = p.socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, 253)
    for (const each of [any, stream, raw]) p.set(each, SOL_SOCKET, SO_DONTROUTE, 1)
    tryTo(p, any, '198.18.7.1')
    tryTo(p, any, '198.18.8.1')
    p.sendto(any, 'x', inet('198.18.7.1', 7))
    p.sendto(raw, 'x', inet('198.18.7.1', 0))
    tryTo(p, stream, '198.18.7.1')
    p.set(any, SOL_SOCKET, SO_DONTROUTE, 0)
    p.sendto(any, 'x', inet('198.18.7.1', 7))
    tryTo(p, any, '198.18.7.1')
    p.set(any, SOL_SOCKET, SO_DONTROUTE, 1)
    p.send(any, 'the route is asked for anew')
    p.set(fd, SOL_SOCKET, SO_DONTROUTE, 1)
    p.sendto(fd, 'here', inet('127.0.0.1', port))
    p.recv(fd)
  }),
  scenario('F5 MSG_DONTROUTE', p => {
    routeToLoopback(p, AF_INET, 24, 'c6120700', { scope: GATEWAY_SCOPE })
    const { fd, port } = datagram(p)
    const any = p.socket(AF_INET, UDP)
    const raw = p.socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, 253)
    p.sendto(any, 'x', inet('198.18.7.1', 7), MSG_DONTROUTE)
    p.sendto(raw, 'x', inet('198.18.7.1', 0), MSG_DONTROUTE)
    p.sendto(any, 'x', inet('198.18.7.1', 7))
    p.sendto(any, 'x', inet('127.0.0.1', port), MSG_DONTROUTE)
    p.recv(fd)
  }),
]

const NOPS = '01010100'
const RECORD_ROUTE = '070b04000000000000000000'
const FULL_RECORD = '07070801020304000000000000000000'.slice(0, 16)
const TIMES = '440c0500000000000000000000000000'.slice(0, 24)

const HEADERS: readonly Scenario[] = [
  effect('IP_RETOPTS', p => {
    const { fd, port } = datagram(p)
    const from = datagram(p).fd
    const to = inet('127.0.0.1', port)
    p.set(fd, SOL_IP, IP_RETOPTS, 1)
    p.sendto(from, 'none', to)
    p.recvmsg(fd)
    for (const options of [NOPS, RECORD_ROUTE, FULL_RECORD, `01${RECORD_ROUTE}`, `${RECORD_ROUTE}${NOPS}`]) {
      p.set(from, SOL_IP, IP_OPTIONS, options)
      p.sendto(from, 'x', to)
      p.recvmsg(fd)
    }
    p.set(from, SOL_IP, IP_OPTIONS, '')
    // For one datagram.
    for (const options of [NOPS, RECORD_ROUTE, '', '0703', '4402', '00'.repeat(41)]) {
      p.sendmsg(from, 'once', [[SOL_IP, IP_RETOPTS, options]], to)
      p.recvmsg(fd)
    }
    p.sendto(from, 'none', to)
    p.recvmsg(fd)
    p.set(fd, SOL_IP, IP_RECVOPTS, 1)
    p.sendmsg(from, 'both', [[SOL_IP, IP_RETOPTS, RECORD_ROUTE]], to)
    p.recvmsg(fd)
    // Times are nobody's to compare: only how many bytes.
    p.set(fd, SOL_IP, IP_RECVOPTS, 0)
    p.sendmsg(from, 'times', [[SOL_IP, IP_RETOPTS, TIMES]], to)
    p.recvmsg(fd, 100, 20)
  }),
  effect('IP_NODEFRAG: none without connection tracking', p => {
    const { fd, port } = datagram(p)
    const raw = p.socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_RAW)
    const udp = p.socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, 253)
    p.set(raw, SOL_IP, IP_HDRINCL, 1)
    for (const each of [raw, udp]) {
      p.set(each, SOL_IP, IP_NODEFRAG, 1)
      p.get(each, SOL_IP, IP_NODEFRAG)
    }
    // Sixteen bytes of protocol 253 in two pieces of eight.
    const piece = (offset: string, data: string): string => Buffer.from(`45000000123${'4'}${offset}40fd00007f0000017f000001${data}`, 'hex').toString('latin1')
    p.sendto(raw, piece('2000', '4142434445464748'), inet('127.0.0.1', 0))
    p.sendto(raw, piece('0001', '494a4b4c4d4e4f50'), inet('127.0.0.1', 0))
    p.call('recv', udp, 100, 0)
    p.call('recv', udp, 100, 0)
    p.sendto(fd, [20_000, 1], inet('127.0.0.1', port))
    p.recv(fd)
  }),
]

const NONE: readonly Scenario[] = [
  effect('SO_DEBUG: none', unchanged(SO_DEBUG)),
  effect('SO_BSDCOMPAT: none', unchanged(SO_BSDCOMPAT)),
  effect('SO_SNDLOWAT: none', p => {
    const { client } = pair(p)
    p.get(client, SOL_SOCKET, SO_SNDLOWAT)
    p.set(client, SOL_SOCKET, SO_SNDLOWAT, 1)
    p.set(client, SOL_SOCKET, SO_SNDLOWAT, 65_536)
    p.get(client, SOL_SOCKET, SO_SNDLOWAT)
    p.poll(client)
    p.send(client, 'any room will do')
    p.poll(client)
  }),
]

export const PACKET_OPTION_EFFECT_SCENARIOS: readonly Scenario[] = [...MARKS, ...ROUTES, ...HEADERS, ...NONE]
