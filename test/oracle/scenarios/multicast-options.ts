// Groups and their sources, named by sockaddrs (RFC 3678): what a socket hears, what its filter reads, what is refused.

import {
  AF_INET, AF_INET6, IPV6_MULTICAST_IF, IP_ADD_MEMBERSHIP, IP_ADD_SOURCE_MEMBERSHIP, IP_BLOCK_SOURCE, IP_DROP_MEMBERSHIP,
  IP_DROP_SOURCE_MEMBERSHIP, IP_MSFILTER, IP_MULTICAST_IF, IP_UNBLOCK_SOURCE, MCAST_BLOCK_SOURCE, MCAST_EXCLUDE, MCAST_INCLUDE,
  MCAST_JOIN_GROUP, MCAST_JOIN_SOURCE_GROUP, MCAST_LEAVE_GROUP, MCAST_LEAVE_SOURCE_GROUP, MCAST_MSFILTER, MCAST_UNBLOCK_SOURCE, SOL_IP,
  SOL_IPV6,
} from '../../../src/base/posix.ts'
import { inet, ints, scenario } from '../scenario.ts'
import type { Program, Scenario, Symbol_ } from '../scenario.ts'
import { routeToLoopback } from './netlink.ts'
import { TCP, UDP } from './support.ts'

function effect(name: string, write: (p: Program) => void): Scenario { return scenario(`F7 effect of ${name}`, write) }

interface Kind {
  readonly name: string
  readonly family: number
  readonly level: number
  readonly any: string
  readonly own: string
  readonly other: string
  readonly group: string
  readonly second: string
  readonly foreign: string
}

const KINDS: readonly Kind[] = [
  {
    name: 'IPv4', family: AF_INET, level: SOL_IP, any: '0.0.0.0', own: '127.0.0.1', other: '127.0.0.9', group: '232.1.2.3', second: '239.9.9.9',
    foreign: 'ff12::77',
  },
  {
    name: 'IPv6', family: AF_INET6, level: SOL_IPV6, any: '::', own: '::1', other: '::9', group: 'ff11::1:2:3', second: 'ff11::9',
    foreign: '232.1.2.3',
  },
]

function padded(address: string): string { return inet(address, 0).hex.padEnd(256, '0') }

/** struct group_req, group_source_req and group_filter; device 1 is loopback. */
function groupReq(group: string, device: number = 1): string { return ints(device, 0) + padded(group) }
function sourceReq(group: string, source: string, device: number = 1): string { return groupReq(group, device) + padded(source) }
function filter(group: string, mode: number, sources: readonly string[], count: number = sources.length, device: number = 1): string {
  return groupReq(group, device) + ints(mode, count) + sources.map(padded).join('')
}

/** A socket that may join, and one that sends to the group over loopback from our address. */
function listening(p: Program, kind: Kind): { fd: Symbol_, say: (what: string) => void } {
  const fd = p.socket(kind.family, UDP)
  p.bind(fd, inet(kind.any, 0))
  const port = p.port(fd)
  // Loopback has no route to groups of IPv6 by itself.
  if (kind.family === AF_INET6) routeToLoopback(p, AF_INET6, 16, 'ff110000000000000000000000000000')
  // Who has not joined hears nothing.
  p.set(fd, SOL_IP, 49, 0)
  if (kind.family === AF_INET6) p.set(fd, SOL_IPV6, 29, 0)
  const from = p.socket(kind.family, UDP)
  p.bind(from, inet(kind.own, 0))
  if (kind.family === AF_INET) p.set(from, SOL_IP, IP_MULTICAST_IF, '7f000001')
  else p.set(from, SOL_IPV6, IPV6_MULTICAST_IF, 1)
  return {
    fd,
    say: what => {
      p.sendto(from, what, inet(kind.group, port))
      p.recv(fd)
    },
  }
}

function askFilter(p: Program, fd: Symbol_, kind: Kind, room: number = 3): void {
  p.get(fd, kind.level, MCAST_MSFILTER, 144 + 128 * room, filter(kind.group, 7, [], room))
}

