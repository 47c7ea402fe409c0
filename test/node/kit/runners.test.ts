// The test kit under other test runners than this one.

import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildIfStale, runNode } from '../../support/programs.ts'

const program = (name: string): string => fileURLToPath(new URL(`programs/${name}`, import.meta.url))

beforeAll(buildIfStale, 300_000)

describe('the test kit', () => {
  it('works under node:test, beside its fake timers and an interceptor', async () => {
    const { NODE_OPTIONS: _, VITEST: __, NODE_TEST_CONTEXT: ___, ...env } = process.env
    const { code, stdout, stderr } = await runNode(['--test', '--test-reporter=tap', program('orders.test.mjs')], { env })
    expect(`${stdout}${stderr}`).toMatch(/# pass 4\n# fail 0/)
    expect(code).toBe(0)
  }, 90_000)
})
