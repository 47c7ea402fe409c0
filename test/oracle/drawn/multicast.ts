// Groups on loopback: joined, left, sent to; the options of multicast with values that fit and others.

import {
  AF_INET, IPPROTO_IP, IP_ADD_MEMBERSHIP, IP_DROP_MEMBERSHIP, IP_MULTICAST_ALL, IP_MULTICAST_IF, IP_MULTICAST_LOOP, IP_MULTICAST_TTL,
  SOCK_DGRAM,
} from '../../../src/base/posix.ts'
import { inet, ints } from '../scenario.ts'
import type { Draw, Family } from './draw.ts'

const LOOPBACK = '7f000001'
const GROUPS = ['e0010101', 'e0010102'] as const
/** ip_mreq by address, ip_mreqn by index; nonsense. */
const INTERFACES = [LOOPBACK, LOOPBACK, `${'00'.repeat(4)}${ints(1)}`, `${LOOPBACK}${ints(0)}`, `${'00'.repeat(4)}${ints(99)}`, 'c6120001', ''] as const
const VALUES = [0, 1, 2, 255, -1, 256] as const

function member(draw: Draw, name: number): void {
  draw.p.set(draw.fd(), IPPROTO_IP, name, `${draw.one([...GROUPS, ...GROUPS, LOOPBACK])}${draw.one(INTERFACES)}`)
}

export const MULTICAST: Family = {
  name: 'multicast',
  begin(draw) {
    const { p, cast } = draw
    cast.hasInet = true
    const fd = p.socket(AF_INET, SOCK_DGRAM | cast.mode)
    p.bind(fd, inet('0.0.0.0', 0))
    const port = p.port(fd)
    const from = p.socket(AF_INET, SOCK_DGRAM | cast.mode)
    p.set(from, IPPROTO_IP, IP_MULTICAST_IF, LOOPBACK)
    cast.addresses.push(inet('224.1.1.1', port), inet('224.1.1.2', port))
    cast.fds.push(fd, from)
    return [
      () => { member(draw, IP_ADD_MEMBERSHIP) },
      () => { member(draw, IP_ADD_MEMBERSHIP) },
      () => { member(draw, IP_DROP_MEMBERSHIP) },
      () => { draw.p.set(draw.fd(), IPPROTO_IP, draw.one([IP_MULTICAST_TTL, IP_MULTICAST_LOOP, IP_MULTICAST_ALL]), draw.one(VALUES)) },
      () => { draw.p.set(draw.fd(), IPPROTO_IP, IP_MULTICAST_IF, draw.one([LOOPBACK, '00000000', 'e0010101', `${'00'.repeat(8)}${ints(1)}`])) },
      () => { draw.p.get(draw.fd(), IPPROTO_IP, draw.one([IP_MULTICAST_TTL, IP_MULTICAST_LOOP, IP_MULTICAST_ALL, IP_MULTICAST_IF])) },
      () => { draw.maySleep('sendto', draw.fd(), draw.data(), 0, inet(draw.one(['224.1.1.1', '224.1.1.2']), port)) },
      () => { draw.maySleep('sendto', draw.fd(), draw.data(), 0, inet(draw.one(['224.1.1.1', '224.1.1.2']), port)) },
      () => { draw.maySleep('recvfrom', draw.fd(), draw.size(), 0) },
    ]
  },
}
