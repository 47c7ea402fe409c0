import { describe, expect, it } from 'vitest'
import { AckSample, CongestionWindow, INFINITE_SSTHRESH } from './congestion-control.ts'
import { HystartPlusPlus } from './hystart-plus-plus.ts'

const SMSS = 1000

/** A flow of whole rounds: each acknowledges `window` segments one by one, every ACK with the given round trip. */
function flow(): { window: CongestionWindow, exit: HystartPlusPlus, round: (rttUs: number, acks?: number) => void } {
  const window = new CongestionWindow()
  window.resize(SMSS)
  window.cwndSegs = 16
  const exit = new HystartPlusPlus()
  exit.reset(0, 16 * SMSS)
  let una = 0
  let nxt = 16 * SMSS
  const round = (rttUs: number, acks: number = window.cwndSegs): void => {
    for (let i = 0; i < acks; i++) {
      const sample = new AckSample()
      una += SMSS
      Object.assign(sample, { rttUs, una, nxt, ackedSegs: 1 })
      exit.onRtt(window, sample)
      exit.grow(window, 1)
      nxt = una + window.cwnd
    }
  }
  return { window, exit, round }
}

describe('HyStart++ (RFC 9406)', () => {
  it('leaves slow start alone while the round trip stays', () => {
    const { window, exit, round } = flow()
    for (let i = 0; i < 5; i++) round(40_000)
    expect(exit.isConservative).toBe(false)
    expect(window.cwndSegs).toBe(16 * 32)
    expect(window.ssthresh).toBe(INFINITE_SSTHRESH)
  })

  it('grows by a quarter of the pace when the round trip grew by an eighth, and ends after five rounds of it', () => {
    const { window, exit, round } = flow()
    round(40_000)
    round(40_000)
    const before = window.cwndSegs
    round(46_000)
    expect(exit.isConservative).toBe(true)
    expect(window.cwndSegs).toBeLessThan(before * 1.4)
    for (let i = 0; i < 6; i++) round(46_000)
    expect(window.ssthresh).toBeLessThanOrEqual(window.cwnd)
    expect(window.inSlowStart).toBe(false)
  })

  it('an eighth of a short round trip is too little: four milliseconds it must be', () => {
    const { exit, round } = flow()
    round(8000)
    round(8000)
    round(11_900)
    expect(exit.isConservative).toBe(false)
    round(16_000)
    expect(exit.isConservative).toBe(true)
  })

  it('goes back to slow start when the round trip is short again', () => {
    const { window, exit, round } = flow()
    round(40_000)
    round(40_000)
    round(46_000)
    expect(exit.isConservative).toBe(true)
    round(40_000, 2 * window.cwndSegs)
    expect(exit.isConservative).toBe(false)
    expect(window.ssthresh).toBe(INFINITE_SSTHRESH)
  })

  it('is for the first slow start only', () => {
    const { window, exit, round } = flow()
    window.ssthreshSegs = 1000
    round(40_000)
    round(40_000)
    round(80_000)
    expect(exit.isConservative).toBe(false)
  })
})
