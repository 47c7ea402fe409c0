// How what happened in the stack reaches a program: each callback in a turn of its own, in order of arrival, so that
// ticks and promises run between two of them exactly as they do between libuv's callbacks. Programs are never called
// from inside the stack.

import { AsyncResource } from 'node:async_hooks'

/** How many callbacks follow one another before Node's loop gets a turn, which costs as much as one of them. */
const MOST_AT_ONCE = 16

/** Node's immediates stand in a list: null for no neighbour. Those of a turn are taken out of it all at once when it begins. */
interface Listed { readonly _idlePrev?: object | null, readonly _idleNext?: object | null }

interface Turn { readonly resource: AsyncResource, readonly run: () => void, immediate: NodeJS.Immediate | undefined }

/** Runs the ticks and promises that stand between two callbacks. */
const runTicks = (process as unknown as { _tickCallback?: () => void })._tickCallback

/** What was asked for while a callback of ours runs, in order. */
const waiting: Turn[] = []
let isOpen = false

/** Runs `run` in a later turn, in the asynchronous context of `resource`. Turns keep their order. */
export function later(resource: AsyncResource, run: () => void): void {
  const turn: Turn = { resource, run, immediate: undefined }
  turn.immediate = setImmediate(take, turn)
  if (isOpen) waiting.push(turn)
}

function isLast(turn: Turn): boolean { return (turn.immediate as Listed | undefined)?._idleNext === null }
function isFirst(turn: Turn): boolean { return (turn.immediate as Listed | undefined)?._idlePrev === null }

/**
 * What would come next after a turn of Node's loop in which nothing else of this process is due comes at once, behind the ticks and
 * promises of what came before, as it would then.
 */
function take(turn: Turn): void {
  if (runTicks === undefined || !isLast(turn)) {
    turn.resource.runInAsyncScope(turn.run)
    return
  }
  isOpen = true
  try {
    turn.resource.runInAsyncScope(turn.run)
    for (let count = 1; count < MOST_AT_ONCE; count++) {
      runTicks()
      const next = waiting.shift()
      if (next === undefined || !isFirst(next)) break
      clearImmediate(next.immediate)
      next.resource.runInAsyncScope(next.run)
    }
  } finally {
    isOpen = false
    waiting.length = 0
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
