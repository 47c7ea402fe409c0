// NETLINK_ROUTE (row I4; Linux: af_netlink.c, rtnetlink.c): sockets through which programs list, change and watch links,
// addresses, routes and neighbours. The kernel answers inside the call that asks; changes go to the groups that hear them.

import { IpAddress } from '../base/address/ip.ts'
import { Prefix } from '../base/address/prefix.ts'
import { viewOf } from '../base/bytes.ts'
import { errnoNumber } from '../base/errno.ts'
import type { Errno } from '../base/errno.ts'
import { AF_INET, AF_INET6 } from '../base/posix.ts'
import { RT_TABLE_MAIN } from '../ip/route/table.ts'
import type { TableChange } from '../ip/change.ts'
import { Flow } from '../ip/flow.ts'
import type { InterfaceAddress } from '../ip/interface-address.ts'
import type { NetNamespace } from '../ip/namespace.ts'
import type { CachedRoute } from '../ip/route/lookup.ts'
import type { RouteMessage } from './encode.ts'
import {
  PROTOCOL, ROUTE_TYPE, RT_TABLE_LOCAL, describeRoute, localRoutes, writeAddress, writeLink, writeNeighbour, writeRoute,
} from './encode.ts'
import {
  MessageWriter, NLMSG_DONE, NLMSG_ERROR, NLMSG_MIN_TYPE, NLM_F_ACK, NLM_F_CAPPED, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_MULTI,
  NLM_F_REQUEST, RTM_DELADDR, RTM_DELLINK, RTM_DELNEIGH, RTM_DELROUTE, RTM_GETADDR, RTM_GETLINK, RTM_GETNEIGH, RTM_GETROUTE,
  RTM_NEWADDR, RTM_NEWLINK, RTM_NEWNEIGH, RTM_NEWROUTE, RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_IFADDR,
  RTNLGRP_IPV6_ROUTE, RTNLGRP_LINK, RTNLGRP_NEIGH, addressBytes, readAttributes, readRequests, u32Of,
} from './message.ts'
import type { Request } from './message.ts'
import { NetlinkSock } from './netlink-sock.ts'
import { RouteRequests } from './route-requests.ts'
import type { RoutedIp } from './routed-ip.ts'

/** Messages of a dump go together up to about this many bytes. */
const CHUNK_BYTES = 3776
const LAST_TYPE = 123
const RTM_F_CLONED = 0x200
/** GET requests end in these two bits. */
const KIND_MASK = 3
const KIND_GET = 2
/** What binding without a port falls back on. */
const FIRST_SPARE_PORT = 0xfffff000

interface Cause { readonly sequence: number, readonly portId: number }
const NOBODY: Cause = { sequence: 0, portId: 0 }

export class NetlinkProtocol {
  readonly namespace: NetNamespace
  readonly socks = new Set<NetlinkSock>()
  private readonly ip: RoutedIp
  private readonly requests: RouteRequests
  /** Whose request a change follows. */
  private cause: Cause = NOBODY
  private nextSparePort = FIRST_SPARE_PORT

  constructor(namespace: NetNamespace, ip: RoutedIp) {
    this.namespace = namespace
    this.ip = ip
    this.requests = new RouteRequests(namespace, ip)
    namespace.onTableChange = change => { this.tell(change) }
  }

  create(family: number, type: number, protocol: number): NetlinkSock {
    const { sysctl } = this.namespace
    const sock = new NetlinkSock(this.namespace, family, type, protocol,
      sysctl.row('net.core.wmem_default').value, sysctl.row('net.core.rmem_default').value)
    this.socks.add(sock)
    return sock
  }

  release(sock: NetlinkSock): void {
    sock.queue = []
    this.socks.delete(sock)
  }

  /** Port 0: the process's number, or one that nobody has. */
  bind(sock: NetlinkSock, portId: number): 0 | Errno {
    const isTaken = (port: number): boolean => [...this.socks].some(each => each !== sock && each.portId === port)
    if (portId !== 0) {
      if (isTaken(portId)) return 'EADDRINUSE'
      sock.portId = portId
      return 0
    }
    sock.portId = sock.ownerPid !== 0 && !isTaken(sock.ownerPid) ? sock.ownerPid : this.nextSparePort--
    return 0
  }

  /** What a program sends: requests to the kernel, or bytes for another socket's port. */
  send(sock: NetlinkSock, bytes: Uint8Array, portId: number): number | Errno {
    if (sock.portId === 0) void this.bind(sock, 0)
    if (portId !== 0) {
      if (sock.ownerUid !== 0) return 'EPERM'
      const other = [...this.socks].find(each => each.portId === portId)
      // Who is connected to one port hears of no other.
      if (other === undefined || (other.isConnected && other.peerPortId !== sock.portId)) return 'ECONNREFUSED'
      other.offer(bytes)
      return bytes.length
    }
    for (const request of readRequests(bytes)) this.answer(sock, request)
    return bytes.length
  }

