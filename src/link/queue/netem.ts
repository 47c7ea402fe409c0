// One direction of an impaired link (Linux: tc-netem): loses, duplicates, damages, spaces by rate, delays and reorders
// packets by a spec and a seeded stream of chance, and gives each to its sink when it is due. It acts on packets as they
// stand on a wire: callers have cut super-segments and completed checksums.

import { NO_TIMER } from '../../base/clock.ts'
import type { Clock, TimerHandle } from '../../base/clock.ts'
import type { DropReason } from '../../base/drop-reason.ts'
import type { Random } from '../../base/random.ts'
import { NEVER } from '../../base/time.ts'
import type { Instant } from '../../base/time.ts'
import type { Packet } from '../../wire/packet.ts'
import { onlyDelays } from '../impair-spec.ts'
import type { ImpairSpec } from '../impair-spec.ts'
import { Chance, GilbertElliottLoss, normal } from './chance.ts'
import { flipArpBit, flipIpPayloadBit } from './damage.ts'
import { DelayQueue } from './delay-queue.ts'
import { DepartureCharges } from './departure-charges.ts'
import { markCongestion } from './mark.ts'

/** `packet.mark` while the queue owns it. */
export const DAMAGED = 1
/** Without a delay to skip, a reordered packet is held back this long instead. */
const REORDER_HOLD_US = 1000

export interface NetemSink {
  /** Takes ownership. `packet.mark === DAMAGED` when a bit of it flipped. */
  arrive(packet: Packet, now: Instant): void
  /** The packets due at one instant have all arrived. */
  endBatch(): void
  /** The queue discards this; it is still readable and not the sink's to keep. */
  dropped(packet: Packet, reason: DropReason): void
}

/** What a half-duplex link's two directions share. */
export class Medium {
  /** Microseconds, with fractions: a fast link sends several packets in one. */
  busyUntil = 0
}

export interface NetemOptions {
  readonly clock: Clock
  readonly random: Random
  readonly sink: NetemSink
  readonly isEthernet: boolean
  readonly medium?: Medium
}

export class Netem {
  readonly spec: ImpairSpec
  private readonly options: NetemOptions
  private readonly clock: Clock
  private readonly sink: NetemSink
  private readonly medium: Medium
  private readonly queue = new DelayQueue()
  private readonly loss: Chance | GilbertElliottLoss
  private readonly duplicate: Chance
  private readonly corrupt: Chance
  private readonly corruptArp: Chance
  private readonly reorder: Chance
  private readonly plain: boolean
  private sinceReordered = 0
  private armedFor: Instant = NEVER
  private handle: TimerHandle = NO_TIMER
  /** Departures not yet over, oldest first: how many wait for the rate. */
  private readonly departures: number[] = []
  private departuresFrom = 0
  private readonly charged: DepartureCharges

  constructor(spec: ImpairSpec, options: NetemOptions) {
    const { random } = options
    this.spec = spec
    this.options = options
    this.clock = options.clock
    this.sink = options.sink
    this.medium = options.medium ?? new Medium()
    this.charged = new DepartureCharges(options.clock)
    this.loss = spec.gemodel === undefined
      ? new Chance(random, spec.loss, spec.lossCorrelation)
      : new GilbertElliottLoss(random, spec.gemodel)
    this.duplicate = new Chance(random, spec.duplicate)
    this.corrupt = new Chance(random, spec.corrupt)
    this.corruptArp = new Chance(random, spec.corruptArp)
    this.reorder = new Chance(random, spec.reorder)
    this.plain = onlyDelays(spec)
  }

  get length(): number { return this.queue.length }

  /** Takes ownership. What is lost on the way is told to the sink, not to the sender. */
  push(packet: Packet): void {
    const now = this.clock.now()
    packet.mark = 0
    if (this.spec.rateBitsPerSec === 0) packet.disown()
    if (this.plain) {
      const due = now + this.spec.delayUs as Instant
      this.queue.push(packet, due)
      if (due < this.armedFor) this.armAt(due)
      return
    }
    const isLost = this.loss.hit()
    const copy = this.duplicate.hit() ? packet.clone() : undefined
    if (isLost) this.discard(packet, 'impair-loss')
    else this.place(packet, now)
    if (copy !== undefined) this.place(copy, now)
    this.arm()
  }

