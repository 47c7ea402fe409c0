// Time moves only while somebody waits: this loop runs the world for as long as a test awaits a program, a condition or a while.

import { NEVER } from '../../base/time.ts'
import type { Instant } from '../../base/time.ts'
import type { World } from '../../sim/world.ts'
import { inLife } from './life.ts'

/** `met`: the condition holds. `late`: its time is over. `silent`: nothing is left that could change it. */
export type Outcome = 'met' | 'late' | 'silent'

interface Waiter {
  readonly isMet: () => boolean
  readonly deadline: Instant
  /** Waits for time itself, which passes in a silent world too. */
  readonly waitsForTime: boolean
  readonly resolve: (outcome: Outcome) => void
  readonly reject: (error: unknown) => void
}

export class Driver {
  private readonly world: World
  private readonly waiters = new Set<Waiter>()
  private isRunning = false

  constructor(world: World) { this.world = world }

  wait(isMet: () => boolean, limitMs: number, waitsForTime: boolean = false): Promise<Outcome> {
    const deadline = limitMs === Infinity ? NEVER : this.world.now() + Math.round(limitMs * 1000) as Instant
    return new Promise((resolve, reject) => {
      this.waiters.add({ isMet, deadline, waitsForTime, resolve, reject })
      if (!this.isRunning) {
        this.isRunning = true
        // Not in the context of a host, should it be one that waits.
        inLife(undefined, () => { void this.run() })
      }
    })
  }

  private async run(): Promise<void> {
    try {
      while (this.waiters.size > 0) await this.runToNext()
    } catch (error) {
      for (const each of this.waiters) each.reject(error)
      this.waiters.clear()
    } finally {
      this.isRunning = false
    }
  }

  private async runToNext(): Promise<void> {
    const { world, waiters } = this
    const deadline = this.nextDeadline()
    const isMet = await world.runUntil(() => this.tellMet(), deadline === NEVER ? Infinity : (deadline - world.now()) / 1000)
    if (isMet) return
    if (world.clock.nextAt() === NEVER) {
      const timed = [...waiters].filter(each => each.waitsForTime)
      if (timed.length === 0) {
        this.tell([...waiters], 'silent')
        return
      }
      world.clock.advanceTo(timed.reduce((least, each) => each.deadline < least ? each.deadline : least, NEVER))
    } else {
      world.clock.advanceTo(this.nextDeadline())
    }
    this.tell([...waiters].filter(each => each.deadline <= world.now()), 'late')
  }

  private nextDeadline(): Instant {
    let least = NEVER
    for (const { deadline } of this.waiters) if (deadline < least) least = deadline
    return least
  }

  /** True when somebody has been told, who goes on before time does. */
  private tellMet(): boolean {
    let met: Waiter[] | undefined
    for (const each of this.waiters) {
      try {
        if (each.isMet()) (met ??= []).push(each)
      } catch (error) {
        this.waiters.delete(each)
        each.reject(error)
        return true
      }
    }
    if (met === undefined) return false
    this.tell(met, 'met')
    return true
  }

  private tell(told: readonly Waiter[], outcome: Outcome): void {
    for (const each of told) {
      this.waiters.delete(each)
      each.resolve(outcome)
    }
  }
}
