// One hash over the names, sizes and times of everything dist is made from.
import { createHash } from 'node:crypto'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const SOURCES = ['src', 'cli', 'lab', 'bench', 'examples', 'package.json', 'tsconfig.base.json', 'tsconfig.json', 'tsconfig.build.json', 'scripts/build.mjs', 'scripts/join-stack.mjs']

function* walk(path) {
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return
  if (!stat.isDirectory()) {
    if (!path.endsWith('.test.ts')) yield `${path.slice(root.length)}:${stat.size}:${stat.mtimeMs}`
    return
  }
  for (const name of readdirSync(path).sort()) yield* walk(join(path, name))
}

export function sourceStamp() {
  const hash = createHash('sha256')
  for (const source of SOURCES) for (const line of walk(join(root, source))) hash.update(`${line}\n`)
  return hash.digest('hex')
}
