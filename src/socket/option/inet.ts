// The IPPROTO_IP and IPPROTO_IPV6 levels of an Internet socket, for TCP, UDP, raw and ping alike: an AF_INET6 socket knows
// both, an AF_INET socket only the first.

import type { Errno } from '../../base/errno.ts'
import { MCAST_MSFILTER, SOCK_RAW, SOL_IP, SOL_IPV6 } from '../../base/posix.ts'
import type { InetSock } from '../../sock/inet-sock.ts'
import { getIpOption, setIpOption } from './ip.ts'
import { IPV6_TABLE } from './ipv6.ts'
import { getFrom, setIn } from './table.ts'

const WHOLE = 256

/** Raw IPv6 sockets know no options of IPv4. */
function isRaw6(sock: InetSock): boolean { return sock.isInet6 && sock.type === SOCK_RAW }

export function setInetOption(sock: InetSock, level: number, name: number, value: Uint8Array): 0 | Errno {
  if (level === SOL_IP && !isRaw6(sock)) return setIpOption(sock, name, value)
  if (level !== SOL_IPV6 || !sock.isInet6) return 'ENOPROTOOPT'
  return setIn(IPV6_TABLE, sock, name, value)
}

export function getInetOption(sock: InetSock, level: number, name: number, length: number,
  request?: Uint8Array): Uint8Array | Errno {
  if (level === SOL_IP && !isRaw6(sock)) return getIpOption(sock, name, length, request)
  // Linux: a level nobody knows is ENOPROTOOPT when set, and EOPNOTSUPP when an IPv4 socket is asked for it.
  if (level !== SOL_IPV6 || !sock.isInet6) return sock.isInet6 ? 'ENOPROTOOPT' : 'EOPNOTSUPP'
  // Linux: a negative length is a large one here, but for filters.
  return getFrom(IPV6_TABLE, sock, name, length < 0 && name !== MCAST_MSFILTER ? WHOLE : length, request)
}
