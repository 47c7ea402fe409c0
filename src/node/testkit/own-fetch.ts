// fetch tells little of what went wrong: "fetch failed", from within undici. In a world its errors say which address, which host and
// which line of the program, and what is under way can be listed.

import { asNative } from '../facade/as-native.ts'
import { Patches } from '../builtins/patches.ts'
import { userFrames } from './failure.ts'
import { currentLife } from './life.ts'
import type { Life } from './life.ts'
import { Place } from './place.ts'

type Fetch = (...args: unknown[]) => Promise<unknown>

function addressOf(input: unknown): string {
  return typeof input === 'object' && input !== null && 'url' in input ? String(input.url) : String(input)
}

async function tracked(native: Fetch, life: Life, args: unknown[], place: Place): Promise<unknown> {
  const what = `fetch ${addressOf(args[0])}`
  const call = { what, place, begunAtUs: life.time.nowUs() }
  life.calls.add(call)
  try {
    return await native(...args)
  } catch (error) {
    if (error instanceof Error) error.stack = [`${error.stack}`, `    at ${what} on host ${life.host}`, ...userFrames(place.stack).map(each => `    ${each}`)].join('\n')
    throw error
  } finally {
    life.calls.delete(call)
  }
}

export function patchFetch(): () => void {
  const patches = new Patches()
  const native = globalThis.fetch as unknown as Fetch
  patches.set(globalThis, 'fetch', asNative((...args: unknown[]) => {
    const life = currentLife()
    return life === undefined ? native(...args) : tracked(native, life, args, new Place())
  }, native))
  return () => { patches.revert() }
}
