import { expect, test } from 'vitest'
import { AckSample, CongestionWindow } from './congestion-control.ts'
import { Hystart } from './hystart.ts'

const SMSS = 1000

/** An even train of ACKs in slow start, each later than the one before by `stepUs`; the window when the delay ends it. */
function exitWindow(iss: number, stepUs: number): number {
  const window = new CongestionWindow()
  window.resize(SMSS)
  window.cwndSegs = 10
  const exit = new Hystart()
  exit.reset(0, undefined)
  let una = iss
  let nxt = (iss + 10 * SMSS) | 0
  for (let i = 1; i < 100 && window.inSlowStart; i++) {
    const sample = new AckSample()
    una = (una + 2 * SMSS) | 0
    Object.assign(sample, { now: 100_000 + i * 100_000, rttUs: 100_000 + i * stepUs, una, nxt, ackedSegs: 2 })
    exit.onRtt(window, sample, 100_000)
    exit.grow(window, 2)
    nxt = (una + window.cwnd) | 0
  }
  return window.cwndSegs
}

test('classic HyStart ends slow start alike whatever the initial sequence number', () => {
  const windows = [0, 1, 0x7fffff00, -0x7fffff00, -5].map(iss => exitWindow(iss, 50_000))
  expect(new Set(windows)).toEqual(new Set([windows[0]]))
  expect(windows[0]).toBeLessThan(100)
})

test('a train of ACKs that the path may have gathered is no sign', () => {
  const window = new CongestionWindow()
  window.resize(SMSS)
  window.cwndSegs = 20
  const exit = new Hystart()
  const ack = (now: number, rate: number): boolean => {
    const sample = new AckSample()
    Object.assign(sample, { now, rttUs: 1000, una: now, nxt: 1_000_000, ackedSegs: 1, rate })
    exit.onRtt(window, sample, 1000)
    return window.inSlowStart
  }
  exit.reset(0, undefined)
  ack(1, 260_000_000) // four super-segments a millisecond
  expect(ack(900, 260_000_000)).toBe(true)
  expect(ack(1100, 260_000_000)).toBe(false)
})
