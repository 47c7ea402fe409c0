import { describe, expect, it } from 'vitest'
import { AckSample, CongestionWindow } from './congestion-control.ts'
import { Cubic } from './cubic.ts'
import { HystartPlusPlus } from './hystart-plus-plus.ts'
import { PLAIN_SLOW_START } from './slow-start-exit.ts'

const SECOND = 1_000_000
const RTT = 100_000

/** A flow that fills its window, one ACK for each round trip's segments in turn. */
class Flow {
  readonly window = new CongestionWindow()
  readonly cubic = new Cubic(PLAIN_SLOW_START)
  readonly sample = new AckSample()
  now = 1000 * SECOND

  constructor(cwndSegs: number) {
    this.window.smss = 1000
    this.window.cwndSegs = cwndSegs
    this.window.isCwndLimited = true
    this.cubic.start(this.window, this.now)
  }

  lose(): void {
    this.window.ssthreshSegs = this.cubic.ssthreshSegs(this.window)
    this.window.cwndSegs = this.window.ssthreshSegs
  }

  /** Runs for `us`, acknowledging segment by segment. */
  run(us: number, rttUs: number = RTT): this {
    const end = this.now + us
    while (this.now < end) {
      const gap = rttUs / this.window.cwndSegs
      this.now += gap
      Object.assign(this.sample, { now: Math.floor(this.now), ackedSegs: 1, rttUs })
      this.cubic.onPacketsAcked(this.window, this.sample)
      this.cubic.onAck(this.window, this.sample)
    }
    return this
  }

  get cwnd(): number { return this.window.cwndSegs }
}

/** RFC 9438 4.2 with its own constants. */
function cubicWindow(t: number, max: number, start: number): number {
  const k = Math.cbrt((max - start) / 0.4)
  return 0.4 * (t - k) ** 3 + max
}

describe('CUBIC', () => {
  it('leaves 0.7 of the window after a loss, two segments at least [RFC 9438 4.6, 4.6b, 4.1]', () => {
    for (const [before, left] of [[100, 70], [1000, 700], [10, 7], [3, 2], [2, 2], [1, 2]]) {
      const flow = new Flow(before)
      flow.lose()
      expect([before, flow.cwnd]).toEqual([before, left])
    }
  })

  it('follows the cubic of the time since the loss, with C = 0.4 [RFC 9438 4.2, 4.1]', () => {
    const flow = new Flow(1000)
    flow.lose()
    flow.run(10_000)
    for (let second = 1; second <= 20; second++) {
      flow.run(SECOND - (second === 1 ? 10_000 : 0))
      // The minimum delay is added: the target of one round trip ahead.
      const expected = cubicWindow(second + 0.1, 1000, 700)
      expect(Math.abs(flow.cwnd - expected) / expected).toBeLessThan(0.03)
    }
  })

  it('grows slower and slower below the old maximum, faster and faster above it [RFC 9438 4.4, 4.5]', () => {
    const flow = new Flow(1000)
    flow.lose()
    const growth: number[] = []
    for (let i = 0; i < 16; i++) {
      const before = flow.cwnd
      flow.run(SECOND)
      growth.push(flow.cwnd - before)
    }
    const k = Math.cbrt(300 / 0.4)
    for (let i = 1; i < Math.floor(k); i++) expect(growth[i]).toBeLessThanOrEqual(growth[i - 1])
    for (let i = Math.ceil(k) + 1; i < 16; i++) expect(growth[i]).toBeGreaterThanOrEqual(growth[i - 1])
  })

  it('grows by no more than half in a round trip [RFC 9438 4.5]', () => {
    const flow = new Flow(100)
    flow.lose()
    flow.run(20 * SECOND)
    const before = flow.cwnd
    flow.run(RTT)
    expect(flow.cwnd).toBeLessThanOrEqual(before * 1.5 + 1)
  })

  it('is never slower than Reno with the same decrease: 3 (1 - beta) / (1 + beta) segments a round trip [RFC 9438 4.3]', () => {
    const flow = new Flow(20)
    flow.lose()
    const start = flow.cwnd
    const rounds = 200
    const shortRtt = 1000
    flow.run(rounds * shortRtt, shortRtt)
    const alpha = 3 * (1 - 0.7) / (1 + 0.7)
    expect(flow.cwnd).toBeGreaterThanOrEqual(start + alpha * rounds * 0.85)
    expect(flow.cwnd).toBeLessThanOrEqual(start + alpha * rounds * 1.15)
  })

  it('converges fast: who lost ground since the last loss aims lower [RFC 9438 4.7]', () => {
    const flow = new Flow(1000)
    flow.lose()
    flow.lose()
    // Wmax is not 700 but 700 (1 + 0.7) / 2 = 595: after K the window is there.
    flow.run(Math.cbrt((595 - flow.cwnd) / 0.4) * SECOND)
    expect(Math.abs(flow.cwnd - 595)).toBeLessThan(15)
  })

  it('does not count time without data, and a window that is not used does not grow [RFC 9438 4.2a, 4.6c]', () => {
    const flow = new Flow(1000)
    flow.lose()
    flow.run(2 * SECOND)
    const before = flow.cwnd
    const sentAt = flow.now
    flow.now += 60 * SECOND
    flow.cubic.onEvent(flow.window, 'tx-start', Math.floor(flow.now), Math.floor(sentAt))
    flow.run(RTT)
    expect(flow.cwnd).toBeLessThan(before + 40)
    // Nor does a window that is not used grow.
    flow.window.isCwndLimited = false
    const idle = flow.cwnd
    flow.run(5 * SECOND)
    expect(flow.cwnd).toBe(idle)
  })

  it('after a time-out slow-starts to 0.7 of the window [RFC 9438 4.8, 4.10]', () => {
    const flow = new Flow(100)
    flow.window.ssthreshSegs = flow.cubic.ssthreshSegs(flow.window)
    flow.cubic.onState(flow.window, 'loss')
    flow.window.cwndSegs = 1
    expect(flow.window.ssthreshSegs).toBe(70)
    for (let round = 0; round < 6; round++) flow.run(RTT)
    expect(flow.cwnd).toBeGreaterThanOrEqual(60)
    flow.run(2 * RTT)
    expect(flow.cwnd).toBeLessThan(90)
  })

  it('goes back to the window before a reduction that was mistaken [RFC 9438 4.9]', () => {
    const flow = new Flow(100)
    flow.window.priorCwnd = flow.window.cwnd
    flow.lose()
    expect(flow.cubic.undoCwndSegs(flow.window)).toBe(100)
  })

  it('but not where the window has outgrown it since [RFC 9438 4.9.2]', () => {
    const flow = new Flow(100)
    flow.window.priorCwnd = flow.window.cwnd
    flow.lose()
    flow.window.cwndSegs = 130
    expect(flow.cubic.undoCwndSegs(flow.window)).toBe(130)
  })

  it('leaves its first slow start by HyStart++ [RFC 9438 4.10a]', () => {
    expect(new Cubic()).toHaveProperty('slowStartExit', expect.any(HystartPlusPlus))
  })
})
