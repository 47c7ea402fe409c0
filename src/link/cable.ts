// A simulated cable between two devices: full duplex, half duplex or simplex (row A3), each direction impaired by a spec
// of its own. Ethernet cables pad short frames to 60 bytes and carry a frame check sequence, so that damage is found
// and counted at the far end (rows B1, B4); without one the transport checksum must find it. A cable that only delays
// passes super-segments as they are unless it is `wireExact`.

import type { MacAddress } from '../base/address/mac.ts'
import type { Clock } from '../base/clock.ts'
import type { DropReason } from '../base/drop-reason.ts'
import type { Random } from '../base/random.ts'
import type { Instant } from '../base/time.ts'
import { GSO_NONE } from '../wire/packet.ts'
import type { Packet } from '../wire/packet.ts'
import { handUp } from './hand-up.ts'
import { noImpairment, onlyDelays } from './impair-spec.ts'
import type { ImpairSpec } from './impair-spec.ts'
import { ALL_OFFLOADS, NetDevice, NO_OFFLOADS } from './net-device.ts'
import { DAMAGED, Medium, Netem } from './queue/netem.ts'
import type { NetemSink } from './queue/netem.ts'
import { reportDrop } from './report-drop.ts'
import type { LinkEnvironment } from './report-drop.ts'

/** Ethernet's shortest frame without its check sequence. */
const MIN_FRAME_BYTES = 60
/** Ethernet header and one 802.1Q tag may come on top of the MTU. */
const LINK_HEADER_BYTES = 18

/** What a rule does to one packet on its way (sim/rule.ts). `taken`: the rule owns it now. */
export type CableVerdict = 'pass' | 'taken' | DropReason

export interface CableFilter {
  judge(packet: Packet, from: CableDevice, now: Instant): CableVerdict
}

export interface CableEnd {
  readonly name: string
  readonly address: MacAddress | undefined
  /** For the trace: the host this end is in. */
  readonly env: LinkEnvironment
}

export interface CableOptions {
  readonly clock: Clock
  /** One stream of chance a direction. */
  readonly random: readonly [Random, Random]
  readonly ends: readonly [CableEnd, CableEnd]
  readonly medium?: 'ethernet' | 'ip'
  readonly mtu?: number
  /** From the first end to the second, and back. */
  readonly impair?: readonly [ImpairSpec, ImpairSpec]
  /** `simplex` carries from the first end to the second only. Half duplex makes packets wait for the other side's, at `rate`. */
  readonly duplex?: 'full' | 'half' | 'simplex'
  /** Default true on Ethernet. */
  readonly frameCheckSequence?: boolean
  readonly wireExact?: boolean
}

export class CableDevice extends NetDevice implements NetemSink {
  readonly env: LinkEnvironment
  /** What leaves by this end; made by the cable. */
  netem!: Netem
  peer!: CableDevice
  readonly cable: Cable
  readonly maySend: boolean

  constructor(cable: Cable, end: CableEnd, maySend: boolean, options: CableOptions) {
    super(end.name, options.medium ?? 'ethernet', options.mtu ?? 1500, end.address, NO_OFFLOADS)
    this.cable = cable
    this.env = end.env
    this.maySend = maySend
  }

  override send(packet: Packet): DropReason | undefined {
    const isEthernet = this.medium === 'ethernet'
    if (packet.gsoType === GSO_NONE && packet.end - packet.start > this.mtu + (isEthernet ? LINK_HEADER_BYTES : 0)) {
      packet.release()
      return 'frame-too-long'
    }
    if (isEthernet && packet.end - packet.start < MIN_FRAME_BYTES) pad(packet)
    const reason = this.cable.refusal(this)
    if (reason !== undefined) return this.lose(packet, reason)
    const { filter } = this.cable
    if (filter !== undefined) {
      const verdict = filter.judge(packet, this, this.env.now())
      if (verdict === 'taken') return undefined
      if (verdict !== 'pass') return this.lose(packet, verdict)
    }
    this.netem.push(packet)
    return undefined
  }