function effectsOf(kind: Kind): readonly Scenario[] {
  const { level, group, own, other } = kind
  return [
    effect(`MCAST_JOIN_GROUP and MCAST_LEAVE_GROUP, ${kind.name}`, p => {
      const { fd, say } = listening(p, kind)
      say('nobody')
      p.set(fd, level, MCAST_JOIN_GROUP, groupReq(group))
      p.set(fd, level, MCAST_JOIN_GROUP, groupReq(group))
      say('member')
      askFilter(p, fd, kind)
      p.set(fd, level, MCAST_LEAVE_GROUP, groupReq(group))
      p.set(fd, level, MCAST_LEAVE_GROUP, groupReq(group))
      say('no more')
      askFilter(p, fd, kind)
    }),
    effect(`MCAST_BLOCK_SOURCE and MCAST_UNBLOCK_SOURCE, ${kind.name}`, p => {
      const { fd, say } = listening(p, kind)
      p.set(fd, level, MCAST_BLOCK_SOURCE, sourceReq(group, own))
      p.set(fd, level, MCAST_JOIN_GROUP, groupReq(group))
      p.set(fd, level, MCAST_UNBLOCK_SOURCE, sourceReq(group, own))
      p.set(fd, level, MCAST_BLOCK_SOURCE, sourceReq(group, other))
      say('another is blocked')
      p.set(fd, level, MCAST_BLOCK_SOURCE, sourceReq(group, own))
      p.set(fd, level, MCAST_BLOCK_SOURCE, sourceReq(group, own))
      say('blocked')
      askFilter(p, fd, kind)
      p.set(fd, level, MCAST_UNBLOCK_SOURCE, sourceReq(group, own))
      say('heard')
      p.set(fd, level, MCAST_UNBLOCK_SOURCE, sourceReq(group, other))
      // Whose list was emptied keeps its mode.
      p.set(fd, level, MCAST_JOIN_SOURCE_GROUP, sourceReq(group, own))
      p.set(fd, level, MCAST_LEAVE_SOURCE_GROUP, sourceReq(group, own))
      askFilter(p, fd, kind)
    }),
    effect(`MCAST_JOIN_SOURCE_GROUP and MCAST_LEAVE_SOURCE_GROUP, ${kind.name}`, p => {
      const { fd, say } = listening(p, kind)
      p.set(fd, level, MCAST_JOIN_SOURCE_GROUP, sourceReq(group, other))
      say('from another')
      p.set(fd, level, MCAST_JOIN_SOURCE_GROUP, sourceReq(group, own))
      p.set(fd, level, MCAST_JOIN_SOURCE_GROUP, sourceReq(group, own))
      say('included')
      p.set(fd, level, MCAST_BLOCK_SOURCE, sourceReq(group, own))
      askFilter(p, fd, kind, 1)
      p.set(fd, level, MCAST_LEAVE_SOURCE_GROUP, sourceReq(group, own))
      p.set(fd, level, MCAST_LEAVE_SOURCE_GROUP, sourceReq(group, own))
      say('dropped')
      p.set(fd, level, MCAST_LEAVE_SOURCE_GROUP, sourceReq(group, other))
      p.set(fd, level, MCAST_LEAVE_SOURCE_GROUP, sourceReq(group, other))
      askFilter(p, fd, kind)
      // Who includes nobody has left: everybody may be heard again.
      p.set(fd, level, MCAST_JOIN_GROUP, groupReq(group))
      say('for all')
      p.set(fd, level, MCAST_JOIN_SOURCE_GROUP, sourceReq(group, other))
      say('an empty list takes the other mode')
      askFilter(p, fd, kind)
    }),
    effect(`MCAST_MSFILTER, ${kind.name}`, p => {
      const { fd, say } = listening(p, kind)
      p.set(fd, level, MCAST_MSFILTER, filter(group, MCAST_INCLUDE, [own]))
      p.set(fd, level, MCAST_JOIN_GROUP, groupReq(group))
      p.set(fd, level, MCAST_MSFILTER, filter(group, MCAST_EXCLUDE, [own, other]))
      say('excluded')
      askFilter(p, fd, kind)
      askFilter(p, fd, kind, 1)
      askFilter(p, fd, kind, 0)
      p.set(fd, level, MCAST_MSFILTER, filter(group, MCAST_INCLUDE, [other]))
      say('not included')
      p.set(fd, level, MCAST_MSFILTER, filter(group, MCAST_INCLUDE, [other, own]))
      say('included')
      askFilter(p, fd, kind)
      p.set(fd, level, MCAST_MSFILTER, filter(group, MCAST_EXCLUDE, []))
      say('nobody is excluded')
      askFilter(p, fd, kind)
      p.set(fd, level, MCAST_MSFILTER, filter(group, MCAST_INCLUDE, []))
      say('left')
      p.set(fd, level, MCAST_MSFILTER, filter(group, MCAST_INCLUDE, []))
      askFilter(p, fd, kind)
    }),
  ]
}

