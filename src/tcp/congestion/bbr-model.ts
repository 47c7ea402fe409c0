// What BBR believes about its path (draft-ietf-ccwg-bbr 5.5): the bandwidth and the round-trip time of the bottleneck, and
// how much data it held when it lost some. Bandwidths in segments a microsecond, times in microseconds.

import type { AckSample } from './congestion-control.ts'

/** What the sample saw delivered, segments a microsecond; 0 when it saw nothing. */
export function bandwidthOf(sample: AckSample): number {
  return sample.deliveredSegs > 0 && sample.intervalUs > 0 ? sample.deliveredSegs / sample.intervalUs : 0
}

const FULL_BANDWIDTH_GROWTH = 1.25
const FULL_BANDWIDTH_ROUNDS = 3

/** Has the bandwidth stopped growing: three rounds without a quarter more (5.3.1.2). */
export class Plateau {
  private bandwidth = 0
  private rounds = 0
  isReached = false

  restart(bandwidth: number): void {
    this.bandwidth = bandwidth
    this.rounds = 0
    this.isReached = false
  }

  update(sample: AckSample, isRoundStart: boolean): void {
    if (this.isReached || sample.isAppLimited) return
    const seen = bandwidthOf(sample)
    if (seen >= this.bandwidth * FULL_BANDWIDTH_GROWTH) {
      this.restart(seen)
      return
    }
    if (!isRoundStart) return
    this.rounds++
    this.isReached = this.rounds >= FULL_BANDWIDTH_ROUNDS
  }
}

/** Largest of the last two cycles of bandwidth probing. */
export class MaxBandwidth {
  private current = 0
  private previous = 0

  get value(): number { return Math.max(this.current, this.previous) }
  note(bandwidth: number): void { this.current = Math.max(this.current, bandwidth) }

  /** A probing cycle is over (5.5.6). */
  advance(): void {
    if (this.current === 0) return
    this.previous = this.current
    this.current = 0
  }
}

const MIN_RTT_FILTER_US = 10_000_000
const PROBE_RTT_INTERVAL_US = 5_000_000

/** Least round trip of the last ten seconds, looked for afresh every five (5.3.4.3). */
export class MinRtt {
  valueUs = Infinity
  private stampedAt = 0
  private probeUs = Infinity
  private probeStampedAt = 0
  /** The five seconds are over: drain the queue and look. */
  probeExpired = false

  start(now: number): void {
    this.stampedAt = now
    this.probeStampedAt = now
  }

  update(sample: AckSample): void {
    const { now, rttUs } = sample
    this.probeExpired = now > this.probeStampedAt + PROBE_RTT_INTERVAL_US
    if (rttUs >= 0 && (rttUs < this.probeUs || this.probeExpired)) {
      this.probeUs = rttUs
      this.probeStampedAt = now
    }
    const expired = now > this.stampedAt + MIN_RTT_FILTER_US
    if (this.probeUs < this.valueUs || expired) {
      this.valueUs = this.probeUs
      this.stampedAt = this.probeStampedAt
    }
  }

  /** ProbeRTT has just measured. */
  renew(now: number): void {
    this.probeStampedAt = now
    this.probeExpired = false
  }
}

/** How much more than expected one round's ACKs deliver: aggregation that the window must cover (5.5.9). */
export class ExtraAcked {
  private intervalAt = 0
  private delivered = 0
  private readonly perRound: number[] = []
  private roundMax = 0

  get value(): number { return Math.max(this.roundMax, ...this.perRound) }

  start(now: number): void { this.intervalAt = now }

  update(sample: AckSample, bandwidth: number, cwndSegs: number): void {
    let expected = bandwidth * (sample.now - this.intervalAt)
    if (this.delivered <= expected) {
      this.delivered = 0
      this.intervalAt = sample.now
      expected = 0
    }
    this.delivered += sample.ackedSegs
    this.roundMax = Math.max(this.roundMax, Math.min(this.delivered - expected, cwndSegs))
  }

  onRound(rounds: number): void {
    this.perRound.push(this.roundMax)
    this.roundMax = 0
    while (this.perRound.length > rounds) this.perRound.shift()
  }
}

/** Counts round trips of the flow: a round is over when a segment sent after its start is acknowledged (5.5.1). */
export class Rounds {
  count = 0
  started = false
  private nextDelivered = 0

  update(sample: AckSample): void {
    this.started = sample.deliveredSegs >= 0 && sample.priorDelivered >= this.nextDelivered
    if (!this.started) return
    this.nextDelivered = sample.delivered
    this.count++
  }

  /** Begin a new round now. */
  restart(delivered: number): void { this.nextDelivered = delivered }
}
