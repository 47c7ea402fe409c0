// The same programs on Node's own network and on ours: every event, its arguments, every error object, in the same order.

import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { ROOT, SOCKEYE } from '../../tap/namespace.ts'

type Logs = Record<string, unknown[]>

const scenario = (name: string): string => fileURLToPath(new URL(`scenarios/${name}.cjs`, import.meta.url))

function run(...operands: string[]): Logs {
  const { stdout, stderr } = spawnSync(process.execPath, operands, { encoding: 'utf8', maxBuffer: 64 << 20, timeout: 60_000, cwd: ROOT })
  try {
    return JSON.parse(stdout) as Logs
  } catch {
    throw new Error(`${operands.join(' ')}: ${stdout}${stderr}`)
  }
}

beforeAll(() => { execFileSync(process.execPath, ['scripts/build-if-stale.mjs'], { cwd: ROOT }) }, 300_000)

/** What each socket saw, in its order: how the two ends of a connection interleave is chance on either side. */
function byOwner(lines: readonly unknown[]): Record<string, unknown[]> {
  const owners: Record<string, unknown[]> = {}
  for (const line of lines as readonly unknown[][]) {
    const owner = typeof line[0] === 'string' ? line[0].split(' ')[0] : 'scenario'
    ;(owners[owner] ??= []).push(line)
  }
  return owners
}

describe.each(['net', 'net-sockets', 'net-servers', 'dgram', 'dgram-sockets', 'dns', 'dns-resolver', 'secure', 'process'])('%s', name => {
  it('does on our stack what it does on Node\'s', () => {
    const theirs = run('--no-warnings', scenario(name))
    const ours = run('--no-warnings', SOCKEYE, 'run', scenario(name))
    expect(Object.keys(ours)).toEqual(Object.keys(theirs))
    expect(JSON.stringify(theirs)).not.toContain('scenario failed')
    for (const each of Object.keys(theirs)) expect.soft(byOwner(ours[each]), each).toEqual(byOwner(theirs[each]))
  }, 120_000)
})
