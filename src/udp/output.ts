// Sending a datagram (rows D1-D3, D7, D8; Linux: udp_sendmsg): whereto, whether it may, and its header. One copy, into the
// packet that leaves.

import type { Errno } from '../base/errno.ts'
import { MSG_DONTROUTE, MSG_MORE, MSG_OOB, SOL_UDP, UDP_SEGMENT } from '../base/posix.ts'
import type { Flow } from '../ip/flow.ts'
import type { ControlMessage } from '../sock/control-message.ts'
import { readSendControl } from '../sock/inet-control.ts'
import type { SendWishes } from '../sock/inet-control.ts'
import { applyDestination, flowTo } from '../sock/send-flow.ts'
import { SEND_SHUTDOWN } from '../sock/sock.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import { enqueueLocalError } from '../sock/socket-errors.ts'
import { truesize } from '../sock/truesize.ts'
import { GSO_UDP, CHECKSUM_NONE } from '../wire/packet.ts'
import { addressSum } from '../wire/pseudo-header.ts'
import { UDP_HEADER_BYTES, pushUdpHeader } from '../wire/udp.ts'
import { ensurePort, peerOf } from './connect.ts'
import type { UdpProtocol } from './protocol.ts'
import type { UdpSock } from './udp-sock.ts'

/** 65,535 less the headers of UDP and IP (row D3). */
const MOST_BYTES_4 = 65_507
const MOST_BYTES_6 = 65_527
/** UDP_MAX_SEGMENTS. */
const MOST_SEGMENTS = 128
const IP_HEADER_BYTES = 20

export function sendUdp(udp: UdpProtocol, sock: UdpSock, buffer: Uint8Array, offset: number, length: number, flags: number,
  address: SocketAddress | undefined, control: readonly ControlMessage[] | undefined): number | Errno {
  if (sock.localPort === 0) {
    const unbound = ensurePort(udp, sock)
    if (unbound !== undefined) return unbound
  }
  if (length > 0xffff) return 'EMSGSIZE'
  // IPv6 does not look at the flag.
  const isMapped = isVersion4(address)
  // Where it goes is looked at before what comes with it.
  if (sock.isInet6 && isMapped && sock.inet.v6Only) return 'ENETUNREACH'
  if ((flags & MSG_OOB) !== 0 && (isMapped || goesByVersion4(sock, address))) return 'EOPNOTSUPP'
  // What is gathered for IPv6 is not gone on with for IPv4.
  if (sock.isInet6 && sock.cork?.flow.destination.family === 6 && isMapped) return 'EINVAL'
  if (sock.isInet6 && isForeign(address)) return 'EINVAL'
  const isHeld = sock.corkOption || (flags & MSG_MORE) !== 0
  if (sock.cork !== undefined) return continueCork(udp, sock, buffer, offset, length, isHeld)
  if (address === undefined && !sock.isConnected) return 'EDESTADDRREQ'
  const wishes = wishesOf(sock, flags, control, goesByVersion4(sock, address) || isVersion4(address) ? 4 : 6)
  if (typeof wishes === 'string') return wishes
  const flow = address === undefined && wishes === undefined ? connectedFlow(sock) : chooseFlow(sock, address, wishes)
  if (typeof flow === 'string') return flow
  if ((flags & MSG_OOB) !== 0 && flow.destination.family === 4) return 'EOPNOTSUPP'
  const port = address !== undefined && (address.family === 'AF_INET' || address.family === 'AF_INET6') ? address.port : sock.remotePort
  const refused = mayLeave(sock, flow, length)
  if (refused !== undefined) return refused
  if (isHeld) {
    sock.cork = { flow, port, pieces: [buffer.slice(offset, offset + length)], length }
    return length
  }
  const failed = transmit(udp, sock, flow, port, buffer, offset, length, wishes?.segmentSize ?? sock.segmentSize)
  return failed ?? length
}

/** IPv6 looks at the family before what is gathered, and tells it otherwise than connect does. */
function isForeign(address: SocketAddress | undefined): boolean {
  return address !== undefined && address.family !== 'AF_INET' && address.family !== 'AF_INET6' && address.family !== 'AF_UNSPEC'
}

