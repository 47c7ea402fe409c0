// What every socket over IP adds to a sock (Linux: inet_sock): its endpoints, the flow its packets follow, and the
// IPPROTO_IP / IPPROTO_IPV6 settings.

import { IpAddress } from '../base/address/ip.ts'
import { AF_INET6 } from '../base/posix.ts'
import { Flow } from '../ip/flow.ts'
import type { NetNamespace } from '../ip/namespace.ts'
import type { Membership } from './multicast-membership.ts'
import type { PortHold } from './port-hold.ts'
import { Sock } from './sock.ts'
import type { SockOptions } from './sock-options.ts'

/** Shared until changed, as SockOptions. */
export interface InetOptions {
  readonly receiveErrors: boolean
  readonly packetInfo: boolean
  readonly receiveTtl: boolean
  readonly receiveTos: boolean
  readonly receiveOriginalDestination: boolean
  readonly headerIncluded: boolean
  readonly freeBind: boolean
  readonly transparent: boolean
  readonly bindAddressNoPort: boolean
  readonly minTtl: number
  readonly v6Only: boolean
  readonly multicastTtl: number
  readonly multicastLoop: boolean
  readonly multicastAll: boolean
  /** Interface index and source address for outgoing multicast, 0 and ANY for the route's choice. */
  readonly multicastDevice: number
  readonly multicastSource: IpAddress
  readonly unicastDevice: number
  /** IP_MTU_DISCOVER as the number that was set; `flow.mtuDiscover` says what it does. */
  readonly mtuDiscoverNumber: number
  /** What IPPROTO_IPV6 has of its own beside the above. */
  readonly receiveErrors6: boolean
  readonly packetInfo6: boolean
  readonly receiveHopLimit: boolean
  readonly receiveTrafficClass: boolean
  readonly dontFragment6: boolean
  readonly multicastHops: number
  /** IP_TTL and IPV6_UNICAST_HOPS (-1: the default), IP_TOS and IPV6_TCLASS: a dual-stack socket has both. */
  readonly ttl: number
  readonly unicastHops: number
  readonly tos: number
  readonly trafficClass6: number
  /** IP_LOCAL_PORT_RANGE: low and high, 0 for the namespace's. */
  readonly portRangeLow: number
  readonly portRangeHigh: number
  readonly receiveIpOptions: boolean
  readonly returnIpOptions: boolean
  readonly noDefragment: boolean
  /** IPV6_CHECKSUM of raw sockets: where the checksum stands, -1 for none. */
  readonly checksumOffset: number
  readonly minHopCount: number
  readonly receiveOriginalDestination6: boolean
  readonly multicastAll6: boolean
  readonly unicastDevice6: number
}

export const DEFAULT_INET_OPTIONS: InetOptions = Object.freeze({
  receiveErrors: false, packetInfo: false, receiveTtl: false, receiveTos: false, receiveOriginalDestination: false, headerIncluded: false,
  freeBind: false, transparent: false, bindAddressNoPort: false, minTtl: 0, v6Only: false, multicastTtl: 1, multicastLoop: true,
  multicastAll: true, multicastDevice: 0, multicastSource: IpAddress.ANY4, unicastDevice: 0, mtuDiscoverNumber: 1, receiveErrors6: false,
  packetInfo6: false, receiveHopLimit: false, receiveTrafficClass: false, dontFragment6: false, multicastHops: 1, ttl: -1, unicastHops: -1,
  tos: 0, trafficClass6: 0, portRangeLow: 0, portRangeHigh: 0, receiveIpOptions: false, returnIpOptions: false, noDefragment: false,
  checksumOffset: -1, minHopCount: 0, receiveOriginalDestination6: false, multicastAll6: true, unicastDevice6: 0,
})

const DEFAULT_INET6_OPTIONS: InetOptions = Object.freeze({ ...DEFAULT_INET_OPTIONS, multicastAll: false })

export abstract class InetSock extends Sock {
  /** Source is the connection's local address, destination its peer; both wildcard while unconnected. */
  readonly flow = new Flow()
  inet: InetOptions = DEFAULT_INET_OPTIONS
  /** The address given to bind, wildcard when none was. */
  boundAddress: IpAddress
  /** 0 while unbound / unconnected. */
  localPort = 0
  remotePort = 0
  /** The port was named in bind, not chosen: a dissolved association keeps it (behaviour 55). */
  portNamed = false
  addressNamed = false
  /** Its claim in its protocol's bind table. */
  portHold: PortHold | undefined = undefined
  /** Multicast groups it joined; undefined for none. */
  memberships: readonly Membership[] | undefined = undefined

  constructor(namespace: NetNamespace, family: number, type: number, protocol: number, sndbuf: number, rcvbuf: number) {
    super(namespace, family, type, protocol, sndbuf, rcvbuf)
    this.boundAddress = family === AF_INET6 ? IpAddress.ANY6 : IpAddress.ANY4
    this.flow.protocol = protocol
    this.flow.source = this.boundAddress
    this.flow.destination = this.boundAddress
    // Linux sets it for AF_INET alone.
    if (family === AF_INET6) this.inet = DEFAULT_INET6_OPTIONS
  }

  /** What packets carry of SOL_SOCKET follows at once, and the route with it. */
  override setOptions(change: Partial<SockOptions>): void {
    super.setOptions(change)
    this.followOptions()
  }

  /** A flow of its packets, its own unless said otherwise, takes over mark, priority and SO_DONTROUTE. */
  followOptions(flow: Flow = this.flow): void {
    const { options } = this
    if (flow.mark !== options.mark || flow.isOnLinkOnly !== options.dontRoute) flow.route = undefined
    flow.mark = options.mark
    flow.priority = options.priority
    flow.isOnLinkOnly = options.dontRoute
  }

  get isInet6(): boolean { return this.family === AF_INET6 }

  setInetOptions(change: Partial<InetOptions>): void { this.inet = Object.freeze({ ...this.inet, ...change }) }
}
