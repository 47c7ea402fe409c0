// Row I4: the routing socket, on a host with loopback alone.

import {
  AF_INET, AF_INET6, AF_NETLINK, AF_UNIX, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_RAW, SOCK_SEQPACKET, SOCK_STREAM, SOL_NETLINK, SOL_SOCKET,
  SO_PROTOCOL,
} from '../../../src/base/posix.ts'
import { encodeSockaddr } from '../../../src/sock/sockaddr-codec.ts'
import { scenario } from '../scenario.ts'
import type { Fd, Program, RawAddress, Scenario, Symbol_ } from '../scenario.ts'

const REQUEST = 1
const ACK = 4
const DUMP = 0x300
const [EXCL, CREATE] = [0x200, 0x400]
const [GETLINK, SETLINK, NEWADDR, DELADDR, GETADDR] = [18, 19, 20, 21, 22]
const [NEWROUTE, DELROUTE, GETROUTE, NEWNEIGH, DELNEIGH] = [24, 25, 26, 28, 29]
const [NEWRULE, DELRULE] = [32, 33]
/** Attributes whose values no chance, time or build decides. */
const LINK = [1, 2, 3, 4, 16, 17, 30, 31, 32, 33]
const ADDRESS = [1, 2, 3, 4, 8]
const ROUTE = [1, 4, 5, 6, 7, 8, 15]
const NEIGHBOUR = [1, 2]

function nl(pid: number, groups: number = 0): RawAddress {
  return { hex: Buffer.from(encodeSockaddr({ family: 'AF_NETLINK', pid, groups })).toString('hex') }
}

const le = (bits: number, value: number): string =>
  Array.from({ length: bits / 8 }, (_, at) => (value >>> (8 * at) & 0xff).toString(16).padStart(2, '0')).join('')
const attribute = (type: number, hex: string): string => le(16, 4 + hex.length / 2) + le(16, type) + hex + '00'.repeat(-(hex.length / 2) & 3)

function message(type: number, flags: number, body: string, sequence: number = 7): string {
  return le(32, 16 + body.length / 2) + le(16, type) + le(16, flags) + le(32, sequence) + le(32, 0) + body
}

function ask(p: Program, fd: Fd, keep: readonly number[], type: number, flags: number, body: string): void {
  p.call('netlink', fd, message(type, REQUEST | flags, body), keep)
}

function open(p: Program): Symbol_ { return p.socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK, 0) }

const link = (index: number, flags: number = 0, change: number = 0): string => le(32, 0) + le(32, index) + le(32, flags) + le(32, change)
const address = (family: number, length: number, index: number, ip: string, at: number = 2): string =>
  le(8, family) + le(8, length) + '0000' + le(32, index) + attribute(at, ip)
const route = (family: number, length: number, type: number, rest: string, scope: number = 0, table: number = 254): string =>
  `${le(8, family)}${le(8, length)}0000${le(8, table)}03${le(8, scope)}${le(8, type)}00000000${rest}`
const neighbour = (family: number, index: number, state: number, rest: string): string =>
  `${le(8, family)}000000${le(32, index)}${le(16, state)}0000${rest}`

/** A route by which a prefix leads back to this host. */
export function routeToLoopback(p: Program, family: number, length: number, prefix: string,
  { scope = 0, type = 1, table = 254 }: { scope?: number, type?: number, table?: number } = {}): void {
  const fd = open(p)
  const device = type === 1 ? attribute(4, le(32, 1)) : ''
  ask(p, fd, ROUTE, NEWROUTE, CREATE | ACK, route(family, length, type, attribute(1, prefix) + device, scope, table))
  p.close(fd)
}

/** A rule by which marked packets ask another table first. */
export function routingRule(p: Program, family: number, { mark, mask, table }: { mark: number, mask?: number, table: number },
  isTakenOff: boolean = false): void {
  const fd = open(p)
  const rest = attribute(10, le(32, mark)) + (mask === undefined ? '' : attribute(16, le(32, mask)))
  ask(p, fd, [], isTakenOff ? DELRULE : NEWRULE, ACK | (isTakenOff ? 0 : CREATE | EXCL),
    `${le(8, family)}000000${le(8, table)}000001${le(32, 0)}${rest}`)
  p.close(fd)
}

