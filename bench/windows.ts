// How a rate looked in short windows. A neighbour on the same machine halves a processor's speed for seconds at a time: the
// median over all is what was got, the fastest tenth of the windows is what the code does when nobody disturbs it.

const WINDOW_MS = 25

export class Windows {
  private readonly rates: number[] = []
  private beganAt = 0
  private countThen = 0

  /** A round begins at `now` (ms) with nothing done. */
  begin(now: number): void {
    this.beganAt = now
    this.countThen = 0
  }

  /** `count` were done by `now`. */
  saw(now: number, count: number): void {
    const spent = now - this.beganAt
    if (spent < WINDOW_MS) return
    this.rates.push((count - this.countThen) / spent * 1000)
    this.beganAt = now
    this.countThen = count
  }

  clear(): void { this.rates.length = 0 }

  /** A second; undefined where there were too few windows to tell. */
  fastestTenth(): number | undefined {
    if (this.rates.length < 20) return undefined
    const sorted = [...this.rates].sort((a, b) => b - a)
    return sorted[Math.floor(sorted.length / 10)]
  }
}
