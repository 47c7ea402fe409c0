// Node programs as processes of their own. Never waited for synchronously: a test runner whose worker is silent for a minute
// takes it for dead, and fails a run in which every test passes.

import { execFile } from 'node:child_process'
import { ROOT } from '../tap/namespace.ts'

export interface Ended { readonly code: number | null, readonly stdout: string, readonly stderr: string }

interface Surroundings {
  readonly env?: NodeJS.ProcessEnv
  readonly input?: string
  readonly timeoutMs?: number
  /** Another Node than the one that runs the tests. */
  readonly node?: string | undefined
}

/** Runs `node OPERANDS` in the checkout. `code` is null when a signal, or the time-out, ended it. */
export function runNode(operands: readonly string[], surroundings: Surroundings = {}): Promise<Ended> {
  const { env = process.env, input, timeoutMs = 60_000, node = process.execPath } = surroundings
  return new Promise(resolve => {
    const child = execFile(node, operands, { encoding: 'utf8', maxBuffer: 64 << 20, timeout: timeoutMs, cwd: ROOT, env },
      (_error, stdout, stderr) => { resolve({ code: child.exitCode, stdout, stderr }) })
    child.stdin?.end(input)
  })
}

/** What programs of `bin/` and `dist/` run. */
export async function buildIfStale(): Promise<void> {
  const { code, stdout, stderr } = await runNode(['scripts/build-if-stale.mjs'], { timeoutMs: 300_000 })
  if (code !== 0) throw new Error(`the build failed: ${stdout}${stderr}`)
}
