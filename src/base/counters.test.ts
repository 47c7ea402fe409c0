import { expect, it } from 'vitest'
import { Counters } from './counters.ts'

it('counters start at zero, and a snapshot stands still', () => {
  const counters = new Counters(['InSegs', 'OutSegs'])
  counters.increment('InSegs')
  counters.increment('InSegs', 4)
  counters.values.OutSegs++
  const before = counters.snapshot()
  counters.increment('OutSegs')
  expect(before).toEqual({ InSegs: 5, OutSegs: 1 })
  expect(counters.get('OutSegs')).toBe(2)
})
