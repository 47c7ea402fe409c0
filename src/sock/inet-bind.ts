// What bind checks of an Internet address before a port is claimed (Linux: inet_bind, inet6_bind): family, whose address
// it is, privilege, and that the socket is not bound yet. Shared by TCP, UDP, raw and ping sockets.

import { IpAddress } from '../base/address/ip.ts'
import type { Errno } from '../base/errno.ts'
import type { BindTable } from './bind-table.ts'
import type { InetSock } from './inet-sock.ts'
import { SOCKADDR_IN6_OLD_BYTES, SOCKADDR_IN_BYTES, encodeSockaddr } from './sockaddr-codec.ts'
import type { SocketAddress } from './socket-address.ts'

/** The address to bind to, or what is wrong with it. Sets the device for a scoped address. */
export function checkBindAddress(sock: InetSock, address: SocketAddress): IpAddress | Errno {
  const wanted = wantedAddress(sock, address)
  if (typeof wanted === 'string' || wanted.isUnspecified) return wanted
  if (address.family === 'AF_INET6' && wanted.isLinkLocal && wanted.family === 6) {
    if (address.scopeId !== 0) sock.flow.deviceIndex = address.scopeId
    if (sock.flow.deviceIndex === 0) return 'EINVAL'
  }
  if (sock.inet.freeBind || sock.inet.transparent) return wanted
  const kind = sock.namespace.ip.addressKind(wanted)
  const isUsable = kind === 'local' || kind === 'multicast' || kind === 'broadcast'
  return isUsable ? wanted : 'EADDRNOTAVAIL'
}

/** A sockaddr of another family: too short for ours is noticed before the family is. */
export function notOfFamily(address: SocketAddress, isInet6: boolean): Errno {
  if (address.family === 'AF_UNSPEC') return 'EINVAL'
  return encodeSockaddr(address).length < (isInet6 ? SOCKADDR_IN6_OLD_BYTES : SOCKADDR_IN_BYTES) ? 'EINVAL' : 'EAFNOSUPPORT'
}

function wantedAddress(sock: InetSock, address: SocketAddress): IpAddress | Errno {
  if (!sock.isInet6) {
    // A zeroed sockaddr of family AF_UNSPEC means the wildcard; some programs rely on it.
    if (address.family === 'AF_UNSPEC') return IpAddress.ANY4
    if (address.family !== 'AF_INET') return notOfFamily(address, false)
    return address.address.family === 4 ? address.address : 'EINVAL'
  }
  if (address.family !== 'AF_INET6') return notOfFamily(address, true)
  if (address.address.family === 4 && sock.inet.v6Only) return 'EINVAL'
  return address.address
}

/** bind(2); `isActive`: in a state in which its protocol cannot be bound. */
export function bindInet(sock: InetSock, ports: BindTable, address: SocketAddress, isActive: boolean = false): 0 | Errno {
  // IPv6 looks at the socket's state before it looks whose address it is, IPv4 after.
  const checked = sock.isInet6 ? wantedAddress(sock, address) : checkBindAddress(sock, address)
  if (typeof checked === 'string') return checked
  const port = address.family === 'AF_INET' || address.family === 'AF_INET6' ? address.port : 0
  const { v6Only } = sock.inet
  const refused = claim(sock, ports, address, checked, port, isActive)
  if (refused !== undefined && sock.inet.v6Only !== v6Only) sock.setInetOptions({ v6Only })
  return refused ?? 0
}

function claim(sock: InetSock, ports: BindTable, address: SocketAddress, checked: IpAddress, port: number,
  isActive: boolean): Errno | undefined {
  if (port !== 0 && ports.ephemeral.needsPrivilege(port) && sock.ownerUid !== 0) return 'EACCES'
  if (isActive || sock.localPort !== 0) return 'EINVAL'
  const wanted = sock.isInet6 ? checkBindAddress(sock, address) : checked
  if (typeof wanted === 'string') return wanted
  // An address of IPv6 makes the socket one of IPv6 alone.
  if (wanted.family === 6 && !wanted.isUnspecified) sock.setInetOptions({ v6Only: true })
  if (port !== 0 || !sock.inet.bindAddressNoPort) {
    const refused = ports.bind(sock, wanted, port)
    if (refused !== undefined) return refused
  } else {
    sock.boundAddress = wanted
  }
  sock.portNamed = port !== 0
  sock.addressNamed = !wanted.isUnspecified
  const kind = sock.namespace.ip.addressKind(wanted)
  // Packets never leave with a group's or a broadcast address as their source.
  sock.flow.source = kind === 'multicast' || kind === 'broadcast' ? (wanted.family === 4 ? IpAddress.ANY4 : IpAddress.ANY6) : wanted
  return undefined
}

/** Claims a port of the stack's choice for a socket that sends or listens without bind. EAGAIN as Linux's autobind. */
export function autobind(sock: InetSock, ports: BindTable): Errno | undefined {
  if (sock.localPort !== 0) return undefined
  return ports.bind(sock, sock.boundAddress, 0) === undefined ? undefined : 'EAGAIN'
}
