// The order in which handles of one program are told things: that of libuv's loop. In each turn, who was closed before (the last one
// first), what was put off, each handle that has something to tell, and what those put off. Ticks and promises run between two of them.

import { executionAsyncResource } from 'node:async_hooks'
import type { Clock } from '../../base/clock.ts'
import { callBack } from './dispatcher.ts'
import type { NodeStack } from './node-stack.ts'
import { askTurn } from './turn-batch.ts'
import type { Due } from './turn-batch.ts'

/** Whoever calls a program back lets its ticks run. */
export interface Ready { runTurn(): void }

/** What is put off goes on at once if putting off goes on, but not for ever. */
const MOST_ROUNDS = 8
const MOST_LAST = 1000

/** libuv tells of ends behind immediates at once, behind timers and at the start of a program after it has looked at the network. */
function isInImmediate(): boolean { return executionAsyncResource().constructor.name === 'Immediate' }

export class Turns implements Due {
  private readonly ready: Ready[] = []
  private readonly fed: (() => void)[] = []
  private readonly closed: (() => void)[] = []
  /** Those closed before a turn, told when it is over. */
  private readonly closedBefore: (() => void)[] = []
  /** Behind everything else of a turn, before the immediates of the program. */
  private readonly last: (() => void)[] = []
  /** There will be a turn, or there is one. */
  private isAsked = false
  private isRunning = false
  private readonly clock: Pick<Clock, 'holdTurn' | 'endTurn'> | undefined
  private readonly onAsk: (() => void) | undefined

  /** `clock`: of the stack whose handles these are; `onAsk` hears that there will be a turn. */
  constructor(clock?: Pick<Clock, 'holdTurn' | 'endTurn'>, onAsk?: () => void) {
    this.clock = clock
    this.onAsk = onAsk
  }

  addReady(handle: Ready): void {
    this.ready.push(handle)
    this.arm()
  }

  /** Behind what is being told now, before anything else is looked at. */
  feed(run: () => void): void {
    this.fed.push(run)
    this.arm()
  }

  /** At the end of this turn, or of the next one: what Node itself puts off to the moment before immediates. */
  addLast(run: () => void): void {
    this.last.push(run)
    this.arm()
  }

  addClosed(tell: () => void): void {
    const isEnding = this.isRunning || isInImmediate()
    ;(isEnding ? this.closed : this.closedBefore).push(tell)
    this.arm()
  }

  private arm(): void {
    if (!this.isAsked) this.ask()
  }

  private ask(): void {
    this.isAsked = true
    this.onAsk?.()
    askTurn(this)
  }

  private get hasMore(): boolean { return this.ready.length + this.fed.length + this.closed.length + this.last.length > 0 }

  /** What throws ends the turn: the rest comes in the next one. */
  takeTurn(): void {
    this.isRunning = true
    this.clock?.holdTurn?.()
    try {
      // Who is closed by those that hear of it here is told in the next turn.
      for (let left = this.closed.length; left > 0; left--) {
        this.callBack(left === this.closed.length ? this.closed.pop() : this.closed.splice(left - 1, 1)[0])
      }
      this.runFed()
      for (let left = this.ready.length; left > 0; left--) {
        this.ready.shift()?.runTurn()
        this.clock?.holdTurn?.()
      }
      for (let round = 0; round < MOST_ROUNDS && this.fed.length > 0; round++) this.runFed()
      if (this.last.length > 0) callBack(this.runLast)
    } finally {
      this.isRunning = false
      this.clock?.endTurn?.()
      if (this.closedBefore.length > 0) this.closed.unshift(...this.closedBefore.splice(0))
      // Behind the immediates that programs have asked for in this turn.
      if (this.hasMore) this.ask()
      else this.isAsked = false
    }
  }

  /** In one go: no ticks between two of them, and what they put off themselves belongs to it. */
  private readonly runLast = (): void => {
    for (let count = 0; count < MOST_LAST && this.last.length > 0; count++) this.last.shift()?.()
  }

  private runFed(): void {
    for (let left = this.fed.length; left > 0; left--) this.callBack(this.fed.shift())
  }

  /** Time may have gone on in each of them. */
  private callBack(run: (() => void) | undefined): void {
    if (run === undefined) return
    callBack(run)
    this.clock?.holdTurn?.()
  }
}

const known = new WeakMap<NodeStack, Turns>()

export function turnsOf(stack: NodeStack): Turns {
  let turns = known.get(stack)
  if (turns === undefined) known.set(stack, turns = new Turns(stack.process.state.kernel.namespace.clock, stack.onWake))
  return turns
}
