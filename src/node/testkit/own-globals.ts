// What the platform calls global, for each host of its own while worlds exist: timers on virtual time, a calendar, performance,
// the high-water mark. Outside of hosts everything is as it was.

import { createRequire, syncBuiltinESMExports } from 'node:module'
import { getDefaultHighWaterMark, setDefaultHighWaterMark } from 'node:stream'
import { promisify } from 'node:util'
import { Patches } from '../builtins/patches.ts'
import { activity } from './activity.ts'
import { currentLife } from './life.ts'
import type { Life } from './life.ts'
import { NATIVE_TIMERS, NATIVE_TIMERS_PROMISES, NativeDate } from './natives.ts'
import { ownPromiseTimers } from './promise-timers.ts'
import { VirtualTimer, virtualTimerOf } from './virtual-timer.ts'

/** Node 22's figure; Node 20 has 16 KiB. The same everywhere makes the same packets. */
const HIGH_WATER_MARK = 65536

type AnyFunction = (...args: unknown[]) => unknown

function requireFunction(callback: unknown, native: AnyFunction): asserts callback is (...args: unknown[]) => void {
  // Node's own complaint.
  if (typeof callback !== 'function') native(callback)
}

function callUnlessOver(life: Life, callback: AnyFunction, args: readonly unknown[]): void { if (!life.isOver) callback(...args) }

function ownTimers(): Record<string, unknown> {
  const native = NATIVE_TIMERS as unknown as Record<'setTimeout' | 'setInterval' | 'setImmediate' | 'clearTimeout' | 'clearInterval', AnyFunction>
  const starts = (name: 'setTimeout' | 'setInterval', repeats: boolean): AnyFunction => function start(callback, delay, ...args) {
    const life = currentLife()
    if (life === undefined) return native[name](callback, delay, ...args)
    requireFunction(callback, native[name])
    return new VirtualTimer(life, callback, delay, repeats, args)
  }
  const clears = (name: 'clearTimeout' | 'clearInterval'): AnyFunction => function clear(timer) {
    const ours = virtualTimerOf(timer)
    if (ours === undefined) native[name](timer)
    else ours._onTimeout = null
  }
  // Immediates take no time, so Node's own serve; that one was asked for is what counts.
  const setImmediate: AnyFunction = (callback, ...args) => {
    activity.begin()
    const life = currentLife()
    if (life === undefined || typeof callback !== 'function') return native.setImmediate(callback, ...args)
    return native.setImmediate(callUnlessOver, life, callback, args)
  }
  const setTimeout = starts('setTimeout', false)
  Object.defineProperty(setTimeout, promisify.custom, { get: () => ownPromiseTimers().setTimeout, enumerable: true })
  Object.defineProperty(setImmediate, promisify.custom, { get: () => NATIVE_TIMERS_PROMISES.setImmediate, enumerable: true })
  return {
    setTimeout, setInterval: starts('setInterval', true), setImmediate, clearTimeout: clears('clearTimeout'), clearInterval: clears('clearInterval'),
  }
}

/** Date, as the host in question sees the calendar. Objects are Node's own. */
function ownDate(): DateConstructor {
  function OwnDate(this: unknown, ...args: unknown[]): unknown {
    const life = currentLife()
    if (new.target === undefined) return new NativeDate(OwnDate.now()).toString()
    const target = new.target === OwnDate ? NativeDate : new.target
    return Reflect.construct(NativeDate, args.length === 0 && life !== undefined ? [life.time.dateMs()] : args, target)
  }
  OwnDate.prototype = NativeDate.prototype
  OwnDate.UTC = NativeDate.UTC.bind(NativeDate)
  OwnDate.parse = NativeDate.parse.bind(NativeDate)
  OwnDate.now = (): number => currentLife()?.time.dateMs() ?? NativeDate.now()
  Object.defineProperty(OwnDate, 'name', { value: 'Date' })
  Object.defineProperty(OwnDate, 'length', { value: 7 })
  return OwnDate as unknown as DateConstructor
}

function patchPerformance(patches: Patches): void {
  const { performance } = globalThis
  const now = performance.now.bind(performance)
  const origin = performance.timeOrigin
  patches.set(performance, 'now', () => currentLife()?.time.uptimeMs() ?? now())
  patches.define(performance, 'timeOrigin', () => currentLife()?.time.originMs ?? origin)
  const hrtime = process.hrtime
  const bigint = hrtime.bigint
  const own: AnyFunction = since => {
    const life = currentLife()
    if (life === undefined) return hrtime(since as [number, number] | undefined)
    const us = life.time.nowUs()
    const [s, ns] = (since as [number, number] | undefined) ?? [0, 0]
    const [seconds, rest] = [Math.floor(us / 1e6) - s, us % 1e6 * 1000 - ns]
    return rest < 0 ? [seconds - 1, rest + 1e9] : [seconds, rest]
  }
  patches.set(process, 'hrtime', Object.assign(own, { bigint: () => {
    const life = currentLife()
    return life === undefined ? bigint() : BigInt(life.time.nowUs()) * 1000n
  } }))
  const uptime = process.uptime.bind(process)
  patches.set(process, 'uptime', () => { const life = currentLife(); return life === undefined ? uptime() : life.time.uptimeMs() / 1000 })
}

/** AbortSignal.timeout waits in the time of its host. */
function ownAbortTimeout(native: (delay: number) => AbortSignal): (delay: number) => AbortSignal {
  return function timeout(delay: number): AbortSignal {
    const life = currentLife()
    if (life === undefined) return native.call(AbortSignal, delay)
    const controller = new AbortController()
    new VirtualTimer(life, () => {
      controller.abort(new DOMException('The operation was aborted due to timeout', 'TimeoutError'))
    }, delay, false, []).unref()
    return controller.signal
  }
}

/** WebAssembly is compiled by threads that no list of Node shows. */
function patchWebAssembly(patches: Patches): void {
  for (const name of ['compile', 'instantiate'] as const) {
    const native = (WebAssembly as unknown as Record<string, (...args: unknown[]) => Promise<unknown>>)[name]
    patches.set(WebAssembly, name, (...args: unknown[]) => {
      const done = activity.start(`WebAssembly.${name}`)
      const promise = native.apply(WebAssembly, args)
      promise.then(done, done)
      return promise
    })
  }
}

/** Changes the globals; answers what puts them back. */
export function patchGlobals(): () => void {
  const require = createRequire(import.meta.url)
  const patches = new Patches()
  const timers = ownTimers()
  patches.setAll(globalThis, timers)
  patches.setAll(require('node:timers') as object, timers)
  patches.setAll(require('node:timers/promises') as object, ownPromiseTimers())
  patches.set(globalThis, 'Date', ownDate())
  patchPerformance(patches)
  patches.set(AbortSignal, 'timeout', ownAbortTimeout(AbortSignal.timeout))
  patchWebAssembly(patches)
  const before = getDefaultHighWaterMark(false)
  setDefaultHighWaterMark(false, HIGH_WATER_MARK)
  patches.add(() => { setDefaultHighWaterMark(false, before) })
  syncBuiltinESMExports()
  return () => {
    patches.revert()
    syncBuiltinESMExports()
  }
}