/** What a datagram of several IP fragments costs; ENOBUFS when they would fill the buffer twice (Linux: __ip_append_data). */
function fragmentCharge(sock: UdpSock, bytes: number, mtu: number): number | 'ENOBUFS' {
  const perPiece = truesize(mtu)
  let charge = perPiece
  for (let left = bytes - mtu; left > 0; left -= mtu) {
    if (sock.packetCharge + charge > 2 * sock.sndbuf) return 'ENOBUFS'
    charge += perPiece
  }
  return charge
}

function wishesOf(sock: UdpSock, flags: number, control: readonly ControlMessage[] | undefined,
  version: 4 | 6): SendWishes | Errno | undefined {
  const wishes = control === undefined ? undefined : readControl(sock, control, version)
  return (flags & MSG_DONTROUTE) === 0 || typeof wishes === 'string' ? wishes : { ...wishes, isOnLinkOnly: true }
}

function readControl(sock: UdpSock, control: readonly ControlMessage[], version: 4 | 6): SendWishes | Errno {
  const wishes = readSendControl(sock, control, version)
  if (typeof wishes === 'string') return wishes
  for (const { level, type, data } of control) {
    if (level !== SOL_UDP) continue
    if (type !== UDP_SEGMENT || data.length !== 2) return 'EINVAL'
    wishes.segmentSize = data[0] | (data[1] << 8)
  }
  return wishes
}

function isVersion4(address: SocketAddress | undefined): boolean {
  return address?.family === 'AF_INET' || (address?.family === 'AF_INET6' && address.address.family === 4)
}

function goesByVersion4(sock: UdpSock, address: SocketAddress | undefined): boolean {
  if (!sock.isInet6 || address?.family === 'AF_INET' || sock.cork?.flow.destination.family === 4) return true
  return address === undefined && sock.isConnected && sock.flow.destination.family === 4
}

/** An IPv6 socket sends to a mapped peer as if it had named it, and port 0 is no name. */
function isPortlessMapped(sock: UdpSock): boolean { return sock.isInet6 && sock.flow.destination.family === 4 && sock.remotePort === 0 }

/** The connected peer's flow, with today's settings. */
function connectedFlow(sock: UdpSock): Flow | Errno {
  if (!sock.isConnected) return 'EDESTADDRREQ'
  if (isPortlessMapped(sock)) return 'EINVAL'
  applyDestination(sock, sock.flow)
  return sock.flow
}

function chooseFlow(sock: UdpSock, address: SocketAddress | undefined, wishes: SendWishes | undefined): Flow | Errno {
  // An IPv4 socket takes AF_UNSPEC for AF_INET, with port 0; an IPv6 socket for no address.
  if (address?.family === 'AF_UNSPEC' && !sock.isInet6) return 'EINVAL'
  if (address === undefined || address.family === 'AF_UNSPEC') {
    if (!sock.isConnected) return 'EDESTADDRREQ'
    // What was named for IPv6 is looked for there, though the peer is a mapped one.
    if (address !== undefined && sock.flow.destination.family === 4) return 'ENETUNREACH'
    if (isPortlessMapped(sock)) return 'EINVAL'
    return flowTo(sock, sock.flow.destination, sock.flow.deviceIndex, wishes)
  }
  const peer = peerOf(sock, address)
  if (typeof peer === 'string') return peer
  if (peer.port === 0) return 'EINVAL'
  const own = sock.flow.source
  if (own.family === 4 && !own.isUnspecified && peer.address.family === 6) return 'EAFNOSUPPORT'
  const last = sock.lastFlow
  if (wishes === undefined && last?.destination.equals(peer.address) === true && isCurrent(sock, last, peer.scopeId)) {
    applyDestination(sock, last)
    return last
  }
  const flow = flowTo(sock, peer.address, peer.scopeId, wishes)
  if (wishes === undefined) sock.lastFlow = flow
  return flow
}

/** A remembered flow is good while the socket's own address, device and the routes are what they were. */
function isCurrent(sock: UdpSock, last: Flow, scopeId: number): boolean {
  return last.route?.generation === sock.namespace.routeGeneration && last.mtuDiscover === sock.flow.mtuDiscover
    && last.options === sock.flow.options && last.fragmentBytes === sock.flow.fragmentBytes && last.dontFragment === sock.flow.dontFragment
    && !last.destination.isMulticast && last.deviceIndex === (sock.flow.deviceIndex === 0 ? scopeId : sock.flow.deviceIndex)
    && (sock.flow.source.isUnspecified || last.source.equals(sock.flow.source))
}

