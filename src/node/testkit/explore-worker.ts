// One worker of `explore`: runs a scenario with some seeds, a world each.

import { patched } from './patched.ts'
import { createWorld } from './world.ts'
import type { TestWorld } from './world.ts'
import type { TestWorldOptions } from './world-options.ts'

export interface SeedTask {
  /** URL of the scenario's module. */
  readonly module: string
  readonly seeds: readonly number[]
  readonly options: TestWorldOptions
  readonly artifacts: string | undefined
}

export interface SeedResult {
  readonly seed: number
  readonly hash: string | undefined
  readonly error: string | undefined
  readonly folder: string | undefined
}

interface ScenarioModule {
  readonly default: (world: TestWorld, seed: number) => unknown
  readonly options?: TestWorldOptions
}

async function runSeed(seed: number, options: TestWorldOptions, scenario: ScenarioModule['default']): Promise<SeedResult> {
  const world = await createWorld({ ...options, seed })
  try {
    await scenario(world, seed)
    world.expectNoFailures()
    return { seed, hash: options.hashes === false ? undefined : world.traceHash(), error: undefined, folder: undefined }
  } catch (error) {
    const text = error instanceof Error ? error.stack ?? error.message : String(error)
    return { seed, hash: undefined, error: text, folder: world.save(error) }
  } finally {
    await world.close()
  }
}

export async function runSeeds(task: SeedTask, given?: ScenarioModule['default']): Promise<SeedResult[]> {
  const loaded = given === undefined ? await import(/* @vite-ignore */ task.module) as ScenarioModule : { default: given }
  const results: SeedResult[] = []
  const options = { ...loaded.options, ...task.options, ...task.artifacts !== undefined && { artifacts: task.artifacts } }
  // Node is changed once for all of them.
  await patched.enter()
  try {
    for (const seed of task.seeds) results.push(await runSeed(seed, options, loaded.default))
    return results
  } finally {
    patched.leave()
  }
}

export default runSeeds
