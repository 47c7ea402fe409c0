// Programs drawn by chance on Node's own `net` and `dgram` and on ours: a few with the suite, HUNT_PROGRAMS of them from HUNT_SEED when
// asked. What was found before stands in regressions.ts, as small as it became.

import { beforeAll, describe, expect, it } from 'vitest'
import { buildIfStale } from '../../support/programs.ts'
import { DRAWN } from './drawn.ts'
import { Judge, explain, hunt } from './hunt.ts'
import { REGRESSIONS } from './regressions.ts'
import type { Found } from './hunt.ts'
import type { Way } from './players.ts'

const asked = process.env.HUNT_PROGRAMS
const seed = process.env.HUNT_SEED ?? '1'
const from = Number(process.env.HUNT_FROM ?? 0)

beforeAll(buildIfStale, 300_000)

/** For whoever waits for many. */
function progress(played: number, wanted: number): void {
  if (wanted > 1000 && played % 1008 === 0) console.error(`${played} of ${wanted} programs of seed ${seed}`)
}

const WAYS: readonly (readonly [string, Way])[] = [['modules put in the place of Node\'s', 'suite'], ['a whole program', 'run']]

describe.each(WAYS)('%s', (_name, way) => {
  it.each(Object.entries(DRAWN))('drawn programs over %s see what they see on Node\'s own', async (name, { draw, count }) => {
    const wanted = Number(asked ?? count)
    const onFound = (found: Found): void => { console.error(explain(found)) }
    const done = await hunt({ draw, seed, from, count: wanted, way, most: 20, progress: played => { progress(played, wanted) }, onFound })
    if (asked !== undefined) {
      console.log(`${name}, ${way}: ${done.played} programs of seed ${seed}, ${done.lines} lines, ${done.undecided} in which Node itself wavers`)
    }
    const found = [...new Set(done.found.values())]
    if (found.length > 0) expect.fail(`seed ${seed}: ${found.length} kinds of differences\n${found.map(explain).join('\n\n')}`)
    expect(done.played).toBe(wanted)
    expect(done.undecided).toBeLessThan(wanted / 10 + 5)
  }, 3_600_000)

  it('what was found before stays found', async () => {
    const judge = new Judge(way)
    try {
      for (const [name, program] of Object.entries(REGRESSIONS)) {
        const difference = await judge.glance(program)
        const sure = difference === undefined ? undefined : await judge.confirm(program)
        expect.soft(sure, name).toBeUndefined()
      }
    } finally {
      judge.close()
    }
  }, 120_000)
})
