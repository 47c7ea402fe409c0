// Issue 3: connections opened and closed with random loss leave no sock, timer or packet behind. `npm run evidence -- tcp` runs 100,000.

import { expect, it } from 'vitest'
import { connectionStorm } from '../../evidence/support/connection-storm.mjs'
import { parseIp } from '../../src/base/address/ip.ts'
import * as posix from '../../src/base/posix.ts'
import { World } from '../../src/sim/world.ts'

it.each([1, 2])('2,000 connections in every way of closing, seed %i, leave nothing behind', async seed => {
  const storm = await connectionStorm({ ...posix, parseIp, World }, { count: 2000, seed })
  const { waiting, before, after, packets, leaks, tally, dropped } = storm
  expect(waiting).toMatchObject({ socks: 16, connections: 0, timeWaits: 0, orphans: 0, ports: 16 })
  expect(after).toEqual(before)
  expect(packets).toBe(0)
  expect(leaks).toEqual([])
  expect(dropped).toBeGreaterThan(100)
  expect(tally.connected + tally.failed + tally.givenUp).toBe(2000)
  expect(tally.connected).toBeGreaterThan(1900)
})
