// `drill(name, { covers }, text)`: a packetdrill script as a test. The first line may be an opening such as
// `established(80) mss 1000`; `quiet`, `state = FIN-WAIT-2` and `cwnd = 10` are at hand beside packetdrill's own events.

import { test } from 'vitest'
import { hostBenches, runInline } from '../../src/entry/drill.ts'
import type { Family, Mode } from '../../src/entry/drill.ts'

export interface DrillOptions {
  /** The requirement it answers: `RFC 9293 MUST-40`, or several. */
  readonly covers?: string | readonly string[]
  readonly families?: readonly Family[]
  readonly mode?: Mode
  /** Known to fail, with the issue's number. */
  readonly failing?: string
}

const benches = hostBenches()

async function judge(name: string, text: string, family: Family, mode: Mode): Promise<void> {
  const finding = await runInline(name, text, { family, mode }, benches)
  if (finding.leakedPackets !== 0) throw new Error(`${finding.leakedPackets} packets leaked; ${finding.reason}`)
  if (finding.verdict !== 'pass') throw new Error([`${finding.verdict}: ${finding.reason}`, ...finding.report].join('\n'))
}

export function drill(name: string, options: DrillOptions, text: string): void {
  const covers = typeof options.covers === 'string' ? [options.covers] : options.covers ?? []
  const families = options.families ?? ['ipv4']
  for (const family of families) {
    const title = `${name}${families.length > 1 ? ` over ${family}` : ''}${covers.length === 0 ? '' : ` [${covers.join(', ')}]`}`
    const run = (): Promise<void> => judge(name, text, family, options.mode ?? 'exact')
    if (options.failing === undefined) test(title, run)
    else test.fails(title, run)
  }
}
