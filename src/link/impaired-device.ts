// Puts an impairment queue between our stack and any device, such as a TAP: `impair(device, plan, ...)` is a device that the
// stack attaches in the other's place. What comes in is turned into wire packets first (super-segments cut, checksums
// completed), so that damage and loss hit what would have been on a wire.

import type { Clock } from '../base/clock.ts'
import type { DropReason } from '../base/drop-reason.ts'
import type { Random } from '../base/random.ts'
import type { Instant } from '../base/time.ts'
import { CHECKSUM_NONE, GSO_NONE } from '../wire/packet.ts'
import type { Packet } from '../wire/packet.ts'
import { handUp } from './hand-up.ts'
import type { ImpairPlan } from './impair-spec.ts'
import { NetDevice, NO_OFFLOADS } from './net-device.ts'
import type { DeviceReceiver } from './net-device.ts'
import { completeChecksum } from './offload/complete.ts'
import { locateHeaders } from './offload/locate.ts'
import { segment } from './offload/segment.ts'
import { Netem } from './queue/netem.ts'
import { countDrop, reportDrop } from './report-drop.ts'
import type { LinkEnvironment } from './report-drop.ts'

export interface ImpairEnvironment {
  readonly clock: Clock
  /** One stream of chance for what goes out, one for what comes in. */
  readonly random: readonly [Random, Random]
  /** The stack that attaches the device; drops are told to it. */
  readonly env: LinkEnvironment
}

/** The device to attach instead of `device`. */
export function impair(device: NetDevice, plan: ImpairPlan, environment: ImpairEnvironment): ImpairedDevice {
  return new ImpairedDevice(device, plan, environment)
}

export class ImpairedDevice extends NetDevice implements DeviceReceiver {
  readonly inner: NetDevice
  private readonly env: LinkEnvironment
  private readonly outgoing: Netem
  private readonly incoming: Netem

  constructor(inner: NetDevice, plan: ImpairPlan, { clock, random, env }: ImpairEnvironment) {
    super(inner.name, inner.medium, inner.mtu, inner.address, NO_OFFLOADS)
    this.inner = inner
    this.env = env
    this.carrier = inner.carrier
    const isEthernet = inner.medium === 'ethernet'
    this.outgoing = new Netem(plan.out, {
      clock, random: random[0], isEthernet,
      sink: {
        arrive: packet => { this.pass(packet) },
        endBatch: () => { inner.flush() },
        dropped: (packet, reason) => { reportDrop(env, this.name, 'out', packet, reason) },
      },
    })
    this.incoming = new Netem(plan.in, {
      clock, random: random[1], isEthernet,
      sink: {
        arrive: (packet, now: Instant) => { handUp(this, packet, now) },
        endBatch: () => { this.receiver?.endBatch(this) },
        dropped: (packet, reason) => { reportDrop(env, this.name, 'in', packet, reason) },
      },
    })
    inner.receiver = this
  }

  override send(packet: Packet): DropReason | undefined {
    this.outgoing.push(packet)
    return undefined
  }

  override close(): void {
    this.outgoing.close()
    this.incoming.close()
    this.inner.close()
  }

  /** From the device below. */
  receive(packet: Packet): void {
    if (packet.gsoType === GSO_NONE) {
      completeChecksum(packet)
      this.enqueueIncoming(packet)
      return
    }
    const length = packet.length
    locateHeaders(packet, this.medium === 'ethernet')
    let piece = segment(packet)
    if (piece === undefined) {
      this.counters.rxDropped++
      countDrop(this.env, this.name, length, 'no-packet-memory')
    }
    while (piece !== undefined) {
      const next: Packet | undefined = piece.next
      completeChecksum(piece)
      this.enqueueIncoming(piece)
      piece = next
    }
  }

  /** The queue has batches of its own. */
  endBatch(): void { /* nothing gathered here */ }

  linkChanged(): void {
    this.carrier = this.inner.carrier
    this.receiver?.linkChanged?.(this)
  }

  /** Nobody vouches for a packet that may get damaged: the stack verifies. */
  private enqueueIncoming(packet: Packet): void {
    packet.checksum = CHECKSUM_NONE
    this.incoming.push(packet)
  }

  private pass(packet: Packet): void {
    const { length } = packet
    const refused = this.inner.send(packet)
    if (refused === undefined) return
    this.counters.txDropped++
    countDrop(this.env, this.name, length, refused)
  }
}
