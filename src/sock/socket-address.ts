// Socket addresses as values, one shape a family. Their byte-for-byte sockaddr form (row F10) is encoded in
// sock/sockaddr-codec.ts.

import type { IpAddress } from '../base/address/ip.ts'
import type { MacAddress } from '../base/address/mac.ts'

export type SocketAddress =
  | { readonly family: 'AF_UNSPEC' }
  | { readonly family: 'AF_INET', readonly address: IpAddress, readonly port: number }
  | { readonly family: 'AF_INET6', readonly address: IpAddress, readonly port: number, readonly flowinfo: number, readonly scopeId: number }
  /** `path` undefined: unnamed. An abstract name has its leading NUL taken off and `abstract` set. */
  | { readonly family: 'AF_UNIX', readonly path: string | undefined, readonly abstract: boolean }
  | { readonly family: 'AF_PACKET', readonly protocol: number, readonly interfaceIndex: number, readonly hardwareType: number, readonly packetType: number, readonly address: MacAddress | undefined }
  | { readonly family: 'AF_NETLINK', readonly pid: number, readonly groups: number }
  /** A sockaddr that says nothing: of a family nobody knows, or too short for its own. What to think of it each socket says. */
  | { readonly family: 'AF_OTHER', readonly number: number, readonly length: number }

export type InetSocketAddress = Extract<SocketAddress, { family: 'AF_INET' | 'AF_INET6' }>

/** The sockaddr of the family a socket has: an AF_INET6 socket sees IPv4 peers as mapped addresses. */
export function inetSocketAddress(isInet6: boolean, address: IpAddress, port: number, scopeId: number = 0): InetSocketAddress {
  return isInet6 ? { family: 'AF_INET6', address, port, flowinfo: 0, scopeId } : { family: 'AF_INET', address, port }
}

/** `1.2.3.4:80`, `[::1]:80`, `/path`, `@abstract`: for traces and tables. */
export function describeSockaddr(address: SocketAddress): string {
  switch (address.family) {
    case 'AF_INET': return `${address.address.toString()}:${address.port}`
    case 'AF_INET6': return `[${address.address.toMappedString()}${address.scopeId === 0 ? '' : `%${address.scopeId}`}]:${address.port}`
    case 'AF_UNIX': return address.path === undefined ? '(unnamed)' : `${address.abstract ? '@' : ''}${address.path}`
    case 'AF_PACKET': return `if${address.interfaceIndex} 0x${address.protocol.toString(16)}`
    case 'AF_NETLINK': return `netlink:${address.pid}`
    case 'AF_UNSPEC': return 'AF_UNSPEC'
    case 'AF_OTHER': return `family ${address.number}, ${address.length} bytes`
  }
}
