// What a link does to the packets on it, in figures (Linux: tc-netem), and the one parser of its text form that every
// command and every cable uses (docs/impair.md). Wrong text is answered with a sentence, not thrown.

export interface ImpairSpec {
  delayUs: number
  jitterUs: number
  /** How `jitterUs` spreads: evenly over ±jitter, or as a bell with that standard deviation. */
  distribution: 'uniform' | 'normal'
  /** Probabilities are 0..1; correlation says how much each draw follows the last one. */
  loss: number
  lossCorrelation: number
  /** Gilbert-Elliott: two states with a loss rate each. */
  gemodel: GilbertElliott | undefined
  reorder: number
  /** Only every gap-th packet may be reordered. */
  reorderGap: number
  duplicate: number
  corrupt: number
  corruptArp: number
  /** 0: no limit. */
  rateBitsPerSec: number
  /** Packets that may wait for the rate (or, without a rate, be under way). 0: no limit. */
  limitPackets: number
  /** An ECN-capable packet that finds as many waiting is marked CE (RFC 3168; DCTCP's threshold K). 0: none is. */
  markPackets: number
}

export interface GilbertElliott {
  /** Chance to go from good to bad, and from bad to good, per packet. */
  readonly toBad: number
  readonly toGood: number
  readonly lossInBad: number
  readonly lossInGood: number
}

/** One spec a direction, seen from the stack that asked. */
export interface ImpairPlan {
  readonly in: ImpairSpec
  readonly out: ImpairSpec
  readonly seed: number | undefined
}

export function noImpairment(): ImpairSpec {
  return {
    delayUs: 0, jitterUs: 0, distribution: 'uniform', loss: 0, lossCorrelation: 0, gemodel: undefined, reorder: 0, reorderGap: 1,
    duplicate: 0, corrupt: 0, corruptArp: 0, rateBitsPerSec: 0, limitPackets: 0, markPackets: 0,
  }
}

/** True when the spec at most delays: whole super-segments may then pass as they are. */
export function onlyDelays(spec: ImpairSpec): boolean {
  return spec.loss === 0 && spec.gemodel === undefined && spec.reorder === 0 && spec.duplicate === 0 && spec.corrupt === 0
    && spec.corruptArp === 0 && spec.rateBitsPerSec === 0 && spec.limitPackets === 0 && spec.markPackets === 0 && spec.jitterUs === 0
}

const TIME_UNITS: Readonly<Record<string, number>> = { us: 1, usec: 1, ms: 1000, msec: 1000, s: 1e6, sec: 1e6 }
const RATE_UNITS: Readonly<Record<string, number>> = {
  bit: 1, kbit: 1e3, mbit: 1e6, gbit: 1e9, bps: 8, kbps: 8e3, mbps: 8e6, gbps: 8e9,
}

/** Microseconds of '20ms', '1.5s', '300us'; a bare number is milliseconds. */
export function parseTime(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([a-z]*)$/i.exec(text)
  if (match === null) return undefined
  const unit = match[2] === '' ? 1000 : TIME_UNITS[match[2].toLowerCase()]
  return unit === undefined ? undefined : Math.round(Number(match[1]) * unit)
}

/** Bits a second of '50mbit', '1.5gbit', '10kbps' (bytes); a bare number is bits. */
export function parseRate(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([a-z]*)$/i.exec(text)
  if (match === null) return undefined
  const unit = match[2] === '' ? 1 : RATE_UNITS[match[2].toLowerCase()]
  const rate = unit === undefined ? 0 : Number(match[1]) * unit
  return rate > 0 ? rate : undefined
}

/** 0..1 of '5%' or '5'. */
export function parsePercent(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)%?$/.exec(text)
  if (match === null) return undefined
  const share = Number(match[1]) / 100
  return share <= 1 ? share : undefined
}

const WORDS: readonly string[] = ['delay', 'jitter', 'distribution', 'loss', 'reorder', 'gap', 'duplicate', 'corrupt', 'rate', 'limit', 'mark', 'seed']

/** Answers the plan, or a sentence that says what is wrong with which word. */
export function parseImpair(text: string): ImpairPlan | string {
  const words = text.trim().split(/\s+/).filter(word => word !== '')
  return words.length === 0 ? 'impair: nothing was asked for; try "delay 20ms loss 1%"' : new ImpairParser(words).parse()
}

class ImpairParser {
  private readonly words: readonly string[]
  private at = 0
  private keyword = ''
  private readonly plan = { in: noImpairment(), out: noImpairment(), seed: undefined as number | undefined }

  constructor(words: readonly string[]) { this.words = words }

