// Installs what package-lock.json asks for, when node_modules is missing or holds something else. Takes milliseconds otherwise.
import { existsSync, lstatSync, readFileSync } from 'node:fs'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const modules = `${root}node_modules`

function readPackages(file) {
  return JSON.parse(readFileSync(file, 'utf8')).packages
}

/** Answers why the installation cannot be used, or undefined. Optional packages may be absent: they belong to other platforms. */
function whyStale() {
  const installedList = `${modules}/.package-lock.json`
  if (!existsSync(installedList)) return 'no packages installed yet'
  const installed = readPackages(installedList)
  for (const [path, wanted] of Object.entries(readPackages(`${root}package-lock.json`))) {
    if (path === '') continue
    const found = installed[path]
    if (found === undefined && (wanted.optional || wanted.devOptional || wanted.peer)) continue
    if (found?.version !== wanted.version) return `${path} is ${found?.version ?? 'missing'}, wanted ${wanted.version}`
  }
  return undefined
}

const reason = whyStale()
if (reason !== undefined) {
  const shared = lstatSync(modules, { throwIfNoEntry: false })?.isSymbolicLink() === true
  if (shared) {
    console.error(`setup: ${reason}, and node_modules is a link; install where it points to`)
    process.exit(1)
  }
  console.error(`setup: ${reason}; running npm ci (once)`)
  const { status } = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
    cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32',
  })
  if (status !== 0) {
    console.error('setup: npm ci failed; is the npm registry within reach?')
    process.exit(1)
  }
}
