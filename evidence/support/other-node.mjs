// Another version of Node, from npm's `node` package, in a temporary folder for as long as `use` takes.

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const INSTALL = ['--no-audit', '--no-fund', '--silent']

export const versionOf = node => execFileSync(node, ['-v'], { encoding: 'utf8' }).trim()

export async function withNode(major, use) {
  const folder = mkdtempSync(join(tmpdir(), 'sockeye-node-'))
  try {
    execFileSync('npm', ['install', '--prefix', folder, ...INSTALL, `node@${major}`], { stdio: 'ignore', timeout: 300_000 })
    return await use(join(folder, 'node_modules/.bin/node'))
  } finally {
    rmSync(folder, { recursive: true })
  }
}