  parse(): ImpairPlan | string {
    while (this.at < this.words.length) {
      const word = this.words[this.at]
      const [, side, keyword] = /^(?:(in|out):)?(.*)$/.exec(word) ?? []
      if (!WORDS.includes(keyword)) return this.unknown(word)
      this.at++
      this.keyword = word
      const wrong = this.clause(keyword, side === undefined ? [this.plan.in, this.plan.out] : [this.plan[side as 'in' | 'out']])
      if (wrong !== undefined) return wrong
    }
    return this.plan
  }

  private clause(keyword: string, specs: readonly ImpairSpec[]): string | undefined {
    switch (keyword) {
      case 'delay': return this.delay(specs)
      case 'loss': return this.loss(specs)
      case 'corrupt': return this.corrupt(specs)
      case 'jitter': return this.value('a time such as 5ms', parseTime, jitterUs => each(specs, { jitterUs }))
      case 'duplicate': return this.value('a percentage', parsePercent, duplicate => each(specs, { duplicate }))
      case 'reorder': return this.value('a percentage', parsePercent, reorder => each(specs, { reorder }))
      case 'gap': return this.value('a whole number', parseCount, reorderGap => each(specs, { reorderGap }))
      case 'rate': return this.value('a rate such as 50mbit', parseRate, rateBitsPerSec => each(specs, { rateBitsPerSec }))
      case 'limit': return this.value('a number of packets', parseCount, limitPackets => each(specs, { limitPackets }))
      case 'mark': return this.value('a number of packets', parseCount, markPackets => each(specs, { markPackets }))
      case 'seed': return this.value('a whole number', parseCount, seed => { this.plan.seed = seed })
      default: return this.value('uniform or normal', asDistribution, distribution => each(specs, { distribution }))
    }
  }

  private delay(specs: readonly ImpairSpec[]): string | undefined {
    const wrong = this.value('a time such as 20ms', parseTime, delayUs => each(specs, { delayUs }))
    if (wrong !== undefined) return wrong
    this.optional(parseTime, jitterUs => each(specs, { jitterUs }))
    return undefined
  }

  private loss(specs: readonly ImpairSpec[]): string | undefined {
    if (this.words[this.at] === 'gemodel') {
      this.at++
      return this.gemodel(specs)
    }
    const wrong = this.value('a percentage', parsePercent, loss => each(specs, { loss }))
    if (wrong !== undefined) return wrong
    this.optional(parsePercent, lossCorrelation => each(specs, { lossCorrelation }))
    return undefined
  }

  /** `gemodel P [R [1-H [1-K]]]` as tc writes it: to bad, to good (default 1-P), loss in bad (default 100%), in good (0). */
  private gemodel(specs: readonly ImpairSpec[]): string | undefined {
    let toBad = 0
    const wrong = this.value('a percentage', parsePercent, share => { toBad = share })
    if (wrong !== undefined) return wrong
    let [toGood, lossInBad, lossInGood] = [1 - toBad, 1, 0]
    if (this.optional(parsePercent, share => { toGood = share }) && this.optional(parsePercent, share => { lossInBad = share })) {
      this.optional(parsePercent, share => { lossInGood = share })
    }
    each(specs, { gemodel: { toBad, toGood, lossInBad, lossInGood } })
    return undefined
  }

  private corrupt(specs: readonly ImpairSpec[]): string | undefined {
    if (this.words[this.at] !== 'arp') return this.value('a percentage', parsePercent, corrupt => each(specs, { corrupt }))
    this.at++
    return this.value('a percentage', parsePercent, corruptArp => each(specs, { corruptArp }))
  }

  private value<T>(what: string, read: (text: string) => T | undefined, store: (value: T) => void): string | undefined {
    const word = this.words.at(this.at)
    if (word === undefined) return `impair: "${this.keyword}" needs ${what}`
    const value = read(word)
    if (value === undefined) return `impair: "${this.keyword}" needs ${what}, not "${word}"`
    this.at++
    store(value)
    return undefined
  }

  private optional<T>(read: (text: string) => T | undefined, store: (value: T) => void): boolean {
    const word = this.words.at(this.at)
    const value = word === undefined ? undefined : read(word)
    if (value === undefined) return false
    this.at++
    store(value)
    return true
  }

  private unknown(word: string): string {
    return `impair: "${word}" is not understood; known are ${WORDS.join(', ')}, each with in: or out: before it if meant for one direction`
  }
}

function each(specs: readonly ImpairSpec[], change: Partial<ImpairSpec>): void {
  for (const spec of specs) Object.assign(spec, change)
}

function parseCount(text: string): number | undefined { return /^[1-9]\d{0,8}$|^0$/.test(text) ? Number(text) : undefined }

function asDistribution(text: string): 'uniform' | 'normal' | undefined {
  return text === 'uniform' || text === 'normal' ? text : undefined
}
