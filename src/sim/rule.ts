// Rules of a world: a function looks at each packet on a cable and lets it pass, drops, delays, doubles or changes it. For
// tests that need one certain packet lost, not one in a hundred.

import { ms } from '../base/time.ts'
import type { Clock } from '../base/clock.ts'
import type { Instant } from '../base/time.ts'
import type { Cable, CableDevice, CableFilter, CableVerdict } from '../link/cable.ts'
import { NO_OFFLOADS } from '../link/net-device.ts'
import type { Packet } from '../wire/packet.ts'
import { describeFrame } from '../wire/print/ethernet.ts'

/** A packet under judgement. `bytes` is the packet itself: what a rule writes there travels on. */
export interface RuleFrame {
  readonly at: Instant
  /** Host (or switch) that sent it, and the one it goes to. */
  readonly from: string
  readonly to: string
  readonly bytes: Uint8Array
  /** As tcpdump would print it. */
  readonly line: string
  /** How many packets this cable carried in this direction before. */
  readonly index: number
}

/** Nothing said means pass: the next rule is asked. */
export type Verdict = 'pass' | 'drop' | 'duplicate' | { readonly delayMs: number } | undefined

export type Rule = (frame: RuleFrame) => Verdict

class JudgedFrame implements RuleFrame {
  readonly at: Instant
  readonly index: number
  private readonly packet: Packet
  private readonly device: CableDevice

  constructor(packet: Packet, device: CableDevice, at: Instant, index: number) {
    this.packet = packet
    this.device = device
    this.at = at
    this.index = index
  }

  get from(): string { return this.device.env.host }
  get to(): string { return this.device.peer.env.host }
  get bytes(): Uint8Array { return this.packet.memory.u8.subarray(this.packet.start, this.packet.end) }
  get line(): string { return describeFrame(this.packet.memory.u8, this.packet.start, this.packet.length, { medium: this.device.medium }) }
}

export class CableRules implements CableFilter {
  private readonly clock: Clock
  private readonly cable: Cable
  private rules: readonly Rule[] = []
  private readonly counts = { there: 0, back: 0 }

  constructor(clock: Clock, cable: Cable) {
    this.clock = clock
    this.cable = cable
    cable.filter = this
    cable.a.features = NO_OFFLOADS
    cable.b.features = NO_OFFLOADS
  }

  add(rule: Rule): () => void {
    this.rules = [...this.rules, rule]
    return () => { this.rules = this.rules.filter(each => each !== rule) }
  }

  judge(packet: Packet, from: CableDevice, now: Instant): CableVerdict {
    const side = from === this.cable.a ? 'there' : 'back'
    const frame = new JudgedFrame(packet, from, now, this.counts[side])
    this.counts[side]++
    for (const rule of this.rules) {
      const verdict = rule(frame)
      if (verdict !== undefined) return this.carryOut(verdict, packet, from, now)
    }
    return 'pass'
  }

  private carryOut(verdict: NonNullable<Verdict>, packet: Packet, from: CableDevice, now: Instant): CableVerdict {
    if (verdict === 'pass') return 'pass'
    if (verdict === 'drop') return 'rule'
    if (verdict === 'duplicate') {
      const copy = packet.clone()
      if (copy !== undefined) from.netem.push(copy)
      return 'pass'
    }
    this.clock.at(now + ms(verdict.delayMs) as Instant, () => {
      if (this.cable.partitioned) packet.release()
      else from.netem.push(packet)
    })
    return 'taken'
  }
}
