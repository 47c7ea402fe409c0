// A test body in a world of its own: closed in any case, leaks found, and on failure everything one needs to see it again.

import { replayHint } from './artifacts.ts'
import { createWorld } from './world.ts'
import type { TestWorld } from './world.ts'
import type { TestWorldOptions } from './world-options.ts'

export interface InWorldOptions extends TestWorldOptions {
  /** Sockets that programs left open fail the test. Default false. */
  readonly noLeaks?: boolean
  /** Say on standard error what failed and how to replay it. Default true. */
  readonly tells?: boolean
}

const FOLDER = 'sockeye-failures'

export async function inWorld<T>(options: InWorldOptions, body: (world: TestWorld) => T | PromiseLike<T>): Promise<T> {
  const world = await createWorld({ artifacts: FOLDER, ...options })
  let result: T
  try {
    result = await body(world)
    if (options.noLeaks === true) world.expectNoLeaks()
    world.expectNoFailures()
  } catch (error) {
    const folder = world.save(error)
    if (options.tells !== false) {
      console.error(`the world failed with seed ${world.seed}${folder === undefined ? '' : `; see ${folder}`}\n${replayHint(world.seed)}`)
    }
    throw error
  } finally {
    await world.close()
  }
  return result
}
