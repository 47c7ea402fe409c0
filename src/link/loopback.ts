// The loopback device `lo` (RFC 1122 3.2.1.3 (g)): what is sent comes back in a later event of the same instant. It
// carries super-segments and unfinished checksums as they are, since nothing can damage them on the way.

import type { Clock } from '../base/clock.ts'
import type { DropReason } from '../base/drop-reason.ts'
import type { Packet } from '../wire/packet.ts'
import { DeferredDelivery } from './hand-up.ts'
import { ALL_OFFLOADS, NetDevice } from './net-device.ts'

export class LoopbackDevice extends NetDevice {
  private readonly delivery: DeferredDelivery

  constructor(clock: Clock) {
    super('lo', 'loopback', 65536, undefined, ALL_OFFLOADS)
    this.delivery = new DeferredDelivery(clock, this)
  }

  override send(packet: Packet): DropReason | undefined {
    this.delivery.push(packet)
    return undefined
  }

  override deliverHeld(): boolean { return this.delivery.run() }

  override close(): void { this.delivery.clear() }
}
