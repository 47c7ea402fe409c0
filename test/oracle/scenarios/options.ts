// Behaviours 47-51: options with a story; every option's table is tested in options.test.ts.

import {
  AF_INET, IPPROTO_IP, IPPROTO_TCP, IP_TOS, IP_TTL, SOCK_STREAM, SOL_SOCKET, SO_ACCEPTCONN, SO_DOMAIN, SO_ERROR, SO_PROTOCOL, SO_RCVBUF,
  SO_SNDBUF, SO_TYPE, TCP_CONGESTION, TCP_DEFER_ACCEPT, TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_LINGER2, TCP_MAXSEG, TCP_SYNCNT,
  TCP_USER_TIMEOUT,
} from '../../../src/base/posix.ts'
import { scenario } from '../scenario.ts'
import type { Scenario } from '../scenario.ts'
import { TCP, UDP, listener } from './support.ts'

function tried(name: string, level: number, option: number, values: readonly number[], type: number = TCP): Scenario {
  return scenario(name, p => {
    const fd = p.socket(AF_INET, type)
    p.get(fd, level, option)
    for (const value of values) {
      p.set(fd, level, option, value)
      p.get(fd, level, option)
    }
  })
}

const EDGES = [-2_147_483_648, -1, 0, 1, 2, 127, 128, 255, 256, 32_767, 32_768, 65_535, 2_147_483_647]

export const OPTION_SCENARIOS: readonly Scenario[] = [
  tried('47 SO_RCVBUF', SOL_SOCKET, SO_RCVBUF, [10_000, 1, 0, 1152, 1153, -1, 2_147_483_647]),
  tried('47 SO_SNDBUF', SOL_SOCKET, SO_SNDBUF, [10_000, 1, 0, 2304, 2305, -1, 2_147_483_647]),
  tried('48 TCP_MAXSEG', IPPROTO_TCP, TCP_MAXSEG, [10, 75_000, 87, 88, 1000, 32_767, 32_768, 0, -1]),
  tried('48 TCP_SYNCNT', IPPROTO_TCP, TCP_SYNCNT, EDGES),
  tried('48 TCP_KEEPIDLE', IPPROTO_TCP, TCP_KEEPIDLE, EDGES),
  tried('48 TCP_KEEPINTVL', IPPROTO_TCP, TCP_KEEPINTVL, EDGES),
  tried('48 TCP_KEEPCNT', IPPROTO_TCP, TCP_KEEPCNT, EDGES),
  tried('48 TCP_USER_TIMEOUT', IPPROTO_TCP, TCP_USER_TIMEOUT, EDGES),
  tried('49 TCP_LINGER2', IPPROTO_TCP, TCP_LINGER2, [-5, 1000, 0, 60, 119, 120, 121, 1]),
  tried('49 TCP_DEFER_ACCEPT', IPPROTO_TCP, TCP_DEFER_ACCEPT, [0, 1, 2, 3, 4, 5, 7, 8, 100, -1, 100_000]),
  scenario('50 TCP_CONGESTION', p => {
    const fd = p.socket(AF_INET, TCP)
    p.set(fd, IPPROTO_TCP, TCP_CONGESTION, Buffer.from('nosuchcc').toString('hex'))
    p.set(fd, IPPROTO_TCP, TCP_CONGESTION, Buffer.from('reno').toString('hex'))
    p.get(fd, IPPROTO_TCP, TCP_CONGESTION, 32)
    p.get(fd, IPPROTO_TCP, TCP_CONGESTION, 4)
    p.set(fd, IPPROTO_TCP, TCP_CONGESTION, '')
  }),
  tried('50 IP_TTL', IPPROTO_IP, IP_TTL, EDGES),
  tried('50 IP_TOS on TCP', IPPROTO_IP, IP_TOS, [0xff, 0x10, 3, 256, -1]),
  tried('50 IP_TOS on UDP', IPPROTO_IP, IP_TOS, [0xff, 0x10, 3, 256, -1], UDP),
  scenario('51 what can only be read', p => {
    const { fd } = listener(p)
    for (const option of [SO_TYPE, SO_DOMAIN, SO_PROTOCOL, SO_ACCEPTCONN, SO_ERROR]) {
      p.get(fd, SOL_SOCKET, option)
      p.set(fd, SOL_SOCKET, option, 1)
    }
    p.get(fd, SOL_SOCKET, 9999)
    p.set(fd, SOL_SOCKET, 9999, 1)
    p.get(fd, 4711, 1)
    p.set(fd, 4711, 1, 1)
  }),
  scenario('F7 lengths of option values', p => {
    const fd = p.socket(AF_INET, SOCK_STREAM)
    for (const length of [0, 1, 3, 4, 5, 100, -1]) p.get(fd, SOL_SOCKET, SO_TYPE, length)
    for (const length of [0, 1, 3, 4, 8, -1]) p.get(fd, IPPROTO_IP, IP_TTL, length)
    for (const length of [0, 1, 3, 4, 8, -1]) p.get(fd, IPPROTO_TCP, TCP_MAXSEG, length)
    for (const value of ['', '05', '0506', '05000000', '0500000000']) {
      p.set(fd, SOL_SOCKET, SO_RCVBUF, value)
      p.set(fd, IPPROTO_IP, IP_TTL, value)
      p.set(fd, IPPROTO_TCP, TCP_SYNCNT, value)
    }
  }),
]
