// Emits dist (JavaScript, declarations, source maps) from src, cli, lab and bench. Types are checked by `npm run typecheck`:
// here one pass serves Node and browser sources together, so it only translates.
import { copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawnSync } from 'node:child_process'
import { joinStack } from './join-stack.mjs'
import { sourceStamp } from './source-stamp.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const ASSETS = /\.(html|css|svg|png|ico|json|pcapng)$/

function* files(folder) {
  if (!existsSync(folder)) return
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* files(path)
    else yield path
  }
}

function copyAssets(out) {
  for (const folder of ['lab', 'cli', 'src']) {
    for (const path of files(join(root, folder))) {
      if (!ASSETS.test(path)) continue
      const target = join(out, path.slice(root.length))
      mkdirSync(dirname(target), { recursive: true })
      copyFileSync(path, target)
    }
  }
}

/** The compiler rewrites `.ts` specifiers in JavaScript only; declarations need the same. */
function rewriteDeclarations(out) {
  for (const path of files(out)) {
    if (!path.endsWith('.d.ts')) continue
    const text = readFileSync(path, 'utf8')
    const rewritten = text.replace(/((?:from|import)\s*\(?\s*['"])(\.{1,2}\/[^'"]+)\.ts(['"])/g, '$1$2.js$3')
    if (rewritten !== text) writeFileSync(path, rewritten)
  }
}

/** Builds beside dist and swaps, so that a program running from dist never sees half a build. Throws with the compiler's text. */
export function build() {
  const stamp = sourceStamp()
  const out = join(root, '.cache', `dist-${process.pid}`)
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
  if (!existsSync(tsc)) throw new Error('build: the compiler is not installed; run npm ci first')
  rmSync(out, { recursive: true, force: true })
  const { status, stdout } = spawnSync(
    process.execPath,
    [tsc, '-p', 'tsconfig.build.json', '--outDir', out, '--pretty', 'false'],
    { cwd: root, encoding: 'utf8', maxBuffer: 64 << 20 },
  )
  const empty = stdout.includes('TS18003')
  if (status !== 0 && !empty) {
    rmSync(out, { recursive: true, force: true })
    throw new Error(`build: failed\n${stdout.trimEnd()}`)
  }
  mkdirSync(out, { recursive: true })
  copyAssets(out)
  rewriteDeclarations(out)
  if (!empty) joinStack(out)
  writeFileSync(join(out, '.stamp'), stamp)
  const old = `${out}-old`
  const dist = join(root, 'dist')
  if (existsSync(dist)) renameSync(dist, old)
  renameSync(out, dist)
  rmSync(old, { recursive: true, force: true })
}

if (process.argv[1] !== undefined && basename(process.argv[1]) === 'build.mjs') {
  try {
    build()
    console.log('build: ok')
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
