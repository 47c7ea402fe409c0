// The test kit under other test runners than this one.

import { execFileSync, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { ROOT } from '../../tap/namespace.ts'

const program = (name: string): string => fileURLToPath(new URL(`programs/${name}`, import.meta.url))

beforeAll(() => { execFileSync(process.execPath, ['scripts/build-if-stale.mjs'], { cwd: ROOT }) }, 300_000)

describe('the test kit', () => {
  it('works under node:test, beside its fake timers and an interceptor', () => {
    const { NODE_OPTIONS: _, VITEST: __, NODE_TEST_CONTEXT: ___, ...env } = process.env
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--test', '--test-reporter=tap', program('orders.test.mjs')],
      { encoding: 'utf8', cwd: ROOT, timeout: 60_000, env })
    expect(`${stdout}${stderr}`).toMatch(/# pass 4\n# fail 0/)
    expect(status).toBe(0)
  }, 90_000)
})
