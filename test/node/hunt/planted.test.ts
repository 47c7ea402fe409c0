// The hunt is worth what it finds: each planted fault must make some drawn program end differently.

import { fileURLToPath } from 'node:url'
import { beforeAll, expect, it } from 'vitest'
import { buildIfStale } from '../../support/programs.ts'
import { drawnNet } from './draw-net.ts'
import { hunt } from './hunt.ts'

const PLANTED = fileURLToPath(new URL('planted.cjs', import.meta.url))
const FAULTS = ['a reset closes like any other end', 'bytes written are counted twice', 'the end of a server comes a tick late']

beforeAll(buildIfStale, 300_000)

it.each(FAULTS)('finds: %s', async name => {
  process.env.HUNT_PLANT = name
  try {
    const { found, played } = await hunt({ draw: drawnNet, seed: 'planted', count: 160, way: 'suite', most: 1, preload: PLANTED })
    console.log(`planted "${name}": found among the first ${played}`)
    expect(found.size).toBeGreaterThan(0)
  } finally {
    delete process.env.HUNT_PLANT
  }
}, 60_000)
