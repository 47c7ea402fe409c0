import { describe, expect, it } from 'vitest'
import { add, seqOf } from '../../base/seq.ts'
import { RttEstimator, setRto, updateRtt } from './rtt-estimator.ts'

const MS = 1000

/** Feeds samples, one a round trip; answers the estimator with its time-out set. */
function after(...samplesMs: readonly number[]): RttEstimator {
  const rtt = new RttEstimator()
  let una = seqOf(1)
  for (const sample of samplesMs) {
    una = add(una, 1000)
    updateRtt(rtt, sample * MS, una, una)
    setRto(rtt)
  }
  return rtt
}

const srttMs = (rtt: RttEstimator): number => rtt.srttUs8 / 8 / MS

describe('the round-trip estimator', () => {
  it('takes the first sample R as SRTT, R/2 as RTTVAR, and SRTT + 4 RTTVAR as RTO [RFC 6298 2.2]', () => {
    const rtt = after(800)
    expect([srttMs(rtt), rtt.rttvarUs / 4 / MS, rtt.rtoUs / MS]).toEqual([800, 400, 800 + 4 * 400])
  })

  it('moves SRTT by an eighth and the deviation by a quarter [RFC 6298 2.3]', () => {
    const rtt = after(800, 1600)
    expect(srttMs(rtt)).toBeCloseTo(7 / 8 * 800 + 1 / 8 * 1600)
    // mdev is kept times four: 3/4 of 400 and 1/4 of |1600 - 800|.
    expect(rtt.mdevUs / 4 / MS).toBeCloseTo(3 / 4 * 400 + 1 / 4 * 800)
    expect(rtt.rtoUs / MS).toBeCloseTo(900 + 4 * 500)
    const calm = after(...new Array<number>(200).fill(500))
    expect(srttMs(calm)).toBeCloseTo(500, 0)
  })

  it('keeps the time-out above SRTT however steady the path: a variance of nothing counts as the least time-out [RFC 6298 4]', () => {
    for (const steady of [0.01, 1, 50, 1000]) {
      const rtt = after(...new Array<number>(500).fill(steady))
      expect(rtt.rtoUs).toBeGreaterThanOrEqual(rtt.srttUs8 / 8 + 190 * MS)
    }
  })

  it('stops at two minutes [RFC 6298 2.5]', () => {
    expect(after(100_000).rtoUs).toBe(120_000 * MS)
  })
})
