// packetdrill's published scripts, from a checkout outside this repository: `SOCKEYE_PKT_ROOT` has one folder a corpus,
// `SOCKEYE_PKT_LISTS` the lists of names. Only scripts on a list are opened. Without the two nothing runs here.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { familiesOf, hostBenches, runSource } from '../../src/entry/drill.ts'
import { CORPORA } from './expected.ts'
import type { Corpus } from './expected.ts'

const root = process.env.SOCKEYE_PKT_ROOT
const lists = process.env.SOCKEYE_PKT_LISTS
const benches = hostBenches()

function names(list: string): string[] {
  return readFileSync(join(lists ?? '', list), 'utf8').split('\n').map(each => each.trim()).filter(each => each !== '')
}

/** Whether a script that does not pass is nobody's fault: Linux fails it too, or a reason stands in expected.ts. */
function excused({ yardstick, notExpected }: Corpus, name: string, family: string): boolean {
  if (notExpected[name] !== undefined) return true
  const list = yardstick?.[family]
  return list !== undefined && !names(list).includes(name)
}

for (const corpus of CORPORA) {
  describe.skipIf(root === undefined || lists === undefined)(`${corpus.folder} (a checkout: SOCKEYE_PKT_ROOT, SOCKEYE_PKT_LISTS)`, () => {
    const scripts = root === undefined || lists === undefined ? ['no checkout given'] : names(corpus.list)
    test.each(scripts)('%s', async (name) => {
      const source = { name, text: readFileSync(join(root ?? '', corpus.folder, name), 'utf8') }
      const options = corpus.families === undefined ? {} : { families: corpus.families }
      for (const family of familiesOf(source, options)) {
        const finding = await runSource(source, { family, mode: corpus.mode }, benches)
        if (finding.verdict === 'fail' && !excused(corpus, name, family)) expect.fail([`${family}: ${finding.reason}`, ...finding.report].join('\n'))
        expect(finding.leakedPackets).toBe(0)
      }
    })
  })
}
