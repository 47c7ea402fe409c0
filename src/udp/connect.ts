// A UDP socket's name and its peer (rows D6, behaviours 54 and 55; Linux: udp_v4_get_port, __ip4_datagram_connect,
// __udp_disconnect).

import { IpAddress } from '../base/address/ip.ts'
import type { Errno } from '../base/errno.ts'
import { autobind, bindInet, notOfFamily } from '../sock/inet-bind.ts'
import { applyDestination } from '../sock/send-flow.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import type { UdpProtocol } from './protocol.ts'
import type { UdpSock } from './udp-sock.ts'

export function bindUdp(udp: UdpProtocol, sock: UdpSock, address: SocketAddress): 0 | Errno {
  const wasBound = sock.localPort !== 0
  const result = bindInet(sock, udp.ports, address)
  if (!wasBound && sock.localPort !== 0) udp.table.add(sock)
  return result
}

/** A socket that sends or connects without bind gets a port of the stack's choice. */
export function ensurePort(udp: UdpProtocol, sock: UdpSock): Errno | undefined {
  if (sock.localPort !== 0) return undefined
  const refused = udp.rehash(sock, () => autobind(sock, udp.ports) ?? 0)
  return refused === 0 ? undefined : refused
}

/** The address a datagram to `address` goes to; the unspecified one stands for this host. */
export function peerOf(sock: UdpSock, address: SocketAddress): { address: IpAddress, port: number, scopeId: number } | Errno {
  if (address.family === 'AF_INET') {
    if (sock.isInet6 && sock.inet.v6Only) return 'EAFNOSUPPORT'
    const to = address.address.isUnspecified ? IpAddress.LOOPBACK4 : address.address
    return { address: to, port: address.port, scopeId: 0 }
  }
  if (address.family !== 'AF_INET6' || !sock.isInet6) return notOfFamily(address, sock.isInet6)
  const { address: to, port, scopeId } = address
  if (to.family === 4 && sock.inet.v6Only) return 'ENETUNREACH'
  if (to.isUnspecified) {
    const isBoundTo4 = sock.boundAddress.family === 4 && !sock.boundAddress.isUnspecified
    return { address: to.family === 4 || isBoundTo4 ? IpAddress.LOOPBACK4 : IpAddress.LOOPBACK6, port, scopeId }
  }
  return { address: to, port, scopeId: to.isLinkLocal || to.isMulticast ? scopeId : 0 }
}

export function connectUdp(udp: UdpProtocol, sock: UdpSock, address: SocketAddress): 0 | Errno {
  if (address.family === 'AF_UNSPEC') return udp.rehash(sock, () => dissolve(udp, sock))
  const unbound = ensurePort(udp, sock)
  if (unbound !== undefined) return unbound
  const peer = peerOf(sock, address)
  if (typeof peer === 'string') return peer
  return udp.rehash(sock, () => connectTo(udp, sock, peer.address, peer.port, peer.scopeId))
}

function connectTo(udp: UdpProtocol, sock: UdpSock, destination: IpAddress, port: number, scopeId: number): 0 | Errno {
  const { flow } = sock
  const before = { destination: flow.destination, source: flow.source, deviceIndex: flow.deviceIndex, outDevice: flow.outDevice }
  const bound = sock.boundAddress
  // An address once chosen stays; from IPv4 there is no way to IPv6.
  if (bound.family === 4 && !bound.isUnspecified && destination.family === 6) return 'EAFNOSUPPORT'
  flow.destination = destination
  if (scopeId !== 0) flow.deviceIndex = scopeId
  if (!sock.addressNamed && (bound.isUnspecified || bound.family !== destination.family)) {
    flow.source = destination.family === 4 ? IpAddress.ANY4 : IpAddress.ANY6
  }
  flow.route = undefined
  applyDestination(sock, flow)
  const failed = sock.namespace.ip.resolve(flow) ?? (flow.route !== undefined && isForbiddenBroadcast(sock) ? 'EACCES' : undefined)
  if (failed !== undefined) {
    Object.assign(flow, before)
    flow.route = undefined
    return failed
  }
  if (!sock.addressNamed && bound.isUnspecified) sock.boundAddress = flow.source
  udp.ports.setAddress(sock, sock.boundAddress)
  sock.remotePort = port
  sock.isConnected = true
  // What is gathered goes to the new peer.
  if (sock.cork !== undefined) sock.cork = { ...sock.cork, flow, port }
  return 0
}

function isForbiddenBroadcast(sock: UdpSock): boolean { return sock.flow.route?.kind === 'broadcast' && !sock.options.broadcast }

/** connect with AF_UNSPEC: what the stack chose is forgotten, what bind named stays (behaviour 55). */
function dissolve(udp: UdpProtocol, sock: UdpSock): 0 {
  const any = sock.isInet6 ? IpAddress.ANY6 : IpAddress.ANY4
  sock.isConnected = false
  sock.remotePort = 0
  sock.flow.destination = any
  sock.flow.route = undefined
  if (!sock.addressNamed) {
    sock.boundAddress = any
    sock.flow.source = any
    udp.ports.setAddress(sock, any)
  }
  // `rehash` has taken it out of the port table.
  if (!sock.portNamed) udp.ports.unbind(sock)
  return 0
}
