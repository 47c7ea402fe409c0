// A UDP socket (Linux: udp_sock): its queue of arrived datagrams, its cork, and the flow of the last address it sent to.

import type { Flow } from '../ip/flow.ts'
import type { NetNamespace } from '../ip/namespace.ts'
import { IPPROTO_UDP, SOCK_DGRAM } from '../base/posix.ts'
import { InetSock } from '../sock/inet-sock.ts'
import { PacketQueue } from '../sock/packet-queue.ts'
import { datagramReadiness } from '../sock/readiness.ts'

/** Pieces gathered under MSG_MORE or UDP_CORK (row D7): one datagram, addressed when the first piece came. */
export interface Cork {
  readonly flow: Flow
  readonly port: number
  pieces: Uint8Array[]
  length: number
}

export class UdpSock extends InetSock {
  readonly queue = new PacketQueue()
  isConnected = false
  /** UDP_CORK: pieces wait whatever the flags say. */
  corkOption = false
  cork: Cork | undefined = undefined
  /** UDP_SEGMENT: bytes of each datagram that a larger send is cut into; 0 for none. */
  segmentSize = 0
  /** UDP_GRO: several datagrams of one flow may be received as one. */
  receivesCoalesced = false
  /** UDP_NO_CHECK6_TX and _RX: IPv6 without checksums (RFC 6935). */
  sendsNoChecksum6 = false
  acceptsNoChecksum6 = false
  /** Where the last sendto went: the next one to the same place needs no look-up. */
  lastFlow: Flow | undefined = undefined

  constructor(namespace: NetNamespace, family: number) {
    super(namespace, family, SOCK_DGRAM, IPPROTO_UDP,
      namespace.sysctl.row('net.core.wmem_default').value, namespace.sysctl.row('net.core.rmem_default').value)
  }

  override readiness(): number { return datagramReadiness(this, this.queue.head !== undefined, this.hasPacketRoom) }
}