export const NETLINK_SCENARIOS: readonly Scenario[] = [
  scenario('I4 routing sockets: types, names, groups, errors', p => {
    for (const [type, protocol] of [[SOCK_STREAM, 0], [SOCK_SEQPACKET, 0], [SOCK_RAW, 31], [SOCK_RAW, 99], [SOCK_RAW, -1]] as const) {
      p.socket(AF_NETLINK, type, protocol)
    }
    const fd = open(p)
    const other = p.socket(AF_NETLINK, SOCK_DGRAM | SOCK_NONBLOCK, 0)
    p.get(fd, SOL_SOCKET, SO_PROTOCOL)
    p.poll(fd)
    p.call('getsockname', fd)
    p.bind(fd, nl(4711, 1))
    p.call('getsockname', fd)
    p.bind(fd, nl(4712))
    p.bind(fd, nl(4711, 0x50))
    p.call('getsockname', fd)
    p.bind(other, nl(4711))
    p.bind(other, { hex: '0200000000000000000000000000' })
    for (const group of [0, 1, 11, 500, -1]) p.set(fd, SOL_NETLINK, 1, group)
    p.get(fd, SOL_NETLINK, 9, 4)
    p.set(fd, SOL_NETLINK, 2, 11)
    p.get(fd, SOL_NETLINK, 9, 4)
    for (const option of [3, 10, 11, 12]) {
      p.set(fd, SOL_NETLINK, option, 1)
      p.get(fd, SOL_NETLINK, option)
    }
    p.set(fd, SOL_NETLINK, 99, 1)
    p.get(fd, SOL_NETLINK, 99)
    p.getpeername(fd)
    p.connect(fd, nl(0))
    p.getpeername(fd)
    p.sendto(fd, 'xxxx', nl(1_234_567))
    p.send(fd, '')
    p.send(fd, 'short')
    p.recv(fd)
    p.listen(fd)
    p.accept(fd)
    p.shutdown(fd, 2)
    p.sendto(other, 'hello, other', nl(4711))
    p.connect(fd, { hex: '00000000' })
    p.sendto(other, 'hello, other', nl(4711))
    p.recv(fd, 100)
    p.call('socketpair', AF_NETLINK, SOCK_RAW, 0)
    p.socket(AF_UNIX, SOCK_DGRAM, 0)
  }),
  scenario('I4 links, addresses, routes and neighbours are listed', p => {
    const fd = open(p)
    ask(p, fd, LINK, GETLINK, DUMP, link(0))
    ask(p, fd, LINK, GETLINK, 0, link(1))
    ask(p, fd, LINK, GETLINK, 0, link(0) + attribute(3, '6c6f00'))
    ask(p, fd, LINK, GETLINK, ACK, link(77))
    ask(p, fd, LINK, GETLINK, 0, link(0) + attribute(3, '6e6f6e6500'))
    ask(p, fd, ADDRESS, GETADDR, DUMP, le(32, 2))
    ask(p, fd, ADDRESS, GETADDR, DUMP, le(32, 10))
    ask(p, fd, ADDRESS, GETADDR, DUMP, le(32, 0))
    ask(p, fd, ROUTE, GETROUTE, DUMP, route(AF_INET, 0, 0, ''))
  }),
  scenario('I4 requests that make no sense', p => {
    const fd = open(p)
    p.call('netlink', fd, message(GETLINK, 0, link(0)), [])
    p.call('netlink', fd, message(GETLINK, ACK, link(0)), [])
    p.call('netlink', fd, message(1, REQUEST | ACK, ''), [])
    p.call('netlink', fd, message(2, REQUEST, ''), [])
    p.call('netlink', fd, message(300, REQUEST, link(0)), [])
    p.call('netlink', fd, message(GETLINK, REQUEST | ACK, ''), [])
    p.call('netlink', fd, message(GETADDR, REQUEST, le(32, 0)), [])
    p.call('netlink', fd, message(GETLINK, REQUEST | ACK, link(0)), [])
    p.call('netlink', fd, '20000000', [])
    p.call('netlink', fd, message(NEWADDR, REQUEST | ACK, le(32, 2)), [])
    p.call('netlink', fd, message(NEWROUTE, REQUEST | ACK, le(32, 2)), [])
    p.call('netlink', fd, message(GETLINK, REQUEST, link(99)) + message(GETLINK, REQUEST, link(98), 8), [])
  }),
  ...([
    [AF_INET, 24, 'c6120701', 'c6120801'],
    [AF_INET6, 64, `fd005eed00070000${'0'.repeat(15)}1`, `fd005eed00080000${'0'.repeat(15)}1`],
  ] as const).map(([family, length, own, far]) =>
    scenario(`I4 addresses and routes come and go, and are watched: ${family === AF_INET ? 'IPv4' : 'IPv6'}`, p => {
      const fd = open(p)
      const watch = open(p)
      p.set(watch, SOL_NETLINK, 1, family === AF_INET ? 5 : 9)
      const routes = open(p)
      for (const each of [watch, routes]) p.bind(each, nl(0))
      const tell = (keep: readonly number[], type: number, flags: number, body: string): void => {
        ask(p, fd, keep, type, flags, body)
        p.call('netlink', watch, '', ADDRESS)
      }
      tell(ADDRESS, NEWADDR, ACK | CREATE | EXCL, address(family, length, 1, own))
      tell(ADDRESS, NEWADDR, ACK | CREATE | EXCL, address(family, length, 1, own))
      tell(ADDRESS, NEWADDR, ACK | CREATE, address(family, length, 77, far))
      tell(ADDRESS, NEWADDR, ACK | CREATE, address(family, 129, 1, far))
      tell(ADDRESS, GETADDR, DUMP, le(32, family))
      p.set(routes, SOL_NETLINK, 1, family === AF_INET ? 7 : 11)
      const change = (type: number, flags: number, body: string): void => {
        ask(p, fd, ROUTE, type, flags, body)
        p.call('netlink', routes, '', ROUTE)
      }
      const size = family === AF_INET ? 32 : 128
      const blackhole = route(family, size, 6, attribute(1, far) + attribute(6, le(32, 50)))
      change(NEWROUTE, ACK, blackhole)
      change(NEWROUTE, ACK | CREATE | EXCL, blackhole)
      change(NEWROUTE, ACK | CREATE | EXCL, blackhole)
      change(NEWROUTE, ACK | CREATE, route(family, size, 1, attribute(1, far)))
      change(NEWROUTE, ACK | CREATE, route(family, size, 1, attribute(1, far) + attribute(4, le(32, 77))))
      change(NEWROUTE, ACK | CREATE, route(family, 200, 1, attribute(1, far)))
      change(DELROUTE, ACK, blackhole)
      change(DELROUTE, ACK, blackhole)
      tell(ADDRESS, DELADDR, ACK, address(family, length, 1, own))
      tell(ADDRESS, DELADDR, ACK, address(family, length, 1, own))
      tell(ADDRESS, DELADDR, ACK, address(family, length, 77, own))
      tell(ADDRESS, GETADDR, DUMP, le(32, family))
      p.call('getsockname', p.socket(family, SOCK_DGRAM))
    })),
  scenario('I4 who may: changes need privilege, neighbours that make no sense', p => {
    const fd = open(p)
    ask(p, fd, NEIGHBOUR, NEWNEIGH, ACK | CREATE, neighbour(AF_INET, 0, 128, attribute(1, 'c6120709')))
    ask(p, fd, NEIGHBOUR, NEWNEIGH, ACK | CREATE, neighbour(AF_INET, 77, 128, attribute(1, 'c6120709')))
    ask(p, fd, NEIGHBOUR, NEWNEIGH, ACK | CREATE, neighbour(AF_INET, 1, 128, ''))
    ask(p, fd, NEIGHBOUR, NEWNEIGH, ACK, neighbour(AF_INET, 1, 128, attribute(1, 'c6120709') + attribute(2, '020000000001')))
    ask(p, fd, NEIGHBOUR, DELNEIGH, ACK, neighbour(AF_INET, 1, 0, attribute(1, 'c6120709')))
    ask(p, fd, LINK, SETLINK, ACK, link(77, 1, 1))
    ask(p, fd, ROUTE, GETROUTE, 0, route(AF_INET, 32, 0, attribute(1, 'c6130001')))
  }),
]
