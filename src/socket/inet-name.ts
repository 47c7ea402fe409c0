// What every Internet socket answers about its name, its peer, and shutdown (Linux: inet_getname, inet_shutdown).

import type { Errno } from '../base/errno.ts'
import { POLLHUP, POLLIN, POLLOUT, POLLRDHUP, SHUT_RD, SHUT_WR } from '../base/posix.ts'
import type { IpAddress } from '../base/address/ip.ts'
import type { InetSock } from '../sock/inet-sock.ts'
import { RCV_SHUTDOWN, SEND_SHUTDOWN } from '../sock/sock.ts'
import type { Sock } from '../sock/sock.ts'
import { inetSocketAddress } from '../sock/socket-address.ts'
import type { SocketAddress } from '../sock/socket-address.ts'

function scopeOf(sock: InetSock, address: IpAddress): number {
  return address.family === 6 && address.isLinkLocal ? sock.flow.deviceIndex : 0
}

/** The bound address, or while that is the wildcard, the one packets carry. */
export function inetLocalAddress(sock: InetSock): SocketAddress {
  const { boundAddress, flow } = sock
  const local = boundAddress.isUnspecified && !flow.source.isUnspecified ? flow.source : boundAddress
  return inetSocketAddress(sock.isInet6, local, sock.localPort, scopeOf(sock, local))
}

export function inetRemoteAddress(sock: InetSock, isConnected: boolean): SocketAddress | Errno {
  if (!isConnected) return 'ENOTCONN'
  const { destination } = sock.flow
  return inetSocketAddress(sock.isInet6, destination, sock.remotePort, scopeOf(sock, destination))
}

/** Unconnected: ENOTCONN, and yet the bits are set and sleepers woken (Linux does so for pollers). */
export function shutdownDatagram(sock: Sock, how: number, isConnected: boolean): 0 | Errno {
  if (how !== SHUT_WR) sock.shutdownBits |= RCV_SHUTDOWN
  if (how !== SHUT_RD) sock.shutdownBits |= SEND_SHUTDOWN
  sock.wake(POLLIN | POLLOUT | POLLHUP | POLLRDHUP)
  return isConnected ? 0 : 'ENOTCONN'
}
