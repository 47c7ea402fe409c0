// Drawn sequences on both kernels: a few with the suite, ORACLE_SEQUENCES of them from ORACLE_SEED when asked. Prints which
// errno of which call they met, and the smallest sequence of each kind of difference.

import { writeFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { hunt, table } from './hunt.ts'
import { explain } from './judge.ts'
import { whyNoLinux } from './linux-kernel.ts'
import { memory } from './our-kernel.ts'

const wanted = Number(process.env.ORACLE_SEQUENCES ?? 150)
const seed = Number(process.env.ORACLE_SEED ?? 1)
const from = Number(process.env.ORACLE_FROM ?? 0)
const agents = Number(process.env.ORACLE_AGENTS ?? 2)
const reason = wanted === 0 ? 'ORACLE_SEQUENCES is 0' : whyNoLinux()

/** For whoever waits for many: one line a thousand or so. */
function progress(played: number, found: number): void {
  if (played % 1008 === 0) console.error(`${played} of ${wanted} sequences of seed ${seed}, ${found} kinds of differences`)
}

it.skipIf(reason !== undefined)(`${wanted} drawn sequences answer as on Linux`, async () => {
  const done = await hunt({ from, count: wanted, seed, agents, most: 20, progress, onFound: console.error })
  const [calls, cells] = [done.met.size, [...done.met.values()].reduce((sum, row) => sum + row.size, 0)]
  const summary = `${done.played} sequences of seed ${seed}, ${done.calls} calls, ${cells} pairs of ${calls} calls and their errnos, `
    + `${done.undecided} in which Linux itself wavers`
  if (process.env.ORACLE_SEQUENCES !== undefined) console.log(`${table(done.met)}\n${summary}`)
  if (process.env.ORACLE_REPORT !== undefined) {
    writeFileSync(process.env.ORACLE_REPORT, JSON.stringify({ summary, differences: done.found.size, table: table(done.met) }))
  }
  const found = [...new Set(done.found.values())]
  if (found.length > 0) expect.fail(`seed ${seed}: ${found.length} kinds of differences\n${found.map(explain).join('\n\n')}`)
  expect(memory.inUse, 'packets left behind').toBe(0)
}, 3_600_000)
