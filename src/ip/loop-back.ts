// Copies of our own multicast and broadcast packets on their way back to members on this host (RFC 1122 3.3.6): handed up
// in a later event, as if they had arrived on the device they left by.

import type { Clock } from '../base/clock.ts'
import type { NetDevice } from '../link/net-device.ts'
import type { Packet } from '../wire/packet.ts'

export class LoopBack {
  /** Set by ip.ts. */
  deliver: (packet: Packet, device: NetDevice) => void = packet => { packet.release() }
  endBatch: () => void = () => { /* set by ip.ts */ }
  private readonly clock: Clock
  private waiting: { readonly packet: Packet, readonly device: NetDevice }[] = []

  constructor(clock: Clock) { this.clock = clock }

  /** Takes ownership; `packet.start` is the IP header. */
  push(packet: Packet, device: NetDevice): void {
    packet.deviceIndex = device.index
    if (this.waiting.length === 0) this.clock.at(this.clock.now(), this.run)
    this.waiting.push({ packet, device })
  }

  clear(): void {
    for (const { packet } of this.waiting) packet.release()
    this.waiting = []
  }

  private readonly run = (): void => {
    const arrived = this.waiting
    this.waiting = []
    const now = this.clock.now()
    for (const { packet, device } of arrived) {
      packet.receivedAt = now
      this.deliver(packet, device)
    }
    this.endBatch()
  }
}