  /** The far end takes what was due. */
  arrive(packet: Packet, now: Instant): void {
    const { peer } = this
    if (packet.mark === DAMAGED && this.cable.frameCheckSequence) {
      peer.counters.rxErrors++
      reportDrop(peer.env, peer.name, 'in', packet, 'frame-check-sequence')
      packet.release()
      return
    }
    handUp(peer, packet, now)
  }

  endBatch(): void { this.peer.receiver?.endBatch(this.peer) }

  dropped(packet: Packet, reason: DropReason): void { reportDrop(this.env, this.name, 'out', packet, reason) }

  override close(): void { this.cable.close() }

  /** Lost under way: the sender is not told. */
  private lose(packet: Packet, reason: DropReason): undefined {
    this.dropped(packet, reason)
    packet.release()
    return undefined
  }
}

export class Cable {
  readonly a: CableDevice
  readonly b: CableDevice
  readonly frameCheckSequence: boolean
  filter: CableFilter | undefined
  /** Cut without either end noticing: whatever is sent is lost. */
  partitioned = false
  private readonly options: CableOptions
  private readonly shared: Medium | undefined
  /** Queues of earlier impairments whose packets are still under way. */
  private retired: Netem[] = []

  constructor(options: CableOptions) {
    this.options = options
    const [endA, endB] = options.ends
    const duplex = options.duplex ?? 'full'
    this.frameCheckSequence = options.frameCheckSequence ?? options.medium !== 'ip'
    this.a = new CableDevice(this, endA, true, options)
    this.b = new CableDevice(this, endB, duplex !== 'simplex', options)
    this.a.peer = this.b
    this.b.peer = this.a
    this.shared = duplex === 'half' ? new Medium() : undefined
    this.plugBoth(options.impair ?? [noImpairment(), noImpairment()], options.random)
  }

  /** Other impairments from now on, with chance of their own; what is under way arrives as it would have. */
  impair(specs: readonly [ImpairSpec, ImpairSpec], random: readonly [Random, Random]): void {
    this.retired = [...this.retired, this.a.netem, this.b.netem].filter(each => each.length > 0)
    const wasCut = this.filter !== undefined
    this.plugBoth(specs, random)
    if (wasCut) this.a.features = this.b.features = NO_OFFLOADS
  }

  private plugBoth([there, back]: readonly [ImpairSpec, ImpairSpec], random: readonly [Random, Random]): void {
    this.plug(this.a, there, random[0])
    this.plug(this.b, back, random[1])
  }

  refusal(from: CableDevice): DropReason | undefined {
    if (!from.maySend) return 'link-direction'
    return this.partitioned ? 'link-partitioned' : undefined
  }

  /** Takes the carrier from both ends, or gives it back; both stacks are told. */
  setCarrier(carrier: boolean): void {
    for (const end of [this.a, this.b]) {
      if (end.carrier === carrier) continue
      end.carrier = carrier
      end.receiver?.linkChanged?.(end)
    }
  }

  /** Packets under way. */
  get inFlight(): number { return [...this.retired, this.a.netem, this.b.netem].reduce((sum, each) => sum + each.length, 0) }

  /** Releases what is under way. */
  close(): void {
    this.partitioned = true
    for (const each of [...this.retired, this.a.netem, this.b.netem]) each.close()
  }

  private plug(end: CableDevice, spec: ImpairSpec, random: Random): void {
    const { options: { clock, wireExact }, shared: medium } = this
    end.netem = new Netem(spec, { clock, random, sink: end, isEthernet: end.medium === 'ethernet', ...(medium && { medium }) })
    end.features = wireExact === true || !onlyDelays(spec) ? NO_OFFLOADS : ALL_OFFLOADS
  }
}

/** Zeros behind the packet; they change no checksum, and IP trims them by its total length. */
function pad(packet: Packet): void {
  const missing = MIN_FRAME_BYTES - (packet.end - packet.start)
  const at = packet.put(missing)
  packet.memory.u8.fill(0, at, at + missing)
}
