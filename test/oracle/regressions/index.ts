// What the hunt found: the smallest sequence of each fault, as it came out of the shrinking, under the name of the fault.
// One file each: { "steps": [process, symbol, call, arguments][] }.

import { readFileSync, readdirSync } from 'node:fs'
import type { Scenario } from '../scenario.ts'

const FOLDER = new URL('.', import.meta.url)

export const REGRESSIONS: readonly Scenario[] = readdirSync(FOLDER).filter(each => each.endsWith('.json')).sort().map(file => ({
  name: `found: ${file.slice(0, -5).replaceAll('-', ' ')}`,
  steps: (JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8')) as { steps: Scenario['steps'] }).steps,
}))
