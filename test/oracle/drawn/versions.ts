// IPv4 and IPv6 on one port, sockets of IPv6 alone, and addresses that fit nowhere.

import {
  AF_INET, AF_INET6, IPPROTO_IPV6, IPV6_RECVPKTINFO, IPV6_UNICAST_HOPS, IPV6_V6ONLY, SOCK_DGRAM, SOCK_STREAM,
} from '../../../src/base/posix.ts'
import { inet, mapped } from '../scenario.ts'
import type { RawAddress } from '../scenario.ts'
import { UNFIT } from './cast.ts'
import type { Draw, Family } from './draw.ts'

const HOSTS = ['::', '::1', '0.0.0.0', '127.0.0.1', '::ffff:127.0.0.1', '::ffff:0.0.0.0'] as const

function address(draw: Draw, ports: readonly string[]): RawAddress {
  const host = draw.one(HOSTS)
  const port = draw.below(4) === 0 ? 0 : draw.one(ports)
  return host.startsWith('::ffff:') ? mapped(host.slice(7), port) : inet(host, port)
}

function bound(draw: Draw, ports: string[]): void {
  const { p, cast } = draw
  cast.hasInet = true
  cast.hasTcp = true
  const fd = p.socket(draw.one([AF_INET6, AF_INET6, AF_INET]), draw.one([SOCK_DGRAM, SOCK_DGRAM, SOCK_STREAM]) | cast.mode)
  if (draw.below(2) === 0) p.set(fd, IPPROTO_IPV6, IPV6_V6ONLY, draw.below(2))
  p.bind(fd, address(draw, ports))
  ports.push(p.port(fd))
  cast.fds.push(fd)
}

export const VERSIONS: Family = {
  name: 'versions',
  begin(draw) {
    /** Of sockets that were bound. */
    const ports: string[] = []
    draw.cast.addresses.push(...UNFIT)
    for (let i = 0; i < 2; i++) {
      const { p, cast } = draw
      const fd = p.socket(AF_INET6, SOCK_DGRAM | cast.mode)
      p.bind(fd, inet(draw.one(['::', '::1']), 0))
      ports.push(p.port(fd))
      cast.fds.push(fd)
    }
    draw.cast.hasInet = true
    return [
      () => { bound(draw, ports) },
      () => { bound(draw, ports) },
      () => { draw.p.set(draw.fd(), IPPROTO_IPV6, IPV6_V6ONLY, draw.below(2)) },
      () => { draw.p.get(draw.fd(), IPPROTO_IPV6, draw.one([IPV6_V6ONLY, IPV6_UNICAST_HOPS])) },
      () => { draw.p.set(draw.fd(), IPPROTO_IPV6, draw.one([IPV6_UNICAST_HOPS, IPV6_RECVPKTINFO]), draw.one([1, 0, -1, 256])) },
      () => { draw.p.bind(draw.fd(), address(draw, ports)) },
      () => { draw.maySleep('connect', draw.fd(), address(draw, ports)) },
      () => { draw.maySleep('sendto', draw.fd(), draw.data(), draw.sendFlags(true), address(draw, ports)) },
      () => { draw.maySleep('recvfrom', draw.fd(), draw.size(), 0) },
    ]
  },
}
