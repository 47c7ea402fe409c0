// Who pays for packets that wait for their turn on a link of limited rate: a sender is free of a packet when its last bit has
// left, long before it arrives (Linux: the transmit completion of a network card). Called by netem.ts.

import { NO_TIMER } from '../../base/clock.ts'
import type { Clock, TimerHandle } from '../../base/clock.ts'
import type { Instant } from '../../base/time.ts'
import type { Packet, PacketOwner } from '../../wire/packet.ts'

interface Departure { readonly owner: PacketOwner, readonly charge: number, readonly leaves: Instant }

export class DepartureCharges {
  private readonly clock: Clock
  /** Oldest first; packets leave in the order in which they came. */
  private waiting: Departure[] = []
  private handle: TimerHandle = NO_TIMER

  constructor(clock: Clock) { this.clock = clock }

  /** Takes the charge off a packet until it `leaves`. */
  push(packet: Packet, leaves: Instant): void {
    const { owner, charge } = packet
    if (owner === undefined) return
    packet.owner = undefined
    this.waiting.push({ owner, charge, leaves })
    if (this.handle === NO_TIMER) this.handle = this.clock.at(leaves, this.run)
  }

  clear(): void {
    if (this.handle !== NO_TIMER) this.clock.cancel(this.handle)
    this.handle = NO_TIMER
    for (const { owner, charge } of this.waiting.splice(0)) owner.packetGone(charge)
  }

  private readonly run = (): void => {
    this.handle = NO_TIMER
    const now = this.clock.now()
    const still = this.waiting.findIndex(each => each.leaves > now)
    const gone = this.waiting.splice(0, still < 0 ? this.waiting.length : still)
    if (this.waiting.length > 0) this.handle = this.clock.at(this.waiting[0].leaves, this.run)
    for (const { owner, charge } of gone) owner.packetGone(charge)
  }
}
