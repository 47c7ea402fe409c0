// How what happened in the stack reaches a program: each callback in a turn of its own, in order of arrival, so that
// ticks and promises run between two of them exactly as they do between libuv's callbacks. Programs are never called
// from inside the stack.

import { AsyncResource } from 'node:async_hooks'

interface Internals { readonly _tickCallback?: () => void, readonly _fatalException?: (error: unknown) => boolean }

const internals = process as unknown as Internals

/** False where nobody listens for it: thrown on, the process ends of it. */
function isToldProcess(error: unknown): boolean {
  if (process.listenerCount('uncaughtException') === 0 && !process.hasUncaughtExceptionCaptureCallback()) return false
  return internals._fatalException?.(error) === true
}

/**
 * Ticks and promises, here and now: as Node has them run between two of its callbacks. What one of them throws is told the process
 * and no caller, who would go on in a context that Node has left; the others wait for the next callback. Throws it where nobody listens.
 */
export function runTicks(): void {
  try {
    internals._tickCallback?.()
  } catch (error) {
    if (!isToldProcess(error)) throw error
  }
}

/**
 * A callback and its ticks. Where it throws and the process hears of it, its ticks wait for the next callback, as in Node, and
 * whoever comes next is told all the same.
 */
export function callBack(run: () => void, resource?: AsyncResource): void {
  try {
    if (resource === undefined) run()
    else resource.runInAsyncScope(run)
  } catch (error) {
    if (!isToldProcess(error)) throw error
    return
  }
  runTicks()
}

/** The same within a callback, which nothing may break off. */
export function runTicksWithin(): void {
  try {
    runTicks()
  } catch (error) {
    queueMicrotask(() => { throw error })
    internals._tickCallback?.()
  }
}

const OF_ITS_OWN = Object.freeze({ requireManualDestroy: true })

/** A resource whose end is told when it comes, not when it is collected. */
export function resourceOf(type: string): AsyncResource { return new AsyncResource(type, OF_ITS_OWN) }

/** `run` once, as a resource of its own. */
export function asResource<Args extends unknown[]>(type: string, run: (...args: Args) => void): (...args: Args) => void {
  const resource = resourceOf(type)
  return (...args) => {
    resource.runInAsyncScope(run, undefined, ...args)
    resource.emitDestroy()
  }
}

/**
 * Keeps the process alive while at least one handle that is active and referenced exists, as libuv does. One timer for good: to make
 * and clear it with every connection costs more than all that a handle does itself.
 */
export class KeepAlive {
  private count = 0
  private timer: NodeJS.Timeout | undefined = undefined

  get isHeld(): boolean { return this.count > 0 }

  hold(): void {
    this.count++
    if (this.count > 1) return
    if (this.timer === undefined) this.timer = setInterval(() => undefined, 0x7fffffff)
    else this.timer.ref()
  }

  release(): void {
    this.count--
    if (this.count === 0) this.timer?.unref()
  }
}
