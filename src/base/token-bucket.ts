// A token bucket: so many a second, with a burst. For rate limits of answers (ICMP errors, challenge ACKs).

import type { Instant } from './time.ts'

export class TokenBucket {
  private readonly ratePerSec: number
  private readonly burst: number
  private tokens: number
  private filledAt: number

  constructor(ratePerSec: number, burst: number, now: Instant) {
    this.ratePerSec = ratePerSec
    this.burst = burst
    this.tokens = burst
    this.filledAt = now
  }

  /** Takes `n` tokens if they are there. */
  take(n: number, now: Instant): boolean {
    this.tokens = Math.min(this.burst, this.tokens + (now - this.filledAt) / 1_000_000 * this.ratePerSec)
    this.filledAt = now
    if (this.tokens < n) return false
    this.tokens -= n
    return true
  }
}
