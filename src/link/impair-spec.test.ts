import { describe, expect, it } from 'vitest'
import { noImpairment, parseImpair } from './impair-spec.ts'

function plan(text: string) {
  const parsed = parseImpair(text)
  if (typeof parsed === 'string') throw new Error(parsed)
  return parsed
}

describe('the impairment text', () => {
  it('holds per direction unless prefixed', () => {
    const parsed = plan('delay 20ms loss 1% reorder 1% duplicate 1% corrupt 0.5% rate 50mbit limit 100 in:loss 2% out:delay 5ms seed 7')
    const common = { ...noImpairment(), reorder: 0.01, duplicate: 0.01, corrupt: 0.005, rateBitsPerSec: 50e6, limitPackets: 100 }
    expect(parsed).toEqual({ in: { ...common, delayUs: 20_000, loss: 0.02 }, out: { ...common, delayUs: 5000, loss: 0.01 }, seed: 7 })
  })

  it('takes jitter, correlation, distribution, gap, damage to ARP and the Gilbert-Elliott model', () => {
    const { in: spec } = plan('delay 100ms 10ms distribution normal loss 5% 25% reorder 2% gap 5 corrupt arp 1%')
    expect(spec).toMatchObject({
      delayUs: 100_000, jitterUs: 10_000, distribution: 'normal', loss: 0.05, lossCorrelation: 0.25, reorder: 0.02, reorderGap: 5, corruptArp: 0.01, corrupt: 0,
    })
    expect(plan('loss gemodel 1% 10% 70% 0.1%').out.gemodel).toEqual({ toBad: 0.01, toGood: 0.1, lossInBad: 0.7, lossInGood: 0.001 })
    expect(plan('loss gemodel 2%').out.gemodel).toEqual({ toBad: 0.02, toGood: 0.98, lossInBad: 1, lossInGood: 0 })
  })

  it.each([
    ['', 'impair: nothing was asked for; try "delay 20ms loss 1%"'],
    ['delay', 'impair: "delay" needs a time such as 20ms'],
    ['delay fast', 'impair: "delay" needs a time such as 20ms, not "fast"'],
    ['loss 120%', 'impair: "loss" needs a percentage, not "120%"'],
    ['in:rate 0', 'impair: "in:rate" needs a rate such as 50mbit, not "0"'],
    ['limit many', 'impair: "limit" needs a number of packets, not "many"'],
  ])('refuses %j', (text, sentence) => { expect(parseImpair(text)).toBe(sentence) })

  it('names what it knows when it does not know a word', () => {
    expect(parseImpair('lag 5ms')).toMatch(/^impair: "lag" is not understood; known are delay, jitter/)
    expect(parseImpair('up:loss 5%')).toMatch(/^impair: "up:loss" is not understood/)
  })
})
