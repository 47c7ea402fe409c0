// The hunt: drawn sequences on both kernels, many on their way to Linux at once. Each difference that Linux repeats is
// shrunk to the fewest calls that show it; one of each kind is kept. Counts which errno of which call was met.

import { generated } from './generated.ts'
import { Judge, firstDifference } from './judge.ts'
import type { Difference, Verdict } from './judge.ts'
import type { Scenario } from './scenario.ts'

const AHEAD = 48

export interface Hunt {
  readonly played: number
  readonly calls: number
  /** How often Linux itself answered otherwise when asked again. */
  readonly undecided: number
  readonly found: ReadonlyMap<string, Verdict>
  /** Call, then errno (or ok), then how often. */
  readonly met: ReadonlyMap<string, ReadonlyMap<string, number>>
}

export interface HuntOptions {
  readonly from?: number
  readonly count: number
  readonly seed: number
  readonly agents?: number
  /** Kinds of differences after which the hunt ends. */
  readonly most?: number
  readonly sysctls?: Readonly<Record<string, string>>
  readonly progress?: (played: number, found: number) => void
  /** Told of each kind of difference as it is found, before it is shrunk. */
  readonly onFound?: (line: string) => void
}

function outcome(answer: unknown): string { return typeof answer === 'string' && /^E[A-Z0-9]+$/.test(answer) ? answer : 'ok' }

/** Differences of one kind look alike: the call, and what both said where they differ, without the numbers in it. */
export function kindOf(scenario: Scenario, { step, ours, linux }: Difference): string {
  const [, , call, args] = scenario.steps[step] ?? ['', '', 'the end', []]
  const [mine, theirs] = whereTheyDiffer(ours, linux)
  return `${call === 'start' ? `start ${String(args[0])}` : call}: ours ${plain(mine)}, Linux ${plain(theirs)}`
}

function whereTheyDiffer(ours: string, linux: string): [string, string] {
  if (!ours.startsWith('[') || !linux.startsWith('[')) return [ours, linux]
  const [a, b] = [ours, linux].map(each => JSON.parse(each) as unknown[])
  // A count in front follows from what comes behind it.
  const at = a.findIndex((each, index) => (index > 0 || a.length === 1) && JSON.stringify(each) !== JSON.stringify(b[index]))
  return at < 0 ? [ours, linux] : [JSON.stringify(a[at]), JSON.stringify(b[at]) ?? 'nothing']
}

function plain(text: string): string {
  return text.split('\n')[0].replace(/\(port \d+\)/g, 'port').replace(/"([A-Z]{2,})"/g, (whole, each: string) =>
    /^E[A-Z0-9]+$/.test(each) ? whole : 'data').slice(0, 60)
}

class Tally {
  readonly met = new Map<string, Map<string, number>>()
  calls = 0

  count(scenario: Scenario, results: readonly unknown[]): void {
    for (const [index, [, , name, args]] of scenario.steps.entries()) {
      if (name === 'result' || name === 'fork') continue
      const call = name === 'start' ? String(args[0]) : name
      const answer = name === 'start' && results[index] === null ? this.sleeperOf(scenario, index, results) : results[index]
      const row = this.met.get(call) ?? new Map<string, number>()
      this.met.set(call, row)
      row.set(outcome(answer), (row.get(outcome(answer)) ?? 0) + 1)
      this.calls++
    }
  }

  private sleeperOf(scenario: Scenario, index: number, results: readonly unknown[]): unknown {
    const save = scenario.steps[index][1]
    const asked = scenario.steps.findIndex(([, , call, args]) => call === 'result' && args[0] === save)
    return asked < 0 ? null : results[asked]
  }
}

export async function hunt(options: HuntOptions): Promise<Hunt> {
  const { from = 0, count, seed, agents = 1, most = Infinity, progress, onFound } = options
  const judge = new Judge(agents, options.sysctls)
  const tally = new Tally()
  const found = new Map<string, Verdict>()
  let [played, undecided] = [0, 0]
  try {
    for (let at = from; at < from + count && found.size < most; at += AHEAD) {
      const scenarios = Array.from({ length: Math.min(AHEAD, from + count - at) }, (_, i) => generated(seed, at + i))
      const asked = scenarios.map(each => judge.linux.run(each, { warm: true }))
      for (const [index, scenario] of scenarios.entries()) {
        const ours = await judge.playOurs(scenario)
        const linux = await asked[index]
        tally.count(scenario, linux.results)
        played++
        if (firstDifference(scenario, ours, linux) === undefined) continue
        const verdict = await judge.confirm(scenario)
        if (verdict.difference === undefined) undecided++
        else if (!found.has(kindOf(scenario, verdict.difference))) {
          onFound?.(`${scenario.name}, step ${verdict.difference.step}: ${kindOf(scenario, verdict.difference)}`)
          // Each try of what hangs takes its whole time limit.
          const small = verdict.linux.error === undefined ? await shrink(judge, verdict) : verdict
          if (small.difference !== undefined) found.set(kindOf(small.scenario, small.difference), small)
          found.set(kindOf(scenario, verdict.difference), small)
        }
      }
      progress?.(played, new Set(found.values()).size)
    }
  } finally {
    judge.close()
  }
  return { played, calls: tally.calls, undecided, found, met: tally.met }
}

/** Leaves out steps, many at first, then one by one, as long as both kernels still differ in the same way. */
async function shrink(judge: Judge, start: Verdict): Promise<Verdict> {
  let best = start
  if (best.difference === undefined) return best
  const kind = kindOf(best.scenario, best.difference)
  const attempt = async (steps: Scenario['steps']): Promise<boolean> => {
    const verdict = await judge.glance({ name: start.scenario.name, steps })
    if (verdict.difference === undefined || kindOf(verdict.scenario, verdict.difference) !== kind) return false
    best = verdict
    return true
  }
  await attempt(best.scenario.steps.slice(0, best.difference.step + 1))
  for (let size = best.scenario.steps.length >> 1; size >= 1; size >>= 1) {
    for (let at = best.scenario.steps.length - 1 - size; at >= 0; at -= size) {
      const { steps } = best.scenario
      if (at + size < steps.length) await attempt([...steps.slice(0, at), ...steps.slice(at + size)])
    }
  }
  const sure = await judge.confirm(best.scenario)
  return sure.difference === undefined ? start : sure
}

/** Rows of `call: ok 12, EAGAIN 3`. */
export function table(met: Hunt['met']): string {
  return [...met].sort(([a], [b]) => a < b ? -1 : 1).map(([call, row]) =>
    `${call.padEnd(14)}${[...row].sort(([, a], [, b]) => b - a).map(([errno, count]) => `${errno} ${count}`).join(', ')}`).join('\n')
}
