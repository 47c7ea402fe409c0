// The way in from a carrier that holds packets in our own memory: stamps, counts, hands to the stack above the device.
// `DeferredDelivery` is the queue behind the rule that `send` never delivers synchronously.

import type { Clock } from '../base/clock.ts'
import type { Instant } from '../base/time.ts'
import { TO_HOST } from '../wire/packet.ts'
import type { Packet } from '../wire/packet.ts'
import type { NetDevice } from './net-device.ts'
import { PacketFifo } from './queue/fifo.ts'
import type { LinkEnvironment } from './report-drop.ts'

/** Packets handed up in one batch; what is left waits for the next event, so that other stations get their turn. */
const BATCH_PACKETS = 256

/** Gives one arrived packet to `device.receiver`; takes ownership. The carrier calls `endBatch` when it has no more. */
export function handUp(device: NetDevice, packet: Packet, now: Instant): void {
  const { receiver, counters } = device
  packet.next = undefined
  packet.disown()
  if (receiver === undefined || !device.up) {
    counters.rxDropped++
    packet.release()
    return
  }
  counters.rxPackets++
  counters.rxBytes += packet.end - packet.start
  packet.receivedAt = now
  packet.deviceIndex = device.index
  packet.linkAt = device.medium === 'ethernet' ? packet.start : -1
  packet.networkAt = -1
  packet.transportAt = -1
  packet.etherType = 0
  packet.linkDestination = TO_HOST
  packet.mark = 0
  receiver.receive(packet, device)
}

/** Packets on their way to one device, handed up by a clock event of the same instant. */
export class DeferredDelivery {
  private readonly clock: Clock
  private readonly device: NetDevice
  private readonly queue = new PacketFifo()
  private scheduled = false

  constructor(clock: Clock, device: NetDevice) {
    this.clock = clock
    this.device = device
  }

  push(packet: Packet): void {
    packet.disown()
    this.queue.push(packet)
    this.schedule()
  }

  /** Releases what is under way. */
  clear(): void { this.queue.clear() }

  private schedule(): void {
    if (this.scheduled) return
    this.scheduled = true
    this.clock.at(this.clock.now(), this.onEvent)
  }

  private readonly onEvent = (): void => {
    this.scheduled = false
    this.run()
  }

  /** One batch, whether its event has come or not. Is there more by then? */
  run(): boolean {
    const now = this.clock.now()
    let count = 0
    while (count < BATCH_PACKETS) {
      const packet = this.queue.shift()
      if (packet === undefined) break
      handUp(this.device, packet, now)
      count++
    }
    if (count > 0) this.device.receiver?.endBatch(this.device)
    if (this.queue.length === 0) return false
    this.schedule()
    return true
  }
}

/** Shows an arrived frame to the device's taps and to observers; for whoever takes frames off a device. */
export function observeArrival(device: NetDevice, packet: Packet, env: LinkEnvironment): void {
  for (const tap of device.taps) tap.frameIn(packet, device)
  if (env.trace.frames) {
    env.trace.frame(env.now(), env.host, device.name, 'in', packet.memory.u8, packet.start, packet.end - packet.start, undefined)
  }
}
