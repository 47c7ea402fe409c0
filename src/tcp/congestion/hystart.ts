// Classic HyStart as Linux's CUBIC runs it by default: slow start ends early when a train of closely spaced ACKs lasts
// half the shortest round trip, or when the round trip grows by an eighth. (HyStart++, RFC 9406, is another module.)

const LOW_WINDOW_SEGS = 16
const MIN_SAMPLES = 8
const ACK_SPACING_US = 2000
const DELAY_MIN_US = 4000
const DELAY_MAX_US = 16000

export class Hystart {
  /** Instants and durations in microseconds. */
  roundStart = 0
  lastAck = 0
  endSeq = 0
  private currentRtt = 0
  private sampleCount = 0
  found = false

  reset(now: number, nxt: number): void {
    this.roundStart = now
    this.lastAck = now
    this.endSeq = nxt
    this.currentRtt = 0x7fffffff
    this.sampleCount = 0
  }

  /** Answers true when slow start should end here. */
  sample(now: number, una: number, nxt: number, cwndSegs: number, rttUs: number, minRttUs: number, isPaced: boolean): boolean {
    if (((una - this.endSeq) | 0) > 0) this.reset(now, nxt)
    if (cwndSegs < LOW_WINDOW_SEGS || this.found) return false
    if (now - this.lastAck <= ACK_SPACING_US) {
      this.lastAck = now
      // Unpaced, a train of ACKs lasts as long as the window took to send: half the round trip is the sign.
      if (now - this.roundStart > (isPaced ? minRttUs : minRttUs / 2)) {
        this.found = true
        return true
      }
    }
    if (rttUs < this.currentRtt) this.currentRtt = rttUs
    if (this.sampleCount < MIN_SAMPLES) {
      this.sampleCount++
      return false
    }
    const slack = Math.min(Math.max(minRttUs / 8, DELAY_MIN_US), DELAY_MAX_US)
    if (this.currentRtt > minRttUs + slack) this.found = true
    return this.found
  }
}
