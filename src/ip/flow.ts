// Where a socket's packets go and how they are marked (Linux: flowi and the cached dst). The socket owns one, changes
// its fields, and clears `route` when it did; `IpLayer.resolve` fills it and `IpLayer.output` follows it.

import { IpAddress } from '../base/address/ip.ts'
import type { NetDevice } from '../link/net-device.ts'

/** The answer of a route look-up. Immutable; stale when `generation` is no longer the namespace's. */
export interface Route {
  readonly device: NetDevice
  /** Next hop when it is not the destination itself. */
  readonly gateway: IpAddress | undefined
  /** The address of ours that such packets carry (RFC 6724, preferred source). */
  readonly source: IpAddress
  readonly kind: 'unicast' | 'local' | 'broadcast' | 'multicast'
  /** MTU of device or route, before path-MTU discovery. */
  readonly mtu: number
  /** The route locks its MTU: no DF, no path-MTU discovery. */
  readonly mtuLocked: boolean
  /** MSS that SYNs advertise, 0 when it follows from the MTU. */
  readonly advmss: number
  /** Segments of a first congestion window, 0 for the default (RFC 6928). */
  readonly initcwnd: number
  readonly generation: number
}

/** IP_MTU_DISCOVER: DF never, DF with discovery, DF and EMSGSIZE when too big, DF and no discovery. */
export type MtuDiscover = 'dont' | 'want' | 'do' | 'probe'

export class Flow {
  source: IpAddress = IpAddress.ANY4
  destination: IpAddress = IpAddress.ANY4
  protocol = 0
  /** -1: the namespace's default (ip_default_ttl, or 1 for multicast). */
  hopLimit = -1
  trafficClass = 0
  flowLabel = 0
  mtuDiscover: MtuDiscover = 'want'
  /** SO_BINDTODEVICE or the interface of a scoped address: index, 0 for any. */
  deviceIndex = 0
  /** Where no device is bound: the one that IP_MULTICAST_IF, IP_UNICAST_IF or theirs of IPv6 chose, 0 for the route's choice. */
  outDevice = 0
  /** SO_MARK: rules look at it, and the packets carry it to receivers on this host. SO_PRIORITY as well, for queues. */
  mark = 0
  priority = 0
  /** SO_DONTROUTE: only what is on a link of ours is reached (IPv4, as on Linux). */
  isOnLinkOnly = false
  /** IP_MULTICAST_LOOP and friends: a multicast packet is looped back to members on this host. */
  multicastLoop = true
  /** IPV6_MTU: fragments are no larger than this, 0 for the path's MTU. */
  fragmentBytes = 0
  /** IPV6_DONTFRAG. */
  dontFragment = false
  /** The raw bytes of IPv4 options, padded to 4; empty for none. */
  options: Uint8Array | undefined = undefined
  route: Route | undefined = undefined
  /** Owned by the IP layer: next hop's neighbour entry. */
  neighbour: unknown = undefined
  /** Owned by the IP layer: the path MTU it last saw, and when that must be looked at again. */
  pathMtu = 0
  pathMtuGeneration = -1
}