/** Route, permission to broadcast, size, and what an earlier event left to be reported, in Linux's order. */
function mayLeave(sock: UdpSock, flow: Flow, length: number): Errno | undefined {
  if (flow.route?.generation !== sock.namespace.routeGeneration) {
    const unreachable = sock.namespace.ip.resolve(flow)
    if (unreachable !== undefined) return unreachable
  }
  if (flow.route?.kind === 'broadcast' && !sock.options.broadcast) return 'EACCES'
  if (length > (flow.destination.family === 4 ? MOST_BYTES_4 : MOST_BYTES_6)) return 'EMSGSIZE'
  if (sock.error !== undefined) return sock.takeError()
  if ((sock.shutdownBits & SEND_SHUTDOWN) !== 0) return 'EPIPE'
  return sock.mayCharge ? undefined : 'EAGAIN'
}

function continueCork(udp: UdpProtocol, sock: UdpSock, buffer: Uint8Array, offset: number, length: number,
  isHeld: boolean): number | Errno {
  const { cork } = sock
  if (cork === undefined) return 'EINVAL'
  if (cork.length + length > (cork.flow.destination.family === 4 ? MOST_BYTES_4 : MOST_BYTES_6)) {
    sock.cork = undefined
    return 'EMSGSIZE'
  }
  cork.pieces.push(buffer.slice(offset, offset + length))
  cork.length += length
  return isHeld ? length : uncork(udp, sock) ?? length
}

/** The pieces leave as one datagram. */
export function uncork(udp: UdpProtocol, sock: UdpSock): Errno | undefined {
  const { cork } = sock
  sock.cork = undefined
  if (cork === undefined) return undefined
  const whole = new Uint8Array(cork.length)
  let at = 0
  for (const piece of cork.pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return transmit(udp, sock, cork.flow, cork.port, whole, 0, whole.length, sock.segmentSize)
}

function transmit(udp: UdpProtocol, sock: UdpSock, flow: Flow, port: number, buffer: Uint8Array, offset: number, length: number,
  segmentSize: number): Errno | undefined {
  const { namespace } = udp
  const mib = flow.destination.family === 4 ? namespace.mib.udp : namespace.mib.udp6
  const packet = namespace.memory.allocate(length)
  if (packet === undefined) {
    mib.SndbufErrors++
    return 'ENOBUFS'
  }
  packet.putBytes(buffer, offset, length)
  const isChecked = flow.destination.family === 6 ? !sock.sendsNoChecksum6 : !sock.options.noCheck
  pushUdpHeader(packet, sock.localPort, port, addressSum(flow.source, flow.destination), isChecked)
  if (segmentSize > 0 && length > segmentSize) {
    const segments = Math.ceil(length / segmentSize)
    const headers = UDP_HEADER_BYTES + (flow.destination.family === 4 ? 20 : 40)
    if (segments > MOST_SEGMENTS || packet.checksum === CHECKSUM_NONE || segmentSize + headers > namespace.ip.mtu(flow)) {
      packet.release()
      return 'EINVAL'
    }
    packet.gsoType = GSO_UDP
    packet.gsoSize = segmentSize
    packet.gsoSegs = segments
  }
  const mtu = namespace.ip.mtu(flow)
  const charge = packet.gsoSize === 0 && packet.length + IP_HEADER_BYTES > mtu
    ? fragmentCharge(sock, packet.length, mtu - IP_HEADER_BYTES) : truesize(packet.length)
  if (charge === 'ENOBUFS') {
    mib.SndbufErrors++
    packet.release()
    return charge
  }
  sock.chargePacket(packet, charge)
  const failed = namespace.ip.output(packet, flow)
  if (failed === undefined) {
    mib.OutDatagrams++
  } else if (failed === 'EMSGSIZE') {
    enqueueLocalError(sock, 'EMSGSIZE', namespace.ip.mtu(flow), port)
  }
  // A full device queue is no error unless errors were asked for (row D3).
  return failed === 'ENOBUFS' && !sock.inet.receiveErrors ? undefined : failed
}
