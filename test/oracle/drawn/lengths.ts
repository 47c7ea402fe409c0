// Options asked for and set with lengths that fit and lengths that do not.

import {
  IPPROTO_IP, IPPROTO_IPV6, IPPROTO_TCP, IPV6_UNICAST_HOPS, IPV6_V6ONLY, IP_TOS, IP_TTL, SOL_SOCKET, SO_BROADCAST, SO_ERROR, SO_KEEPALIVE,
  SO_LINGER, SO_PRIORITY, SO_RCVLOWAT, SO_RCVTIMEO, SO_REUSEADDR, SO_TYPE, TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_NODELAY,
  TCP_USER_TIMEOUT,
} from '../../../src/base/posix.ts'
import type { Draw, Family } from './draw.ts'

const OPTIONS = [
  [SOL_SOCKET, SO_BROADCAST], [SOL_SOCKET, SO_ERROR], [SOL_SOCKET, SO_LINGER], [SOL_SOCKET, SO_PRIORITY], [SOL_SOCKET, SO_RCVLOWAT],
  [SOL_SOCKET, SO_RCVTIMEO], [SOL_SOCKET, SO_REUSEADDR], [SOL_SOCKET, SO_KEEPALIVE], [SOL_SOCKET, SO_TYPE], [SOL_SOCKET, 999],
  [IPPROTO_TCP, TCP_NODELAY], [IPPROTO_TCP, TCP_KEEPCNT], [IPPROTO_TCP, TCP_KEEPIDLE], [IPPROTO_TCP, TCP_KEEPINTVL],
  [IPPROTO_TCP, TCP_USER_TIMEOUT], [IPPROTO_TCP, 999], [IPPROTO_IP, IP_TOS], [IPPROTO_IP, IP_TTL], [IPPROTO_IP, 999],
  [IPPROTO_IPV6, IPV6_V6ONLY], [IPPROTO_IPV6, IPV6_UNICAST_HOPS], [99, 1],
] as const
const VALUES = ['', '01', '0100', '010000', '01000000', '0100000001', '00000000', 'ffffffff', '0100000000000000', '7f000000', '07'] as const

function read(draw: Draw): void {
  const [level, name] = draw.one(OPTIONS)
  draw.p.get(draw.fd(), level, name, draw.one([0, 1, 2, 3, 5, 8, 16, 100, -1]))
}

export const LENGTHS: Family = {
  name: 'lengths',
  begin: draw => [
    () => { read(draw) },
    () => { read(draw) },
    () => {
      const [level, name] = draw.one(OPTIONS)
      const fd = draw.fd()
      draw.p.set(fd, level, name, draw.one(VALUES))
      draw.p.get(fd, level, name, draw.one([4, 8, 16]))
    },
  ],
}