  private answer(sock: NetlinkSock, request: Request): void {
    const { type, flags } = request
    const isForUs = (flags & NLM_F_REQUEST) !== 0 && type >= NLMSG_MIN_TYPE
    const outcome = isForUs ? this.perform(sock, request) : 0
    if (outcome !== 'answered' && (outcome !== 0 || (flags & NLM_F_ACK) !== 0)) sock.offer(this.acknowledgement(sock, request, outcome))
  }

  /** An error quotes the request whole, success its header only. */
  private acknowledgement(sock: NetlinkSock, { type, flags, sequence, portId, body }: Request, outcome: 0 | Errno): Uint8Array {
    const isCapped = outcome === 0 || sock.capsErrors
    const message = new MessageWriter(NLMSG_ERROR, isCapped ? NLM_F_CAPPED : 0, sequence, sock.portId)
    message.u32(outcome === 0 ? 0 : -errnoNumber(outcome)).u32(16 + body.length).u16(type).u16(flags).u32(sequence).u32(portId)
    return (isCapped ? message : message.raw(body)).finish()
  }

  private perform(sock: NetlinkSock, request: Request): 0 | 'answered' | Errno {
    const { type, flags, body } = request
    if (type > LAST_TYPE) return 'EOPNOTSUPP'
    if (body.length === 0) return 0
    if ((type & KIND_MASK) !== KIND_GET) {
      if (sock.ownerUid !== 0) return 'EPERM'
      this.cause = { sequence: request.sequence, portId: sock.portId }
      const outcome = this.requests.change(request)
      this.cause = NOBODY
      return outcome
    }
    if ((flags & NLM_F_DUMP) === 0) return this.one(sock, request)
    const parts = this.dump(sock, request)
    if (typeof parts === 'string') return parts
    this.sendParts(sock, request, parts)
    return 'answered'
  }

  /** The messages of a dump, several in each datagram, and NLMSG_DONE in one of its own. */
  private sendParts(sock: NetlinkSock, { sequence }: Request, parts: readonly Uint8Array[]): void {
    let gathered: Uint8Array[] = []
    let length = 0
    const flush = (): void => {
      if (length > 0) sock.offer(joined(gathered, length))
      gathered = []
      length = 0
    }
    for (const part of parts) {
      if (length + part.length > CHUNK_BYTES) flush()
      gathered.push(part)
      length += part.length
    }
    flush()
    sock.offer(new MessageWriter(NLMSG_DONE, NLM_F_MULTI, sequence, sock.portId).u32(0).finish())
  }

  private dump(sock: NetlinkSock, { type, sequence, body }: Request): Uint8Array[] | Errno {
    const family = body[0]
    const fits = (address: IpAddress): boolean => family === 0 || family === (address.family === 4 ? AF_INET : AF_INET6)
    const part = (answerType: number): MessageWriter => new MessageWriter(answerType, NLM_F_MULTI, sequence, sock.portId)
    const now = this.namespace.now()
    switch (type) {
      case RTM_GETLINK:
        return this.namespace.devices.flatMap(each => each === undefined ? [] : [writeLink(part(RTM_NEWLINK), each, each.index).finish()])
      case RTM_GETADDR:
        return this.allAddresses().filter(each => fits(each.address)).map(each => writeAddress(part(RTM_NEWADDR), each, now).finish())
      case RTM_GETROUTE:
        return this.allRoutes().filter(each => fits(each.destination.address)).map(each => writeRoute(part(RTM_NEWROUTE), each).finish())
      case RTM_GETNEIGH:
        return this.ip.neighbours.list().filter(each => fits(each.address))
          .map(each => writeNeighbour(part(RTM_NEWNEIGH), each, now).finish())
      default: return 'EOPNOTSUPP'
    }
  }

  /** By family and device; IPv6's widest scope first, and among equals the latest, as Linux keeps them. */
  private allAddresses(): InterfaceAddress[] {
    const all = this.ip.addresses()
    return [...all.filter(each => each.address.family === 4), ...all.filter(each => each.address.family === 6).reverse()]
      .sort((a, b) => a.address.family - b.address.family || a.device.index - b.device.index || reach(b) - reach(a))
  }

  /** The main table, and what Linux keeps in the table `local`. */
  private allRoutes(): RouteMessage[] {
    const full = (address: IpAddress): Prefix => new Prefix(address, address.family === 4 ? 32 : 128)
    const local = this.ip.addresses().flatMap(each => localRoutes(each, full, new Prefix(each.prefix.network(), each.prefix.length)))
    return [...this.ip.routes().map(describeRoute), ...local]
      .sort((a, b) => a.destination.address.family - b.destination.address.family || a.table - b.table)
  }

  private one(sock: NetlinkSock, request: Request): 'answered' | Errno {
    const { type, sequence, body } = request
    const reply = (answerType: number): MessageWriter => new MessageWriter(answerType, 0, sequence, sock.portId)
    if (type === RTM_GETLINK) {
      if (body.length < 16) return 'EINVAL'
      const attributes = readAttributes(body, 16)
      const device = this.requests.link(body, attributes)
      if (device === undefined) return viewOf(body).getInt32(4, true) > 0 || attributes.has(3) ? 'ENODEV' : 'EINVAL'
      sock.offer(writeLink(reply(RTM_NEWLINK), device, device.index).finish())
      return 'answered'
    }
    if (type === RTM_GETROUTE) return this.lookUp(sock, request, reply(RTM_NEWROUTE))
    if (type === RTM_GETNEIGH) return this.neighbour(sock, body, reply(RTM_NEWNEIGH))
    return 'EOPNOTSUPP'
  }

