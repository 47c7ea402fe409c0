// The same scenario with many seeds, over all cores: which fail, and the smallest of them saved for looking at.

import { existsSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { Tinypool } from 'tinypool'
import { runSeeds } from './explore-worker.ts'
import type { SeedResult, SeedTask } from './explore-worker.ts'
import type { TestWorld } from './world.ts'
import type { TestWorldOptions } from './world-options.ts'

export type Scenario = (world: TestWorld, seed: number) => unknown

export interface ExploreOptions {
  /** How many, from 1; or which. */
  readonly seeds: number | readonly number[]
  /** A module, whose default export is the scenario (`export const options` for its worlds), runs on every core; a function here. */
  readonly scenario: string | URL | Scenario
  readonly options?: TestWorldOptions
  /** Default: as many as there are cores. */
  readonly workers?: number
  /** Where the smallest failing seed leaves its files. Default `sockeye-failures`; false for nowhere. */
  readonly artifacts?: string | false
  /** Default: a line on standard error. */
  readonly onProgress?: (done: number, of: number, failed: number) => void
}

export interface SeedFailure { readonly seed: number, readonly error: string }

export interface Exploration {
  readonly ran: number
  readonly seconds: number
  /** By seed, ascending. */
  readonly failures: readonly SeedFailure[]
  readonly smallest: (SeedFailure & { readonly folder: string | undefined }) | undefined
  /** Trace hash by seed. */
  readonly hashes: ReadonlyMap<number, string>
}

const SEEDS_A_TASK = 8

function workerFile(): string {
  const own = new URL('./explore-worker.js', import.meta.url)
  // From source (tests of the kit itself) workers run what was built.
  return existsSync(own) ? own.href : new URL('../../../dist/src/node/testkit/explore-worker.js', import.meta.url).href
}

function progressLine(done: number, of: number, failed: number): void {
  const width = 30
  const bar = '#'.repeat(Math.round(done / of * width)).padEnd(width, '.')
  if (process.stderr.isTTY) process.stderr.write(`\r[${bar}] ${done}/${of} seeds, ${failed} failed${done === of ? '\n' : ''}`)
  else if (done === of || Math.floor(done * 10 / of) > Math.floor((done - SEEDS_A_TASK) * 10 / of)) console.error(`${done}/${of} seeds, ${failed} failed`)
}

function tasksOf(seeds: readonly number[], size: number, rest: Omit<SeedTask, 'seeds'>): SeedTask[] {
  const tasks: SeedTask[] = []
  for (let i = 0; i < seeds.length; i += size) tasks.push({ ...rest, seeds: seeds.slice(i, i + size) })
  return tasks
}

export async function explore(options: ExploreOptions): Promise<Exploration> {
  const { scenario, onProgress = progressLine, artifacts = 'sockeye-failures' } = options
  const seeds = typeof options.seeds === 'number' ? Array.from({ length: options.seeds }, (_, i) => i + 1) : [...options.seeds]
  const began = performance.now()
  const results: SeedResult[] = []
  const note = (some: readonly SeedResult[]): void => {
    results.push(...some)
    onProgress(results.length, seeds.length, results.filter(each => each.error !== undefined).length)
  }
  const rest = { options: options.options ?? {}, artifacts: undefined }
  let again: (task: SeedTask) => Promise<SeedResult[]>
  let close = (): Promise<void> => Promise.resolve()
  if (typeof scenario === 'function') {
    again = task => runSeeds(task, scenario)
    for (const task of tasksOf(seeds, 1, { module: '', ...rest })) note(await again(task))
  } else {
    const path = typeof scenario === 'string' && !scenario.startsWith('file:') ? pathToFileURL(resolve(scenario)).href : fileHref(scenario)
    const workers = options.workers ?? availableParallelism()
    const pool = new Tinypool({ filename: workerFile(), minThreads: workers, maxThreads: workers, runtime: 'worker_threads' })
    again = task => pool.run({ ...task, module: path }) as Promise<SeedResult[]>
    close = () => pool.destroy()
    await Promise.all(tasksOf(seeds, SEEDS_A_TASK, { module: path, ...rest }).map(async task => { note(await again(task)) }))
  }
  try {
    const ordered = results.sort((a, b) => a.seed - b.seed)
    const failures = ordered.flatMap(({ seed, error }) => error === undefined ? [] : [{ seed, error }])
    let smallest: Exploration['smallest']
    if (failures.length > 0) {
      const [{ seed, error }] = failures
      const [replayed] = artifacts === false ? [] : await again({ module: '', options: rest.options, artifacts, seeds: [seed] })
      smallest = { seed, error, folder: replayed?.folder }
      console.error(`smallest failing seed: ${seed}${replayed?.folder === undefined ? '' : `; see ${replayed.folder}`}\n${error}`)
    }
    const hashes = new Map(ordered.flatMap(({ seed, hash }) => hash === undefined ? [] : [[seed, hash] as const]))
    return { ran: ordered.length, seconds: (performance.now() - began) / 1000, failures, smallest, hashes }
  } finally {
    await close()
  }
}

function fileHref(url: string | URL): string { return pathToFileURL(fileURLToPath(url)).href }
