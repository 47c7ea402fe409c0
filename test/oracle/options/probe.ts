// Every option on every kind of socket: what it reads fresh, what each value answers, what is read afterwards.

import {
  AF_INET, AF_INET6, AF_NETLINK, AF_PACKET, AF_UNIX, IPPROTO_ICMP, IPPROTO_ICMPV6, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_RAW, SOCK_STREAM,
} from '../../../src/base/posix.ts'
import { scenario } from '../scenario.ts'
import type { Program, Scenario, Symbol_ } from '../scenario.ts'
import { TCP, UDP, pair } from '../scenarios/support.ts'
import { TRIED_VALUES } from './entry.ts'
import type { OptionEntry, OptionLevel } from './entry.ts'

export const SOCKET_KINDS: ReadonlyMap<string, (p: Program) => Symbol_> = new Map([
  ['TCP', p => p.socket(AF_INET, TCP)],
  ['TCP6', p => p.socket(AF_INET6, TCP)],
  ['connection', p => pair(p).client],
  ['UDP', p => p.socket(AF_INET, UDP)],
  ['UDP6', p => p.socket(AF_INET6, UDP)],
  ['Unix stream', p => p.socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK)[0]],
  ['Unix datagram', p => p.socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK)],
  ['raw', p => p.socket(AF_INET, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMP)],
  ['raw6', p => p.socket(AF_INET6, SOCK_RAW | SOCK_NONBLOCK, IPPROTO_ICMPV6)],
  ['ping', p => p.socket(AF_INET, UDP, IPPROTO_ICMP)],
  ['ping6', p => p.socket(AF_INET6, UDP, IPPROTO_ICMPV6)],
  ['packet', p => p.socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK)],
  ['netlink', p => p.socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK)],
])

/** A number that no level of any kernel knows. */
export const NOBODYS_OPTION = 4711
export const WHOLE = 256
const READ_LENGTHS = [WHOLE, 0, 1, 3, 4, 8, -1]

export interface Probe {
  readonly scenario: Scenario
  /** Where the option's own steps begin. */
  readonly from: number
}

export function probe(level: OptionLevel, { name, id, samples = [] }: OptionEntry, kind: string): Probe {
  const make = SOCKET_KINDS.get(kind)
  if (make === undefined) throw new Error(`no such kind of socket: ${kind}`)
  let from = 0
  const made = scenario(`${name} of ${kind}`, p => {
    const fd = make(p)
    from = p.steps.length
    for (const length of READ_LENGTHS) p.get(fd, level.number, id, length)
    for (const value of [...TRIED_VALUES, ...samples]) {
      p.set(fd, level.number, id, value)
      p.get(fd, level.number, id, WHOLE)
    }
  })
  return { scenario: made, from }
}

/** The first thing read, then each value with what setting and reading it answered. */
export interface Transcript {
  readonly initial: string
  readonly settings: readonly (readonly [value: number | string, set: unknown, read: string])[]
}

export function transcript({ samples = [] }: OptionEntry, results: readonly unknown[]): Transcript {
  const settings = [...TRIED_VALUES, ...samples].map((value, index) => {
    const at = READ_LENGTHS.length + 2 * index
    return [value, results[at], String(results[at + 1])] as const
  })
  return { initial: String(results[0]), settings }
}
