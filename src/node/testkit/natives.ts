// Node's own functions as they were when the kit was loaded: what the kit itself stands on while it changes them for programs.

import nodeTimers from 'node:timers'
import nodeTimersPromises from 'node:timers/promises'

export const NATIVE_TIMERS: Readonly<typeof nodeTimers> = Object.freeze({ ...nodeTimers })
export const NATIVE_TIMERS_PROMISES: Readonly<typeof nodeTimersPromises> = Object.freeze({ ...nodeTimersPromises })
export const NativeDate: DateConstructor = globalThis.Date
/** Milliseconds of the machine's own time. */
export const nativeNow: () => number = performance.now.bind(performance)
