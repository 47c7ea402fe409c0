// Draws for an impairment queue: independent, correlated (tc-netem's get_crandom) and the two-state Gilbert-Elliott
// process. A chance of zero draws nothing, so that switching one impairment on does not shift the others' luck.

import type { Random } from '../../base/random.ts'
import type { GilbertElliott } from '../impair-spec.ts'

/** Mean 0, standard deviation 1 (Box-Muller). */
export function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.float()))
  return radius * Math.cos(2 * Math.PI * random.float())
}

export class Chance {
  private readonly random: Random
  private readonly share: number
  private readonly correlation: number
  private last = 0

  constructor(random: Random, share: number, correlation: number = 0) {
    this.random = random
    this.share = share
    this.correlation = correlation
    if (correlation > 0) this.last = random.float()
  }

  hit(): boolean {
    if (this.share === 0) return false
    const drawn = this.random.float()
    if (this.correlation === 0) return drawn < this.share
    this.last = drawn * (1 - this.correlation) + this.last * this.correlation
    return this.last < this.share
  }
}

export class GilbertElliottLoss {
  private readonly random: Random
  private readonly model: GilbertElliott
  private isBad = false

  constructor(random: Random, model: GilbertElliott) {
    this.random = random
    this.model = model
  }

  hit(): boolean {
    const { model, random } = this
    if (random.float() < (this.isBad ? model.toGood : model.toBad)) this.isBad = !this.isBad
    return random.float() < (this.isBad ? model.lossInBad : model.lossInGood)
  }
}
