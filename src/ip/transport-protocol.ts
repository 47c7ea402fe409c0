// The seam upward: what IP asks of a transport. kernel/host.ts plugs the protocols in; nothing registers itself.

import type { IcmpError } from './icmp-error.ts'
import type { IpPacketInfo } from './ip-packet-info.ts'
import type { Packet } from '../wire/packet.ts'

export interface TransportProtocol {
  /** IP protocol number. */
  readonly protocol: number
  /** Takes ownership. `packet.start === packet.transportAt`, trimmed to the IP payload. */
  input(packet: Packet, info: IpPacketInfo): void
  /** An ICMP error about a packet of ours. The record and its packet stay the caller's. */
  error(error: IcmpError): void
  /** The batch of arrived packets is done: now answer (RFC 9293 MUST-59). Left out by protocols that never do. */
  endBatch?(): void
}

/** Raw sockets see a datagram before its transport does (row I1). Answers true when somebody took a copy. */
export interface RawReceiver {
  deliver(packet: Packet, info: IpPacketInfo): boolean
  /** An ICMP error about a packet of any protocol, after its transport heard of it. The record stays the caller's. */
  error?(error: IcmpError): void
}
