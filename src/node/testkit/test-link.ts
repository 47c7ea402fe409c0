// A cable of a world as tests handle it: impaired, cut, unplugged while everything runs.

import type { Instant } from '../../base/time.ts'
import type { Cable } from '../../link/cable.ts'
import type { CableSpec } from '../../sim/cable-options.ts'
import type { World } from '../../sim/world.ts'
import { durationMs } from './duration.ts'
import type { Duration } from './duration.ts'
import { judgeWith } from './test-packet.ts'
import type { PacketRule } from './test-packet.ts'

/** The text of docs/impair.md, or figures. */
export type LinkSpec = string | CableSpec

export function cableSpec(spec: LinkSpec): CableSpec { return typeof spec === 'string' ? spec.trim() === '' ? {} : { impair: spec } : spec }

export class TestLink {
  readonly cable: Cable
  readonly ends: readonly [string, string]
  private readonly world: World
  private readonly note: (what: string) => void

  constructor(world: World, cable: Cable, note: (what: string) => void) {
    this.world = world
    this.cable = cable
    this.ends = [cable.a.env.host, cable.b.env.host]
    this.note = note
  }

  get name(): string { return this.ends.join(' - ') }

  /** Another impairment from now on: 'rate 1mbit', 'loss 20%', '' for none. It replaces the one before. */
  set(spec: LinkSpec): this {
    this.world.impair(this.cable, cableSpec(spec))
    this.note(`link ${this.name}: ${typeof spec === 'string' ? spec === '' ? 'no impairment' : spec : JSON.stringify(spec)}`)
    return this
  }

  /** The plug is pulled: both ends are told by their cards, routes over it fail at once. */
  down(): this { return this.carrier(false) }
  up(): this { return this.carrier(true) }

  private carrier(carrier: boolean): this {
    this.cable.setCarrier(carrier)
    this.note(`link ${this.name} is ${carrier ? 'up' : 'down'}`)
    return this
  }

  /** Whatever is sent is lost, and nobody is told. */
  blackhole(isOne: boolean = true): this {
    this.cable.partitioned = isOne
    this.note(`link ${this.name} ${isOne ? 'swallows everything' : 'carries again'}`)
    return this
  }

  /** Judges every packet on this link, which carries wire packets from then on. Returns what lifts the rule. */
  rule(rule: PacketRule): () => void { return this.world.rule(this.cable, judgeWith(rule, this.cable.a.medium === 'ethernet')) }

  /** Goes down and comes up again, so many times, beginning now. */
  flap(times: number, down: Duration, up: Duration): this {
    let at = this.world.now()
    for (let i = 0; i < times; i++) {
      this.world.clock.at(at, () => { this.down() })
      at = at + durationMs(down) * 1000 as Instant
      this.world.clock.at(at, () => { this.up() })
      at = at + durationMs(up) * 1000 as Instant
    }
    return this
  }
}
