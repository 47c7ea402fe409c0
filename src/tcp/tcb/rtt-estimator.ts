// Round-trip estimation (RFC 9293 MUST-18; RFC 6298) with Linux's variance: the mean deviation's maximum over one round trip, floored at
// the minimum RTO, so that the RTO does not collapse on steady paths. All in microseconds, scaled as noted.

import type { SeqNumber } from '../../base/seq.ts'
import { ZERO_SEQ } from '../segment/zero-seq.ts'
import * as seq from '../../base/seq.ts'

export const RTO_MIN_US = 200_000
export const RTO_MAX_US = 120_000_000
/** RFC 6298 2.1, and 5.7: what a handshake without a measurement leaves behind. */
export const RTO_INITIAL_US = 1_000_000
const RTO_FALLBACK_US = 3_000_000

export class RttEstimator {
  /** Smoothed round trip times 8; 0 before the first sample. */
  srttUs8 = 0
  /** Mean deviation times 4, its maximum over the round trip, and the smoothed maximum. */
  mdevUs = 0
  mdevMaxUs = 0
  rttvarUs = 0
  roundEnd: SeqNumber = ZERO_SEQ
  rtoUs = RTO_INITIAL_US
  rtoMinUs = RTO_MIN_US
  rtoMaxUs = RTO_MAX_US
  /** Three smallest samples of the last window (Kathleen Nichols' filter). */
  minRtt: WindowedMin | undefined = undefined
  /** Karn's back-off: doublings of the RTO. */
  backoff = 0
}

/** A whole number, so that V8 keeps samples as whole numbers too. */
const NEVER_SAMPLED = 0x7fffffff

export class WindowedMin {
  /** Best, second and third best, each younger than the one before. */
  private value0 = NEVER_SAMPLED
  private value1 = NEVER_SAMPLED
  private value2 = NEVER_SAMPLED
  private at0 = 0
  private at1 = 0
  private at2 = 0

  get value(): number { return this.value0 }

  update(windowUs: number, at: number, value: number): void {
    if (value <= this.value0 || at - this.at2 > windowUs) {
      this.value0 = value
      this.at0 = at
      this.setSecond(value, at)
      return
    }
    if (value <= this.value1) this.setSecond(value, at)
    else if (value <= this.value2) this.setThird(value, at)
    this.age(windowUs, at, value)
  }

  private setSecond(value: number, at: number): void {
    this.value1 = value
    this.at1 = at
    this.setThird(value, at)
  }

  private setThird(value: number, at: number): void {
    this.value2 = value
    this.at2 = at
  }

  private age(windowUs: number, at: number, value: number): void {
    const elapsed = at - this.at0
    if (elapsed > windowUs) {
      this.shift(value, at)
      if (at - this.at0 > windowUs) this.shift(value, at)
    } else if (this.at1 === this.at0 && elapsed > windowUs / 4) {
      this.setSecond(value, at)
    } else if (this.at2 === this.at1 && elapsed > windowUs / 2) {
      this.setThird(value, at)
    }
  }

  private shift(value: number, at: number): void {
    this.value0 = this.value1
    this.at0 = this.at1
    this.value1 = this.value2
    this.at1 = this.at2
    this.setThird(value, at)
  }
}

/** RFC 6298 2.2, 2.3 and 2.3b, in Linux's fixed point. `una` and `nxt` mark the round. */
export function updateRtt(rtt: RttEstimator, sampleUs: number, una: SeqNumber, nxt: SeqNumber): void {
  let delta = Math.max(1, Math.floor(sampleUs))
  if (rtt.srttUs8 === 0) {
    rtt.srttUs8 = delta * 8
    rtt.mdevUs = delta * 2
    rtt.rttvarUs = Math.max(rtt.mdevUs, rtt.rtoMinUs)
    rtt.mdevMaxUs = rtt.rttvarUs
    rtt.roundEnd = nxt
    return
  }
  delta -= Math.floor(rtt.srttUs8 / 8)
  rtt.srttUs8 = Math.max(1, rtt.srttUs8 + delta)
  if (delta < 0) {
    delta = -delta
    delta -= Math.floor(rtt.mdevUs / 4)
    // A shorter round trip is no reason to wait longer: it counts for an eighth.
    if (delta > 0) delta = Math.floor(delta / 8)
  } else {
    delta -= Math.floor(rtt.mdevUs / 4)
  }
  rtt.mdevUs += delta
  if (rtt.mdevUs > rtt.mdevMaxUs) {
    rtt.mdevMaxUs = rtt.mdevUs
    if (rtt.mdevMaxUs > rtt.rttvarUs) rtt.rttvarUs = rtt.mdevMaxUs
  }
  if (seq.lt(rtt.roundEnd, una)) {
    if (rtt.mdevMaxUs < rtt.rttvarUs) rtt.rttvarUs -= Math.floor((rtt.rttvarUs - rtt.mdevMaxUs) / 4)
    rtt.roundEnd = nxt
    rtt.mdevMaxUs = rtt.rtoMinUs
  }
}

/** RFC 6298 2.3, 4: RTO = SRTT + 4 * RTTVAR, without back-off; RTTVAR never falls below the least time-out. */
export function setRto(rtt: RttEstimator): void {
  rtt.rtoUs = Math.min(Math.floor(rtt.srttUs8 / 8) + rtt.rttvarUs, rtt.rtoMaxUs)
}

/** RFC 6298 5.7: the SYN was repeated, perhaps too soon, and nothing was measured: data begins with a time-out of three seconds. */
export function fallBack(rtt: RttEstimator): void {
  rtt.rttvarUs = RTO_FALLBACK_US
  rtt.mdevUs = RTO_FALLBACK_US
  rtt.mdevMaxUs = RTO_FALLBACK_US
  rtt.rtoUs = RTO_FALLBACK_US
}
