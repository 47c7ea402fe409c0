// One claim on a local port, and whether two claims may stand side by side (Linux: inet_bind_conflict, udp_lib_lport_inuse,
// inet_rcv_saddr_equal). A bound socket's claim reads its options afresh; what needs no socket any more (TIME-WAIT) or is
// there a million times (accepted connections) shares a counted claim with frozen options.

import { IpAddress } from '../base/address/ip.ts'
import type { InetSock } from './inet-sock.ts'

export class PortHold {
  readonly port: number
  /** The socket whose claim this is; undefined for a shared one. */
  readonly sock: InetSock | undefined
  address: IpAddress
  readonly isInet6: boolean
  readonly frozenV6Only: boolean
  private readonly frozenDevice: number
  private readonly frozenReuseAddress: boolean
  private readonly frozenReusePort: boolean
  private readonly frozenUid: number
  readonly timeWait: boolean
  /** Chosen by connect: other connections may take the port for another peer. */
  fromConnect: boolean
  listening = false
  /** Shared claims: how many connections stand behind it. */
  count = 1
  /** Of port-claims.ts. */
  next: PortHold | undefined = undefined

  constructor(sock: InetSock, port: number, address: IpAddress, shared: boolean, timeWait: boolean, fromConnect: boolean) {
    this.port = port
    this.sock = shared ? undefined : sock
    this.address = address
    this.isInet6 = sock.isInet6
    this.frozenV6Only = sock.inet.v6Only
    this.frozenDevice = sock.flow.deviceIndex
    this.frozenReuseAddress = sock.options.reuseAddress
    this.frozenReusePort = sock.options.reusePort
    this.frozenUid = sock.ownerUid
    this.timeWait = timeWait
    this.fromConnect = fromConnect
  }

  get deviceIndex(): number { return this.sock?.flow.deviceIndex ?? this.frozenDevice }
  get v6Only(): boolean { return this.sock?.inet.v6Only ?? this.frozenV6Only }
  get reuseAddress(): boolean { return this.sock?.options.reuseAddress ?? this.frozenReuseAddress }
  get reusePort(): boolean { return this.sock?.options.reusePort ?? this.frozenReusePort }
  get uid(): number { return this.sock?.ownerUid ?? this.frozenUid }

  /** A shared claim that another connection with these properties can join. */
  matches(sock: InetSock, address: IpAddress, timeWait: boolean, fromConnect: boolean): boolean {
    return this.sock === undefined && this.timeWait === timeWait && this.fromConnect === fromConnect && this.isInet6 === sock.isInet6
      && this.frozenDevice === sock.flow.deviceIndex && this.frozenReuseAddress === sock.options.reuseAddress
      && this.frozenReusePort === sock.options.reusePort && this.frozenUid === sock.ownerUid && this.address.equals(address)
  }
}

/** Do two bound addresses claim a common one? The IPv6 wildcard takes IPv4 in unless IPV6_V6ONLY (behaviour 45). */
export function addressesOverlap(first: IpAddress, firstV6Only: boolean, second: IpAddress, secondV6Only: boolean): boolean {
  if (first.equals(IpAddress.ANY6)) return !firstV6Only || second.family === 6
  if (second.equals(IpAddress.ANY6)) return !secondV6Only || first.family === 6
  if (first.family === 4 && second.family === 4) return first.isUnspecified || second.isUnspecified || first.equals(second)
  return first.equals(second)
}

function devicesOverlap(first: number, second: number): boolean { return first === 0 || second === 0 || first === second }

/** `exclusive`: the stack itself is choosing a port, nothing is shared. */
export function streamConflict(sock: InetSock, address: IpAddress, held: PortHold, exclusive: boolean): boolean {
  if (held.sock === sock || !devicesOverlap(sock.flow.deviceIndex, held.deviceIndex)) return false
  if (!addressesOverlap(address, sock.inet.v6Only, held.address, held.v6Only)) return false
  if (exclusive) return true
  // Two listeners never share by SO_REUSEADDR alone; `listen` asks again (behaviour 44).
  if (sock.options.reuseAddress && held.reuseAddress && !held.listening) return false
  return !(sock.options.reusePort && held.reusePort && (held.timeWait || held.uid === sock.ownerUid))
}

/** An IPv6 address that connect chose, on a socket that is not of IPv6 alone: IPv4 sockets see the wildcard still. */
function standsOnWildcard(sock: InetSock, address: IpAddress, held: PortHold): boolean {
  return !sock.isInet6 && address.isUnspecified && held.address.family === 6 && !held.v6Only
}

export function datagramConflict(sock: InetSock, address: IpAddress, held: PortHold, exclusive: boolean): boolean {
  if (held.sock === sock || !devicesOverlap(sock.flow.deviceIndex, held.deviceIndex)) return false
  if (!standsOnWildcard(sock, address, held) && !addressesOverlap(address, sock.inet.v6Only, held.address, held.v6Only)) return false
  if (exclusive) return true
  if (sock.options.reuseAddress && held.reuseAddress) return false
  return !(sock.options.reusePort && held.reusePort && held.uid === sock.ownerUid)
}