  /** `ip route get`: the way a packet would take. */
  private lookUp(sock: NetlinkSock, { body }: Request, message: MessageWriter): 'answered' | Errno {
    if (body.length < 12) return 'EINVAL'
    const [family] = body
    if (family !== AF_INET && family !== AF_INET6) return 'EOPNOTSUPP'
    const attributes = readAttributes(body, 12)
    const size = family === AF_INET ? 4 : 16
    const to = attributes.get(1)
    const from = attributes.get(2)
    const flow = new Flow()
    const isV4 = family === AF_INET
    const any = isV4 ? IpAddress.ANY4 : IpAddress.ANY6
    flow.destination = to === undefined || to.length < size ? any : IpAddress.fromBytes(to, 0, isV4 ? 4 : 6)
    flow.source = from === undefined || from.length < size ? any : IpAddress.fromBytes(from, 0, isV4 ? 4 : 6)
    flow.deviceIndex = u32Of(attributes.get(4)) ?? 0
    const failed = this.namespace.ip.resolve(flow)
    if (failed !== undefined) return failed
    const route = flow.route as CachedRoute | undefined
    if (route === undefined) return 'ENETUNREACH'
    const isLocal = route.kind === 'local'
    writeRoute(message, {
      destination: new Prefix(flow.destination, isV4 ? 32 : 128), table: isLocal ? RT_TABLE_LOCAL : RT_TABLE_MAIN,
      type: ROUTE_TYPE[route.kind], protocol: isV4 ? 0 : PROTOCOL.static,
      scope: 0, device: route.device, source: flow.source.isUnspecified ? undefined : flow.source, metric: isV4 ? 0 : 1024,
      gateway: route.nextHop.equals(flow.destination) || route.kind !== 'unicast' ? undefined : route.nextHop, flags: RTM_F_CLONED,
    })
    sock.offer(message.finish())
    return 'answered'
  }

  private neighbour(sock: NetlinkSock, body: Uint8Array, message: MessageWriter): 'answered' | Errno {
    if (body.length < 12) return 'EINVAL'
    const wanted = readAttributes(body, 12).get(1)
    const device = this.namespace.device(viewOf(body).getInt32(4, true))
    if (wanted === undefined) return 'EINVAL'
    if (device === undefined) return 'ENODEV'
    const isWanted = (address: IpAddress): boolean => addressBytes(address).toString() === wanted.toString()
    const entry = this.ip.neighbours.list().find(each => each.device === device && isWanted(each.address))
    if (entry === undefined) return 'ENOENT'
    sock.offer(writeNeighbour(message, entry, this.namespace.now()).finish())
    return 'answered'
  }

  /** A change, for every socket that hears its group. */
  private tell(change: TableChange): void {
    if (this.socks.size === 0) return
    const groups = groupOf(change)
    // As on Linux a socket without a port hears nothing.
    const listeners = [...this.socks].filter(each => each.portId !== 0 && each.groups.has(groups))
    if (listeners.length === 0) return
    const bytes = this.notice(change).finish()
    for (const sock of listeners) sock.offer(bytes, groups)
  }

  private notice(change: TableChange): MessageWriter {
    const { isGone } = change
    const { sequence, portId } = this.cause
    const message = (made: number, gone: number): MessageWriter => new MessageWriter(isGone ? gone : made,
      change.kind === 'route' && !isGone ? NLM_F_CREATE | NLM_F_EXCL : 0, sequence, portId)
    switch (change.kind) {
      case 'link': return writeLink(message(RTM_NEWLINK, RTM_DELLINK), change.device, change.index)
      case 'address': return writeAddress(message(RTM_NEWADDR, RTM_DELADDR), change.entry, this.namespace.now())
      case 'route': return writeRoute(message(RTM_NEWROUTE, RTM_DELROUTE), describeRoute(change.entry))
      case 'neighbour': return writeNeighbour(message(RTM_NEWNEIGH, RTM_DELNEIGH), change.entry, this.namespace.now())
    }
  }
}

/** Loopback, link, everywhere; IPv4's addresses are all alike. */
function reach({ address }: InterfaceAddress): number {
  return address.family === 4 ? 0 : address.isLoopback ? 1 : address.isLinkLocal ? 2 : 3
}

function groupOf(change: TableChange): number {
  switch (change.kind) {
    case 'link': return RTNLGRP_LINK
    case 'neighbour': return RTNLGRP_NEIGH
    case 'address': return change.entry.address.family === 4 ? RTNLGRP_IPV4_IFADDR : RTNLGRP_IPV6_IFADDR
    case 'route': return change.entry.destination.address.family === 4 ? RTNLGRP_IPV4_ROUTE : RTNLGRP_IPV6_ROUTE
  }
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const whole = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
