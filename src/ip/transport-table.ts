// Who takes which protocol above IP, for both versions, and the raw sockets that watch.

import type { IcmpError } from './icmp-error.ts'
import type { IpPacketInfo } from './ip-packet-info.ts'
import type { Packet } from '../wire/packet.ts'
import type { RawReceiver, TransportProtocol } from './transport-protocol.ts'

export class TransportTable {
  private readonly byNumber: (TransportProtocol | undefined)[] = Array.from({ length: 256 }, () => undefined)
  /** Those that answer at the end of a batch. */
  private answering: readonly TransportProtocol[] = []
  private receivers: readonly RawReceiver[] = []

  register(protocol: TransportProtocol): void {
    this.byNumber[protocol.protocol] = protocol
    if (protocol.endBatch !== undefined) this.answering = [...this.answering, protocol]
  }

  registerRaw(receiver: RawReceiver): void { this.receivers = [...this.receivers, receiver] }

  get(protocol: number): TransportProtocol | undefined { return this.byNumber[protocol] }

  /** True when a raw socket took a copy. */
  deliverRaw(packet: Packet, info: IpPacketInfo): boolean {
    let taken = false
    for (const receiver of this.receivers) if (receiver.deliver(packet, info)) taken = true
    return taken
  }

  /** To the transport whose packet was quoted, and to raw sockets that want to know. */
  error(error: IcmpError): void {
    this.byNumber[error.protocol]?.error(error)
    for (const receiver of this.receivers) receiver.error?.(error)
  }

  endBatch(): void {
    for (const protocol of this.answering) protocol.endBatch?.()
  }
}
