// node:timers/promises in the time of the host that asks.

import { currentLife } from './life.ts'
import { NATIVE_TIMERS_PROMISES } from './natives.ts'
import { VirtualTimer } from './virtual-timer.ts'

interface Options { readonly signal?: AbortSignal, readonly ref?: boolean }

type AnyFunction = (...args: unknown[]) => unknown

function abortError(signal: AbortSignal): Error {
  return Object.assign(new Error('The operation was aborted', { cause: signal.reason }), { name: 'AbortError', code: 'ABORT_ERR' })
}

function wait<T>(delay: unknown, value: T, { signal, ref }: Options): Promise<T> {
  const life = currentLife()
  if (life === undefined) return NATIVE_TIMERS_PROMISES.setTimeout(delay as number, value)
  return new Promise((resolve, reject) => {
    if (signal?.aborted === true) {
      reject(abortError(signal))
      return
    }
    const onAbort = (): void => {
      timer.close()
      if (signal !== undefined) reject(abortError(signal))
    }
    const timer = new VirtualTimer(life, () => {
      signal?.removeEventListener('abort', onAbort)
      resolve(value)
    }, delay, false, [])
    if (ref === false) timer.unref()
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

async function* intervals<T>(delay: unknown, value: T, options: Options): AsyncGenerator<T> {
  const life = currentLife()
  if (life === undefined) {
    yield* NATIVE_TIMERS_PROMISES.setInterval(delay as number, value, options) as AsyncIterable<T>
    return
  }
  const start = life.time.nowUs() / 1000
  for (let round = 1; ; round++) {
    const due = start + round * Math.max(1, Math.trunc(Number(delay)))
    const left = due - life.time.nowUs() / 1000
    if (left > 0) await wait(left, undefined, options)
    yield value
  }
}

/** The module's functions; outside of hosts Node's own answer. */
export function ownPromiseTimers(): Record<'setTimeout' | 'setInterval' | 'scheduler', unknown> {
  const native = NATIVE_TIMERS_PROMISES as unknown as Record<string, AnyFunction>
  const scheduler = NATIVE_TIMERS_PROMISES.scheduler
  return {
    setTimeout: (delay: unknown, value: unknown, options: Options = {}) => currentLife() === undefined
      ? native.setTimeout(delay, value, options) : wait(delay, value, options),
    setInterval: (delay: unknown, value: unknown, options: Options = {}) => currentLife() === undefined
      ? native.setInterval(delay, value, options) : intervals(delay, value, options),
    scheduler: Object.assign(Object.create(Object.getPrototypeOf(scheduler) as object) as object, {
      wait: (delay: number, options: Options = {}) => currentLife() === undefined
        ? scheduler.wait(delay, options as never) : wait(delay, undefined, options),
      yield: () => scheduler.yield(),
    }),
  }
}
