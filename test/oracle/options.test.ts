// Every option number of Linux's lists on every kind of socket: fresh, set to 19 values and more, read after each. A supported
// option answers as Linux's does; one that is not answers as Linux answers for a number nobody knows.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Judge } from './judge.ts'
import { whyNoLinux } from './linux-kernel.ts'
import type { OptionEntry, OptionLevel } from './options/entry.ts'
import { OPTION_LEVELS } from './options/levels.ts'
import { NOBODYS_OPTION, SOCKET_KINDS, probe } from './options/probe.ts'

const missing = whyNoLinux()
/** How a mended difference is noticed. */
const HEALED = 'is equal by now: strike `differs` off its line'

function shape(answer: unknown, isVolatile: boolean | undefined): string {
  return isVolatile === true && typeof answer === 'string' && /^[0-9a-f]+$/.test(answer) ? `${answer.length / 2} bytes` : JSON.stringify(answer)
}

describe.skipIf(missing !== undefined)('options answer as Linux does', () => {
  let judge: Judge
  beforeAll(() => { judge = new Judge() })
  afterAll(() => { judge.close() })

  async function answersOfLinux(level: OptionLevel, entry: OptionEntry, kind: string): Promise<readonly unknown[]> {
    const { scenario, from } = probe(level, entry, kind)
    const { results, error } = await judge.linux.run(scenario, { warm: true })
    expect(error, 'Linux could not play this').toBeUndefined()
    return results.slice(from)
  }

  /** The first answer that differs, as a line to read. */
  async function difference(level: OptionLevel, entry: OptionEntry, kind: string, asEntry: OptionEntry): Promise<string | undefined> {
    const { scenario, from } = probe(level, entry, kind)
    const ours = (await judge.playOurs(scenario)).results.slice(from)
    const linux = await answersOfLinux(level, asEntry, kind)
    const at = linux.findIndex((each, index) => shape(each, entry.isVolatile) !== shape(ours[index], entry.isVolatile))
    if (at < 0) return undefined
    const [, , call, args] = scenario.steps[from + at]
    return `${kind}: ${call}(${JSON.stringify(args[3])}): ours ${JSON.stringify(ours[at])}, Linux ${JSON.stringify(linux[at])}`
  }

  for (const level of OPTION_LEVELS) {
    describe(level.name, () => {
      for (const entry of level.options) {
        it(entry.name, async () => {
          const differences: string[] = []
          for (const kind of SOCKET_KINDS.keys()) {
            const found = await difference(level, entry, kind, entry)
            if (found === undefined) continue
            const nobodys = { ...entry, id: NOBODYS_OPTION }
            const left = entry.unsupported === undefined ? found : await difference(level, entry, kind, nobodys)
            if (left !== undefined) differences.push(left)
          }
          if (entry.differs === undefined) expect(differences.join('\n')).toBe('')
          else expect(differences, HEALED).not.toEqual([])
        })
      }
    })
  }
})
