// The IPPROTO_IP and IPPROTO_IPV6 levels of an Internet socket, for TCP, UDP, raw and ping alike: an AF_INET6 socket knows
// both, an AF_INET socket only the first.

import type { Errno } from '../../base/errno.ts'
import { SOL_IP, SOL_IPV6 } from '../../base/posix.ts'
import type { InetSock } from '../../sock/inet-sock.ts'
import { getIpOption, setIpOption } from './ip.ts'
import { IPV6_TABLE } from './ipv6.ts'
import { getFrom, setIn } from './table.ts'

export function setInetOption(sock: InetSock, level: number, name: number, value: Uint8Array): 0 | Errno {
  if (level === SOL_IP) return setIpOption(sock, name, value)
  if (level !== SOL_IPV6 || !sock.isInet6) return 'ENOPROTOOPT'
  return setIn(IPV6_TABLE, sock, name, value)
}

export function getInetOption(sock: InetSock, level: number, name: number, length: number): Uint8Array | Errno {
  if (level === SOL_IP) return getIpOption(sock, name, length)
  // Linux: a level nobody knows is ENOPROTOOPT when set, EOPNOTSUPP when read.
  if (level !== SOL_IPV6 || !sock.isInet6) return 'EOPNOTSUPP'
  return getFrom(IPV6_TABLE, sock, name, length)
}