const ALL: readonly number[] = [
  MCAST_JOIN_GROUP, MCAST_LEAVE_GROUP, MCAST_BLOCK_SOURCE, MCAST_UNBLOCK_SOURCE, MCAST_JOIN_SOURCE_GROUP, MCAST_LEAVE_SOURCE_GROUP,
]

function refusalsOf(kind: Kind): Scenario {
  const { level, group, own, second, foreign } = kind
  return scenario(`D8 groups refused by sockaddr, ${kind.name}`, p => {
    const fd = p.socket(kind.family, UDP)
    for (const option of ALL) {
      const shorter = option === MCAST_JOIN_GROUP || option === MCAST_LEAVE_GROUP ? 272 : 528
      p.set(fd, level, option, sourceReq(group, own).slice(0, shorter - 2))
      p.set(fd, level, option, sourceReq(own, own))
      p.set(fd, level, option, sourceReq(foreign, own))
      p.set(fd, level, option, sourceReq(group, foreign))
      p.set(fd, level, option, sourceReq(group, own, 77))
      p.set(fd, level, option, sourceReq(group, own, -1))
      p.set(fd, level, option, sourceReq(group, own, 0))
    }
    p.set(fd, level, MCAST_JOIN_GROUP, groupReq(second))
    const tried = [[2, 1, 1], [0, 2, 1], [1, 65, 1], [1, -1, 1], [0, 1, 77], [0, 1, 0], [1, 0, 0], [1, 1, 0]] as const
    for (const [mode, count, device] of tried) {
      p.set(fd, level, MCAST_MSFILTER, filter(second, mode, [own], count, device))
    }
    p.set(fd, level, MCAST_MSFILTER, filter(own, 1, [own]))
    p.set(fd, level, MCAST_MSFILTER, filter(foreign, 1, [own]))
    p.set(fd, level, MCAST_MSFILTER, filter(second, 1, [foreign]))
    p.get(fd, level, MCAST_MSFILTER, 143, filter(second, 0, []))
    p.get(fd, level, MCAST_MSFILTER, 144, filter(own, 0, []))
    p.get(fd, level, MCAST_MSFILTER, 144, filter(foreign, 0, []))
    p.get(fd, level, MCAST_MSFILTER, 144, filter(second, 0, [], 0, 0))
    p.get(fd, level, MCAST_MSFILTER, 400, filter(second, 0, [], 9))
    // Left by whichever device.
    p.set(fd, level, MCAST_LEAVE_GROUP, groupReq(second, 0))
  })
}

function limitsOf(kind: Kind): Scenario {
  const { level, second, family } = kind
  const numbered = (n: number): string => family === AF_INET ? `198.18.0.${n + 1}` : `fd00:5eed::${n + 1}`
  const numberedGroup = (n: number): string => family === AF_INET ? `239.1.0.${n + 1}` : `ff11::${n + 1}:0`
  return scenario(`D8 as many groups and sources as there may be, ${kind.name}`, p => {
    const fd = p.socket(family, UDP)
    p.set(fd, level, MCAST_JOIN_GROUP, groupReq(second))
    for (let n = 0; n < 66; n++) p.set(fd, level, MCAST_BLOCK_SOURCE, sourceReq(second, numbered(n)))
    p.get(fd, level, MCAST_MSFILTER, 144, filter(second, 0, []))
    p.set(fd, level, MCAST_MSFILTER, filter(second, 0, Array.from({ length: 11 }, (_, n) => numbered(n))))
    p.set(fd, level, MCAST_MSFILTER, filter(second, 0, Array.from({ length: 65 }, (_, n) => numbered(n))))
    p.get(fd, level, MCAST_MSFILTER, 144, filter(second, 0, []))
    for (let n = 0; n < 22; n++) p.set(fd, level, MCAST_JOIN_GROUP, groupReq(numberedGroup(n)))
  })
}

const G = 'e8010203'
const LO = '7f000001'
const NONE = '00000000'
const NOT_OURS = 'c6120909'

