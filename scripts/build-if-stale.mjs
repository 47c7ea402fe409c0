// Builds dist once when the sources have changed since. Used by npm start and, in a checkout, by bin/sockeye.
// Two programs that find dist stale at the same time build it once: the second waits for the first.
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { basename, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { sourceStamp } from './source-stamp.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const stampFile = join(root, 'dist', '.stamp')
const lockFolder = join(root, '.cache', 'build.lock')

export function isStale() {
  return !existsSync(stampFile) || readFileSync(stampFile, 'utf8') !== sourceStamp()
}

function isAlive(pid) {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error.code === 'EPERM'
  }
}

async function takeLock() {
  mkdirSync(join(root, '.cache'), { recursive: true })
  for (;;) {
    try {
      mkdirSync(lockFolder)
      writeFileSync(join(lockFolder, 'pid'), String(process.pid))
      return
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    const pidFile = join(lockFolder, 'pid')
    const ageMs = Date.now() - (statSync(lockFolder, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
    const holder = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8')) : 0
    const abandoned = holder > 0 ? !isAlive(holder) : ageMs > 5000
    if (abandoned) rmSync(lockFolder, { recursive: true, force: true })
    else await sleep(50)
  }
}

export async function buildIfStale() {
  if (!isStale()) return
  await takeLock()
  try {
    if (!isStale()) return
    const { build } = await import('./build.mjs')
    if (process.stderr.isTTY) console.error('sockeye: building (once) ...')
    build()
  } finally {
    rmSync(lockFolder, { recursive: true, force: true })
  }
}

if (process.argv[1] !== undefined && basename(process.argv[1]) === 'build-if-stale.mjs') {
  try {
    await buildIfStale()
  } catch (error) {
    console.error(error.message)
    process.exitCode = 1
  }
}
