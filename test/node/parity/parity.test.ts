// The same programs on Node's own network and on ours: every event, its arguments, every error object, in the same order.
// SOCKEYE_PARITY_NODE names another Node to run them with.

import { fileURLToPath } from 'node:url'
import { isDeepStrictEqual } from 'node:util'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildIfStale, runNode } from '../../support/programs.ts'
import { SOCKEYE } from '../../tap/namespace.ts'

type Logs = Record<string, unknown[]>

const scenario = (name: string): string => fileURLToPath(new URL(`scenarios/${name}.cjs`, import.meta.url))

async function run(...operands: string[]): Promise<Logs> {
  const { stdout, stderr } = await runNode(operands, { node: process.env.SOCKEYE_PARITY_NODE })
  try {
    return JSON.parse(stdout) as Logs
  } catch {
    throw new Error(`${operands.join(' ')}: ${stdout}${stderr}`)
  }
}

beforeAll(buildIfStale, 300_000)

/** What each socket saw, in its order: how the two ends of a connection interleave is chance on either side. */
function byOwner(lines: readonly unknown[]): Record<string, unknown[]> {
  const owners: Record<string, unknown[]> = {}
  for (const line of lines as readonly unknown[][]) {
    const owner = typeof line[0] === 'string' ? line[0].split(' ')[0] : 'scenario'
    ;(owners[owner] ??= []).push(line)
  }
  return owners
}

const ATTEMPTS = 2
const IN_SUITE = fileURLToPath(new URL('in-suite.cjs', import.meta.url))
const SCENARIOS = [
  'net', 'net-sockets', 'net-servers', 'net-details', 'http', 'http-details', 'dgram', 'dgram-sockets', 'dgram-details', 'dns', 'dns-resolver', 'dns-details',
  'secure', 'process', 'contexts', 'http2', 'order',
]

/** Scenarios run on the real clock, on either side: what a busy machine has turned about is asked again, what is ours comes again. */
async function compare(name: string, operands: readonly string[]): Promise<{ ours: Logs, theirs: Logs, differing: string[] }> {
  const theirs = await run('--no-warnings', scenario(name))
  const ours = await run('--no-warnings', ...operands, scenario(name))
  const differing = Object.keys({ ...theirs, ...ours })
    .filter(each => !isDeepStrictEqual(byOwner(ours[each] ?? []), byOwner(theirs[each] ?? [])) || failed(theirs[each] ?? []))
  return { ours, theirs, differing }
}

const failed = (log: readonly unknown[]): boolean => JSON.stringify(log).includes('scenario failed')

describe.each(SCENARIOS)('%s', name => {
  it.each([
    ['a whole program', [SOCKEYE, 'run']],
    ['modules put in the place of Node\'s', ['--require', IN_SUITE]],
  ])('does on our stack what it does on Node\'s: %s', async (_way, operands) => {
    const first = await compare(name, operands)
    expect(Object.keys(first.ours)).toEqual(Object.keys(first.theirs))
    let { differing } = first
    for (let attempt = 2; attempt <= ATTEMPTS && differing.length > 0; attempt++) {
      const again = await compare(name, operands)
      differing = differing.filter(each => again.differing.includes(each))
    }
    for (const each of differing) expect.soft(byOwner(first.ours[each]), each).toEqual(byOwner(first.theirs[each]))
    expect(differing).toEqual([])
  }, 180_000)
})
