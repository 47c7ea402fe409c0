// AF_PACKET sockets (row I3; Linux: packet_sock): every frame of a device, in and out, whole (SOCK_RAW) or without its link
// header (SOCK_DGRAM).

import { SOCK_RAW } from '../base/posix.ts'
import type { NetDevice } from '../link/net-device.ts'
import { datagramReadiness } from '../sock/readiness.ts'
import { Sock } from '../sock/sock.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import type { FrameRing } from './frame-ring.ts'
import type { Packet } from '../wire/packet.ts'

/** One frame that waits: the copy, and what sockaddr_ll says of it. */
export interface QueuedFrame {
  readonly packet: Packet
  readonly charge: number
  readonly from: SocketAddress
  /** TP_STATUS_* of PACKET_AUXDATA. */
  readonly status: number
  /** Bytes of link header, -1 when the frame begins behind it. */
  readonly linkBytes: number
  /** Bytes the frame had, before a filter cut it. */
  readonly wholeLength: number
}

/** What the socket asked a device to let in, and how many times. */
export interface PacketMembership { readonly device: NetDevice, readonly type: number, readonly address: string, count: number }

export class PacketSock extends Sock {
  queue: QueuedFrame[] = []
  chargedBytes = 0
  /** ETH_P_*; 0 hears nothing. */
  etherType = 0
  /** 0: every device. */
  deviceIndex = 0
  /** PACKET_STATISTICS since last asked: taken and dropped. */
  seen = 0
  drops = 0
  memberships: PacketMembership[] = []
  /** TPACKET_V1 or TPACKET_V2, and bytes kept free in front of each frame: for the next ring. */
  ringVersion = 0
  ringReserve = 0
  ring: FrameRing | undefined = undefined
  wantsAuxiliary = false
  ignoresOutgoing = false

  get isRaw(): boolean { return this.type === SOCK_RAW }

  override readiness(): number {
    return datagramReadiness(this, this.queue.length > 0 || this.ring?.hasFrames === true, this.hasPacketRoom)
  }

  take(): QueuedFrame | undefined {
    const frame = this.queue.shift()
    if (frame !== undefined) this.chargedBytes -= frame.charge
    return frame
  }
}
