// The oracle is worth what it finds: each planted fault must make some drawn sequence, or else some scenario, end differently
// from Linux where the sound kernel does not. Linux is asked once.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { generated } from './generated.ts'
import { Judge, firstDifference } from './judge.ts'
import { KNOWN_DIFFERENCES } from './known-differences.ts'
import { whyNoLinux } from './linux-kernel.ts'
import type { Answers } from './our-kernel.ts'
import { PLANTED_BUGS } from './planted-bugs.ts'
import { REGRESSIONS } from './regressions/index.ts'
import { ALL_SCENARIOS } from './scenarios/index.ts'
import type { Scenario } from './scenario.ts'

const DRAWN = Number(process.env.ORACLE_PLANTED_SEQUENCES ?? 250)
const SEED = 7

describe.skipIf(whyNoLinux() !== undefined)('every planted fault is found', () => {
  let judge: Judge
  const sound: { scenario: Scenario, linux: Answers }[] = []

  beforeAll(async () => {
    judge = new Judge(2)
    const drawn = Array.from({ length: DRAWN }, (_, index) => generated(SEED, index))
    const written = [...REGRESSIONS, ...ALL_SCENARIOS.filter(each => !KNOWN_DIFFERENCES.has(each.name))]
    for (const scenario of [...drawn, ...written]) {
      const ours = await judge.playOurs(scenario)
      let linux = await judge.linux.run(scenario, { warm: true })
      // A busy machine delivers late: then once more, patiently.
      if (firstDifference(scenario, ours, linux) !== undefined) linux = await judge.linux.run(scenario, { patient: true })
      if (firstDifference(scenario, ours, linux) === undefined) sound.push({ scenario, linux })
    }
  }, 300_000)
  afterAll(() => { judge.close() })

  it('on a kernel that is sound without it', () => {
    expect(sound.length).toBeGreaterThan(DRAWN)
    expect(PLANTED_BUGS.length).toBeGreaterThanOrEqual(20)
  })

  for (const bug of PLANTED_BUGS) {
    it(bug.name, async () => {
      const takeOut = bug.plant()
      try {
        for (const [index, { scenario, linux }] of sound.entries()) {
          if (firstDifference(scenario, await judge.playOurs(scenario), linux) === undefined) continue
          console.log(`planted "${bug.name}": found by ${scenario.name}, the ${index + 1}th asked`)
          return
        }
      } finally {
        takeOut()
      }
      expect.fail(`nothing among ${sound.length} scenarios showed it`)
    }, 300_000)
  }
})
