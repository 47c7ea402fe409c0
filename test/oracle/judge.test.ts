// The judge itself: what it takes for equal, and what not.

import { expect, it } from 'vitest'
import { AF_INET, SOCK_DGRAM, SOCK_STREAM } from '../../src/base/posix.ts'
import { firstDifference } from './judge.ts'
import { scenario } from './scenario.ts'

const name = (port: number): string => `0200${port.toString(16)}7f0000010000000000000000`

const twoSockets = scenario('a socket of TCP and one of UDP', p => {
  const [tcp, udp] = [p.socket(AF_INET, SOCK_STREAM), p.socket(AF_INET, SOCK_DGRAM)]
  p.port(tcp)
  p.port(udp)
})

it('a port of TCP and the same of UDP are different things', () => {
  expect(firstDifference(twoSockets, { results: [3, 4, name(40_000), name(40_000)] }, { results: [3, 4, name(50_000), name(50_001)] }))
    .toBeUndefined()
})

it('one port of TCP is one thing', () => {
  const named = scenario('a name asked twice', p => {
    const tcp = p.socket(AF_INET, SOCK_STREAM)
    p.port(tcp)
    p.port(tcp)
  })
  expect(firstDifference(named, { results: [3, name(40_000), name(40_000)] }, { results: [3, name(50_000), name(50_001)] }))
    .toMatchObject({ step: 2 })
})
