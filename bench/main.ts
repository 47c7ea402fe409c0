// `npm run bench`: everything side by side in one run. --json prints rows for machines, --only NAME runs one part,
// --seconds N sets how long each measurement takes.

import { cpus, release } from 'node:os'
import { parseArgs } from 'node:util'
import { facade } from './facade.ts'
import { raiseInliningBudget } from '../src/node/inlining-budget.ts'
import { inProcess } from './in-process.ts'
import { micro } from './micro.ts'
import { holds, printSections } from './result.ts'
import type { Section } from './result.ts'
import { tap } from './tap.ts'

const PARTS: Readonly<Record<string, (seconds: number) => Promise<Section>>> = { tap, 'in-process': inProcess, 'node': facade, micro }

const { values } = parseArgs({
  options: { json: { type: 'boolean' }, only: { type: 'string', multiple: true }, seconds: { type: 'string', default: '3' }, help: { type: 'boolean' } },
})
if (values.help === true) {
  console.log(`npm run bench -- [--json] [--seconds N] [--only ${Object.keys(PARTS).join('|')}] ...`)
  process.exit(0)
}
const wanted = values.only ?? Object.keys(PARTS)
const unknown = wanted.find(name => !(name in PARTS))
const seconds = Number(values.seconds)
if (unknown !== undefined || !(seconds > 0)) {
  console.error(unknown === undefined ? `bench: --seconds ${values.seconds}: must be above 0` : `bench: there is no part called ${unknown}`)
  process.exit(2)
}

// As the programs of `sockeye` do.
raiseInliningBudget()
const sections: Section[] = []
for (const name of wanted) {
  const section = await PARTS[name](seconds)
  sections.push(section)
  if (values.json !== true) console.log(`${printSections([section])}\n`)
}
const machine = { node: process.version, kernel: release(), cpus: cpus().length, cpu: cpus()[0]?.model ?? '' }
if (values.json === true) console.log(JSON.stringify({ machine, sections }, undefined, 2))
else console.log(`on ${machine.cpus} x ${machine.cpu}, Linux ${machine.kernel}, Node ${machine.node}`)
const missed = sections.flatMap(each => each.rows).filter(row => !('skipped' in row) && holds(row) === false)
process.exit(missed.length > 0 ? 1 : 0)
