// What transports, raw sockets and tools ask of the IP layer. Implemented by ip/ip.ts; written down apart so that the
// rooms above depend on these few calls only.

import type { IpAddress } from '../base/address/ip.ts'
import type { Errno } from '../base/errno.ts'
import type { Packet } from '../wire/packet.ts'
import type { Flow } from './flow.ts'
import type { IpPacketInfo } from './ip-packet-info.ts'
import type { RawReceiver, TransportProtocol } from './transport-protocol.ts'

export type AddressKind = 'unspecified' | 'local' | 'broadcast' | 'multicast' | 'unicast'

export interface IpLayer {
  register(protocol: TransportProtocol): void
  registerRaw(receiver: RawReceiver): void

  /** What an address is to this host. `local` includes all of 127/8. */
  addressKind(address: IpAddress): AddressKind

  /**
   * Finds the route for `flow.destination` and fills `flow.route`; also `flow.source` when that is unspecified.
   * ENETUNREACH without a route, EHOSTUNREACH, EACCES, EINVAL (bad source), ENODEV as Linux's connect gives them.
   */
  resolve(flow: Flow): Errno | undefined

  /** Bytes of the largest IP packet the path is known to take (device, route, path-MTU cache). Resolves when stale. */
  mtu(flow: Flow): number

  /**
   * Sends one transport segment. Takes ownership in every case. `packet.start` is the transport header; its checksum is
   * CHECKSUM_PARTIAL or complete. Resolves the flow again when its route went stale. EMSGSIZE when DF forbids
   * fragmentation, ENETUNREACH ..., ENOBUFS; a refusal by the device is counted, not answered, as on Linux.
   */
  output(packet: Packet, flow: Flow): Errno | undefined

  /** As `output` for IP_HDRINCL: `packet.start` is the IP header the program wrote; total length, checksum, ID and source are filled. */
  outputWithHeader(packet: Packet, flow: Flow): Errno | undefined

  /** ICMP port or protocol unreachable in answer to `packet` (RFC 1122 3.2.2.1). Does not take ownership; `networkAt` must be set. */
  sendUnreachable(packet: Packet, info: IpPacketInfo, what: 'port' | 'protocol' | 'host' | 'net' | 'admin'): void

  /** A packet-too-big for a path of ours was believed: the transport calls this after its own sequence check. */
  updatePathMtu(destination: IpAddress, mtu: number): void

  /** Called by transports when forward progress confirms that the next hop is reachable (RFC 4861 7.3.1). */
  confirmNeighbour(flow: Flow): void

  /** Multicast membership of a socket; counted per device. EADDRNOTAVAIL, ENODEV, EINVAL. */
  joinGroup(deviceIndex: number, group: IpAddress): Errno | undefined
  leaveGroup(deviceIndex: number, group: IpAddress): Errno | undefined
}