  /** Releases what is under way. */
  close(): void {
    this.queue.clear()
    this.charged.clear()
    if (this.handle !== NO_TIMER) this.clock.cancel(this.handle)
    this.handle = NO_TIMER
    this.armedFor = NEVER
  }

  private place(packet: Packet, now: Instant): void {
    const { spec, options } = this
    if (this.corrupt.hit() && flipIpPayloadBit(packet, options.isEthernet, options.random)) packet.mark = DAMAGED
    if (this.corruptArp.hit() && flipArpBit(packet, options.isEthernet, options.random)) packet.mark = DAMAGED
    const waiting = spec.limitPackets > 0 || spec.markPackets > 0 ? this.waiting(now) : 0
    if (spec.limitPackets > 0 && waiting >= spec.limitPackets) {
      this.discard(packet, 'impair-queue-full')
      return
    }
    if (spec.markPackets > 0 && waiting >= spec.markPackets) markCongestion(packet, options.isEthernet)
    const leaves = this.departure(packet, now)
    this.sinceReordered++
    if (this.sinceReordered >= spec.reorderGap && this.reorder.hit()) {
      this.sinceReordered = 0
      this.queue.pushOutOfOrder(packet, spec.delayUs > 0 ? leaves : leaves + REORDER_HOLD_US as Instant)
    } else if (spec.jitterUs > 0) {
      this.queue.pushOutOfOrder(packet, leaves + Math.max(0, spec.delayUs + this.jitter()) as Instant)
    } else {
      this.queue.push(packet, leaves + spec.delayUs as Instant)
    }
  }

  /** When the last bit has left the sender: packets follow one another at the rate. */
  private departure(packet: Packet, now: Instant): Instant {
    const { rateBitsPerSec } = this.spec
    if (rateBitsPerSec === 0) return now
    const { medium } = this
    medium.busyUntil = Math.max(now, medium.busyUntil) + (packet.end - packet.start) * 8e6 / rateBitsPerSec
    if (this.spec.limitPackets > 0 || this.spec.markPackets > 0) this.departures.push(medium.busyUntil)
    const leaves = Math.ceil(medium.busyUntil) as Instant
    if (packet.owner !== undefined) this.charged.push(packet, leaves)
    return leaves
  }

  private waiting(now: Instant): number {
    if (this.spec.rateBitsPerSec === 0) return this.queue.length
    const { departures } = this
    while (this.departuresFrom < departures.length && departures[this.departuresFrom] <= now) this.departuresFrom++
    if (this.departuresFrom > 1024) {
      departures.splice(0, this.departuresFrom)
      this.departuresFrom = 0
    }
    return departures.length - this.departuresFrom
  }

  private jitter(): number {
    const { jitterUs, distribution } = this.spec
    const { random } = this.options
    return Math.round(jitterUs * (distribution === 'normal' ? normal(random) : random.float() * 2 - 1))
  }

  private discard(packet: Packet, reason: DropReason): void {
    this.sink.dropped(packet, reason)
    packet.release()
  }

  private arm(): void {
    const next = this.queue.nextAt()
    if (next < this.armedFor) this.armAt(next)
  }

  private armAt(next: Instant): void {
    if (this.handle !== NO_TIMER) this.clock.cancel(this.handle)
    this.armedFor = next
    this.handle = this.clock.at(next, this.run)
  }

  private readonly run = (): void => {
    this.handle = NO_TIMER
    this.armedFor = NEVER
    const now = this.clock.now()
    let count = 0
    for (let packet = this.queue.shiftDue(now); packet !== undefined; packet = this.queue.shiftDue(now)) {
      this.sink.arrive(packet, now)
      count++
    }
    if (count > 0) this.sink.endBatch()
    this.arm()
  }
}
