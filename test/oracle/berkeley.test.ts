// Every hand-written scenario on both kernels. Known differences stand in docs/compatibility.md; here they are listed by
// name so that one that heals is noticed.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Judge, explain } from './judge.ts'
import { whyNoLinux } from './linux-kernel.ts'
import { memory } from './our-kernel.ts'
import { KNOWN_DIFFERENCES } from './known-differences.ts'
import { REGRESSIONS } from './regressions/index.ts'
import { ALL_SCENARIOS } from './scenarios/index.ts'

const missing = whyNoLinux()
if (missing !== undefined) console.log(`test/oracle is skipped: ${missing}`)

describe.skipIf(missing !== undefined)('sockets answer as Linux does', () => {
  let judge: Judge
  beforeAll(() => { judge = new Judge() })
  afterAll(() => { judge.close() })

  for (const scenario of [...ALL_SCENARIOS, ...REGRESSIONS]) {
    it(scenario.name, async () => {
      const verdict = await judge.compare(scenario)
      expect(verdict.linux.error, 'Linux could not play this scenario').toBeUndefined()
      if (KNOWN_DIFFERENCES.has(scenario.name)) {
        expect(verdict.difference, 'is equal by now: strike it from the list of known differences').toBeDefined()
      } else if (verdict.difference !== undefined) expect.fail(explain(verdict))
    })
  }

  it('leaves no packet behind', () => { expect(memory.inUse).toBe(0) })
})
