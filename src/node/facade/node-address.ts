// Between Node's way of naming an endpoint (text, port, 'IPv4' / 'IPv6') and socket addresses.

import { parseIp, parseIpv4 } from '../../base/address/ip.ts'
import type { Errno } from '../../base/errno.ts'
import type { SocketAddress } from '../../sock/socket-address.ts'
import { uvNumber } from './node-errors.ts'

export interface NodeAddress { address?: string, port?: number, family?: string }

/**
 * A sockaddr of the family, or undefined when the text is no such address. A zone (`%eth0`, `%2`) is kept as scope. Ports are 16 bits,
 * whatever was given.
 */
export function toSocketAddress(text: string, port: number, family: 4 | 6,
  scopeOf: (zone: string) => number = Number): SocketAddress | undefined {
  const given = String(text)
  const [bare, zone] = given.includes('%') ? given.split('%') : [given]
  const wirePort = port & 0xffff
  const address = family === 4 ? parseIpv4(bare) : bare.includes(':') ? parseIp(bare) : undefined
  if (address === undefined) return undefined
  return family === 4
    ? { family: 'AF_INET', address, port: wirePort }
    : { family: 'AF_INET6', address, port: wirePort, flowinfo: 0, scopeId: zone === undefined ? 0 : scopeOf(zone) }
}

/** Fills `out` as getsockname of a handle does; 0 or a negative errno. */
export function fillAddress(result: SocketAddress | Errno, out: NodeAddress): number {
  if (typeof result === 'string') return uvNumber(result)
  if (result.family === 'AF_INET') {
    out.address = result.address.toString()
    out.family = 'IPv4'
    out.port = result.port
  } else if (result.family === 'AF_INET6') {
    const text = result.address.toMappedString()
    out.address = result.scopeId !== 0 && result.address.isLinkLocal ? `${text}%${result.scopeId}` : text
    out.family = 'IPv6'
    out.port = result.port
  }
  return 0
}
