// How a test or a program describes a cable: figures or the words that `--impair` takes, for both directions or for one.

import { noImpairment, parseImpair, parsePercent, parseRate, parseTime } from '../link/impair-spec.ts'
import type { GilbertElliott, ImpairSpec } from '../link/impair-spec.ts'

export interface Impairment {
  /** Milliseconds, or text such as '300us'. */
  readonly delay?: number | string
  readonly jitter?: number | string
  readonly distribution?: 'uniform' | 'normal'
  /** Shares of packets, 0..1, or text such as '5%'. */
  readonly loss?: number | string
  readonly reorder?: number | string
  readonly duplicate?: number | string
  readonly corrupt?: number | string
  readonly corruptArp?: number | string
  readonly gemodel?: GilbertElliott
  /** Bits a second, or text such as '10mbit'. */
  readonly rate?: number | string
  /** Packets that may wait. */
  readonly limit?: number
  /** ECN-capable packets that find as many waiting are marked CE. */
  readonly mark?: number
}

export interface CableSpec extends Impairment {
  /** The text form, docs/impair.md; `out:` is from the first end to the second. The fields beside it change it further. */
  readonly impair?: string
  /** For the direction from the first end to the second only, and for the way back only. */
  readonly there?: Impairment
  readonly back?: Impairment
  readonly duplex?: 'full' | 'half' | 'simplex'
  readonly mtu?: number
  readonly medium?: 'ethernet' | 'ip'
  /** MTU-sized packets with finished checksums only. */
  readonly wireExact?: boolean
  readonly frameCheckSequence?: boolean
  /** Gathers arriving segments of a flow into super-segments, as a network card's GRO does. */
  readonly coalesce?: boolean
  /** Addresses with prefix length for the first end and the second. */
  readonly addresses?: readonly [string | readonly string[], string | readonly string[]]
  readonly names?: readonly [string, string]
}

/** Throws a RangeError for figures that make no sense: a world is written by its programmer. */
export function impairmentsOf(spec: CableSpec): [ImpairSpec, ImpairSpec] {
  const plan = spec.impair === undefined ? { in: noImpairment(), out: noImpairment() } : parseImpair(spec.impair)
  if (typeof plan === 'string') throw new RangeError(plan)
  return [apply(apply(plan.out, spec), spec.there ?? {}), apply(apply(plan.in, spec), spec.back ?? {})]
}

function apply(base: ImpairSpec, wanted: Impairment): ImpairSpec {
  const spec = { ...base }
  if (wanted.delay !== undefined) spec.delayUs = time(wanted.delay, 'delay')
  if (wanted.jitter !== undefined) spec.jitterUs = time(wanted.jitter, 'jitter')
  if (wanted.distribution !== undefined) spec.distribution = wanted.distribution
  if (wanted.loss !== undefined) spec.loss = share(wanted.loss, 'loss')
  if (wanted.reorder !== undefined) spec.reorder = share(wanted.reorder, 'reorder')
  if (wanted.duplicate !== undefined) spec.duplicate = share(wanted.duplicate, 'duplicate')
  if (wanted.corrupt !== undefined) spec.corrupt = share(wanted.corrupt, 'corrupt')
  if (wanted.corruptArp !== undefined) spec.corruptArp = share(wanted.corruptArp, 'corruptArp')
  if (wanted.gemodel !== undefined) spec.gemodel = wanted.gemodel
  if (wanted.rate !== undefined) spec.rateBitsPerSec = checked(parseRate(String(wanted.rate)), 'rate', wanted.rate)
  if (wanted.limit !== undefined) spec.limitPackets = wanted.limit
  if (wanted.mark !== undefined) spec.markPackets = wanted.mark
  return spec
}

function time(value: number | string, what: string): number {
  return checked(typeof value === 'number' ? value >= 0 ? Math.round(value * 1000) : undefined : parseTime(value), what, value)
}

function share(value: number | string, what: string): number {
  return checked(typeof value === 'number' ? value >= 0 && value <= 1 ? value : undefined : parsePercent(value), what, value)
}

function checked(value: number | undefined, what: string, given: number | string): number {
  if (value === undefined) throw new RangeError(`cable: ${what} cannot be ${given}`)
  return value
}