const OLDER: readonly Scenario[] = [
  effect('IP_MSFILTER', p => {
    const kind = KINDS[0]
    if (kind === undefined) return
    const { fd, say } = listening(p, kind)
    const set = (mode: number, ...sources: readonly string[]): void => {
      p.set(fd, SOL_IP, IP_MSFILTER, G + LO + ints(mode, sources.length) + sources.join(''))
    }
    const ask = (room: number): void => { p.get(fd, SOL_IP, IP_MSFILTER, 16 + 4 * room, G + LO + ints(5, room)) }
    set(MCAST_INCLUDE, LO)
    ask(2)
    p.set(fd, SOL_IP, IP_ADD_MEMBERSHIP, G + LO)
    set(MCAST_EXCLUDE, LO, NOT_OURS)
    say('excluded')
    for (const room of [0, 1, 2, 3]) ask(room)
    set(MCAST_INCLUDE, NOT_OURS, LO)
    say('included')
    ask(2)
    set(9, LO)
    p.set(fd, SOL_IP, IP_MSFILTER, G + LO + ints(0, 2) + LO)
    p.set(fd, SOL_IP, IP_MSFILTER, G + LO + ints(0, 11) + LO)
    p.set(fd, SOL_IP, IP_MSFILTER, LO + LO + ints(0, 1) + LO)
    p.set(fd, SOL_IP, IP_MSFILTER, G + NOT_OURS + ints(0, 1) + LO)
    p.get(fd, SOL_IP, IP_MSFILTER, 20, LO + LO + ints(0, 1))
    p.get(fd, SOL_IP, IP_MSFILTER, 20, G + NONE + ints(0, 1))
    set(MCAST_INCLUDE)
    say('left')
    ask(1)
  }),
  scenario('D8 one filter under its older and its newer names', p => {
    const kind = KINDS[0]
    if (kind === undefined) return
    const { fd, say } = listening(p, kind)
    p.set(fd, SOL_IP, IP_ADD_MEMBERSHIP, G + LO)
    p.set(fd, SOL_IP, IP_ADD_SOURCE_MEMBERSHIP, `${G}${LO}7f000009`)
    say('the empty list took the other mode')
    p.set(fd, SOL_IP, IP_BLOCK_SOURCE, G + LO + LO)
    p.set(fd, SOL_IP, IP_UNBLOCK_SOURCE, G + LO + LO)
    p.set(fd, SOL_IP, MCAST_JOIN_SOURCE_GROUP, sourceReq('232.1.2.3', '127.0.0.1'))
    say('added by its newer name')
    p.set(fd, SOL_IP, IP_DROP_SOURCE_MEMBERSHIP, `${G}${LO}7f000009`)
    p.set(fd, SOL_IP, IP_DROP_SOURCE_MEMBERSHIP, `${G}${LO}7f000001`)
    say('left')
    p.set(fd, SOL_IP, IP_DROP_MEMBERSHIP, G + LO)
  }),
  scenario('D8 interfaces that are not there and groups that are none, by ip_mreq', p => {
    const fd = p.socket(AF_INET, UDP)
    for (const option of [IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP]) {
      for (const value of [LO + LO, LO + NOT_OURS, G + NOT_OURS, G + NONE, `${G}${NONE}4d000000`, `${G}${LO}4d000000`]) p.set(fd, SOL_IP, option, value)
    }
    for (const option of [IP_ADD_SOURCE_MEMBERSHIP, IP_DROP_SOURCE_MEMBERSHIP, IP_BLOCK_SOURCE, IP_UNBLOCK_SOURCE]) {
      for (const value of [LO + LO + LO, G + NOT_OURS + LO, G + NONE + LO, G + LO + LO]) p.set(fd, SOL_IP, option, value)
    }
  }),
  scenario('D8 streams and groups', p => {
    for (const { family, level, group, own } of KINDS) {
      const fd = p.socket(family, TCP)
      p.set(fd, level, MCAST_JOIN_GROUP, groupReq(group))
      p.set(fd, level, MCAST_LEAVE_GROUP, groupReq(group))
      p.set(fd, level, MCAST_JOIN_SOURCE_GROUP, sourceReq(group, own))
      p.set(fd, level, MCAST_MSFILTER, filter(group, MCAST_EXCLUDE, [own]))
      p.get(fd, level, MCAST_MSFILTER, 272, filter(group, MCAST_EXCLUDE, [], 1))
    }
  }),
]

export const MULTICAST_OPTION_SCENARIOS: readonly Scenario[] = [
  ...KINDS.flatMap(effectsOf), ...KINDS.map(refusalsOf), ...KINDS.map(limitsOf), ...OLDER,
]
