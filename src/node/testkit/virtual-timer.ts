// Node's Timeout on virtual time: ref, unref, refresh, close, a number where one is asked for. Node's own code (sockets that
// time out) keeps and clears these like its own, which is why they answer to `_onTimeout` and `_destroyed`.

import { AsyncResource } from 'node:async_hooks'
import type { TimerHandle } from '../../base/clock.ts'
import { runTicks } from '../facade/dispatcher.ts'
import { askTurn } from '../facade/turn-batch.ts'
import type { Due } from '../facade/turn-batch.ts'
import { activity } from './activity.ts'
import type { Life } from './life.ts'
import { currentLife } from './life.ts'
import { Place } from './place.ts'

const LONGEST_MS = 0x7fffffff

type Callback = (...args: unknown[]) => void

/** Timers by the number that a program asked of them. */
const numbered = new Map<number, VirtualTimer>()
let nextNumber = 1_000_000_000

export class VirtualTimer implements Due {
  life: Life
  readonly delayMs: number
  readonly repeats: boolean
  readonly createdAt: Place
  private readonly resource = new AsyncResource('Timeout')
  private callback: Callback | null
  private readonly args: readonly unknown[]
  private handle: TimerHandle | undefined
  private referenced = true
  private number: number | undefined = undefined

  constructor(life: Life, callback: Callback, delay: unknown, repeats: boolean, args: readonly unknown[]) {
    const asked = Number(delay)
    this.life = life
    this.callback = callback
    this.args = args
    this.repeats = repeats
    this.delayMs = asked >= 1 && asked <= LONGEST_MS ? Math.trunc(asked) : 1
    this.createdAt = new Place()
    this.arm()
  }

  private arm(): void {
    if (this.life.isOver) return
    this.life.time.timers.add(this)
    this.handle = this.life.time.at(this.delayMs, this.ring)
  }

  private disarm(): void {
    if (this.handle !== undefined) this.life.time.cancel(this.handle)
    this.handle = undefined
    this.life.time.timers.delete(this)
  }

  private readonly ring = (): void => {
    this.handle = undefined
    this.life.time.timers.delete(this)
    activity.begin()
    askTurn(this)
  }

  /** A turn of its own, in the context of whoever set the timer. */
  takeTurn(): void {
    activity.goOn()
    const { callback } = this
    if (callback === null || this.life.isOver || this.handle !== undefined) return
    try {
      this.resource.runInAsyncScope(callback, this, ...this.args)
    } catch (error) {
      this.life.onUncaught(error, 'uncaughtException')
    } finally {
      if (this.callback !== null && this.handle === undefined) {
        if (this.repeats) this.arm()
        else this.close()
      }
      runTicks()
    }
  }

  get isPending(): boolean { return this.handle !== undefined }
  ref(): this { this.referenced = true; return this }
  unref(): this { this.referenced = false; return this }
  hasRef(): boolean { return this.referenced }

  /** Begins anew, in the world of whoever asks: libraries keep one timer for all who use them. */
  refresh(): this {
    if (this.callback === null) return this
    this.disarm()
    const life = currentLife()
    if (life !== undefined && this.life.isOver) this.life = life
    this.arm()
    return this
  }

  close(): this {
    this.disarm()
    // A timer of a library that outlived its world may be refreshed in the next one.
    if (!this.life.isOver) this.callback = null
    if (this.number !== undefined) numbered.delete(this.number)
    return this
  }

  get _onTimeout(): Callback | null { return this.callback }

  set _onTimeout(value: Callback | null) {
    if (value !== null) return
    this.close()
    this.callback = null
  }

  get _destroyed(): boolean { return this.callback === null }
  get _idleTimeout(): number { return this.delayMs }

  [Symbol.toPrimitive](): number {
    if (this.number === undefined) {
      this.number = nextNumber++
      numbered.set(this.number, this)
    }
    return this.number
  }

  [Symbol.for('nodejs.dispose')](): void { this.close() }
}

if (typeof Symbol.dispose === 'symbol') {
  Object.defineProperty(VirtualTimer.prototype, Symbol.dispose, {
    value(this: VirtualTimer) { this.close() }, configurable: true, writable: true,
  })
}

/** The timer a program means by an object or a number; undefined if it is none of ours. */
export function virtualTimerOf(value: unknown): VirtualTimer | undefined {
  if (value instanceof VirtualTimer) return value
  return typeof value === 'number' || typeof value === 'string' ? numbered.get(Number(value)) : undefined
}
