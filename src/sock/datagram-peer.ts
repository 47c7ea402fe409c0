// Whereto a datagram socket without connections sends, and what connect does for it: only the peer is remembered (Linux:
// ip4_datagram_connect; shared by raw and ping sockets).

import { IpAddress } from '../base/address/ip.ts'
import type { Errno } from '../base/errno.ts'
import { MSG_DONTROUTE } from '../base/posix.ts'
import type { Flow } from '../ip/flow.ts'
import { checkBindAddress, notOfFamily } from './inet-bind.ts'
import { readSendControl } from './inet-control.ts'
import type { ControlMessage } from './control-message.ts'
import type { InetSock } from './inet-sock.ts'
import { applyDestination, flowTo } from './send-flow.ts'
import type { SocketAddress } from './socket-address.ts'

/** An Internet address of the socket's own family; the unspecified one stands for this host. */
export function destinationOf(sock: InetSock, address: SocketAddress): { to: IpAddress, scopeId: number } | Errno {
  if (address.family === 'AF_INET' && !sock.isInet6) {
    return { to: address.address.isUnspecified ? IpAddress.LOOPBACK4 : address.address, scopeId: 0 }
  }
  if (address.family !== 'AF_INET6' || !sock.isInet6) return notOfFamily(address, sock.isInet6)
  if (address.address.family === 4) return 'EINVAL'
  return { to: address.address.isUnspecified ? IpAddress.LOOPBACK6 : address.address, scopeId: address.scopeId }
}

export function bindAddressOnly(sock: InetSock, address: SocketAddress): 0 | Errno {
  const wanted = checkBindAddress(sock, address)
  if (typeof wanted === 'string') return wanted
  sock.boundAddress = wanted
  sock.addressNamed = !wanted.isUnspecified
  sock.flow.source = wanted.isMulticast || sock.namespace.ip.addressKind(wanted) === 'broadcast' ? unspecified(sock) : wanted
  return 0
}

function unspecified(sock: InetSock): IpAddress { return sock.isInet6 ? IpAddress.ANY6 : IpAddress.ANY4 }

/** AF_UNSPEC forgets the peer. The caller keeps whether it is connected. */
export function connectAddressOnly(sock: InetSock, address: SocketAddress): 0 | Errno {
  const { flow } = sock
  flow.route = undefined
  if (address.family === 'AF_UNSPEC') {
    flow.destination = unspecified(sock)
    if (!sock.addressNamed) flow.source = sock.boundAddress = unspecified(sock)
    return 0
  }
  const peer = destinationOf(sock, address)
  if (typeof peer === 'string') return peer
  const before = { destination: flow.destination, source: flow.source, deviceIndex: flow.deviceIndex }
  flow.destination = peer.to
  if (peer.scopeId !== 0) flow.deviceIndex = peer.scopeId
  const failed = sock.namespace.ip.resolve(flow)
  if (failed !== undefined) {
    Object.assign(flow, before)
    return failed
  }
  if (!sock.addressNamed) sock.boundAddress = flow.source
  return 0
}

/** The resolved flow of one send: to `address`, or to the connected peer. */
export function sendFlow(sock: InetSock, isConnected: boolean, address: SocketAddress | undefined,
  control: readonly ControlMessage[] | undefined, flags: number): Flow | Errno {
  const asked = control === undefined ? undefined : readSendControl(sock, control, sock.isInet6 ? 6 : 4)
  if (typeof asked === 'string') return asked
  const wishes = (flags & MSG_DONTROUTE) === 0 ? asked : { ...asked, isOnLinkOnly: true }
  const peer = address === undefined ? undefined : destinationOf(sock, address)
  if (typeof peer === 'string') return peer
  if (peer === undefined && !isConnected) return 'EDESTADDRREQ'
  const flow = peer === undefined && wishes === undefined
    ? sock.flow
    : flowTo(sock, peer?.to ?? sock.flow.destination, peer?.scopeId ?? 0, wishes)
  if (flow === sock.flow) applyDestination(sock, flow)
  const unreachable = sock.namespace.ip.resolve(flow)
  if (unreachable !== undefined) return unreachable
  return flow.route?.kind === 'broadcast' && !sock.options.broadcast ? 'EACCES' : flow
}
