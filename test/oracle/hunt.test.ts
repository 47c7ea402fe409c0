// Hunts for differences with drawn sequences, when asked to: ORACLE_SEQUENCES says how many, ORACLE_SEED from which seed.
// Prints which errno of which call the sequences met, and the smallest sequence of the first difference.

import fc from 'fast-check'
import { expect, it } from 'vitest'
import { draws, written } from './generated.ts'
import { Judge, explain } from './judge.ts'
import { whyNoLinux } from './linux-kernel.ts'

const wanted = Number(process.env.ORACLE_SEQUENCES ?? 0)
const seed = Number(process.env.ORACLE_SEED ?? 1)
const reason = wanted === 0 ? 'ORACLE_SEQUENCES is not set' : whyNoLinux()

it.skipIf(reason !== undefined)(`${wanted} drawn sequences answer as on Linux`, async () => {
  const judge = new Judge()
  const met = new Map<string, number>()
  let explained = ''
  try {
    const run = await fc.check(fc.asyncProperty(draws, async drawn => {
      const verdict = await judge.compare(written(drawn))
      for (const [index, [, , call]] of verdict.scenario.steps.entries()) {
        const answer = verdict.linux.results[index]
        const cell = `${call} ${typeof answer === 'string' && /^E[A-Z0-9]+$/.test(answer) ? answer : 'ok'}`
        met.set(cell, (met.get(cell) ?? 0) + 1)
      }
      if (verdict.difference !== undefined) explained = explain(verdict)
      return verdict.difference === undefined
    }), { seed, numRuns: wanted, endOnFailure: false })
    console.log([...met].sort().map(([cell, count]) => `${cell.padEnd(32)}${count}`).join('\n'))
    if (run.failed) expect.fail(`seed ${seed}, after ${run.numRuns} sequences\n${explained}`)
  } finally {
    judge.close()
  }
}, 3_600_000)
