// AF_PACKET sockets (row I3; Linux: packet_sock): every frame of a device, in and out, whole (SOCK_RAW) or without its link
// header (SOCK_DGRAM).

import { SOCK_RAW } from '../base/posix.ts'
import { datagramReadiness } from '../sock/readiness.ts'
import { Sock } from '../sock/sock.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import type { Packet } from '../wire/packet.ts'

/** One frame that waits: the copy, and what sockaddr_ll says of it. */
export interface QueuedFrame {
  readonly packet: Packet
  readonly charge: number
  readonly from: SocketAddress
  /** Bytes the frame had, before a filter cut it. */
  readonly wholeLength: number
}

export class PacketSock extends Sock {
  queue: QueuedFrame[] = []
  chargedBytes = 0
  /** ETH_P_*; 0 hears nothing. */
  etherType = 0
  /** 0: every device. */
  deviceIndex = 0
  /** PACKET_STATISTICS since last asked. */
  seen = 0
  drops = 0
  /** Bytes of a frame that this socket wants, 0 for none. */
  filter: ((packet: Packet) => number) | undefined = undefined

  get isRaw(): boolean { return this.type === SOCK_RAW }

  override readiness(): number { return datagramReadiness(this, this.queue.length > 0, this.hasPacketRoom) }

  take(): QueuedFrame | undefined {
    const frame = this.queue.shift()
    if (frame !== undefined) this.chargedBytes -= frame.charge
    return frame
  }
}
