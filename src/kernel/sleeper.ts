// One sleep of a process: on which queue, for which poll bits, until when (row G4). It ends by a wake-up, the time-out, or
// a signal; the sleeper then runs in a turn of its own, never inside the protocol that woke it.

import type { TimerTarget } from '../base/stack-timers.ts'
import { NEVER } from '../base/time.ts'
import type { Instant } from '../base/time.ts'
import type { WaitQueue, Waiter } from '../sock/wait-queue.ts'
import type { ProcessState } from './process-state.ts'

export type WakeReason = 'woken' | 'timeout' | 'interrupted'

const NO_TIMER = -1

export class Sleeper implements Waiter, TimerTarget {
  private readonly process: ProcessState
  private readonly interest: number
  private resolve: ((reason: WakeReason) => void) | undefined = undefined
  /** Why it was woken before it went to sleep. */
  private early: WakeReason | undefined = undefined
  private timer = NO_TIMER

  constructor(process: ProcessState, interest: number) {
    this.process = process
    this.interest = interest
  }

  /** Called by wait queues: takes the event if it is of interest and none was taken yet. */
  wake(mask: number): boolean {
    if ((mask & this.interest) === 0) return false
    return this.end('woken')
  }

  onTimer(): void { this.end('timeout') }

  interrupt(): void { this.end('interrupted') }

  /** Sleeps on queues it was added to by the caller. */
  until(deadline: Instant): Promise<WakeReason> {
    return new Promise(resolve => {
      if (this.early !== undefined) {
        resolve(this.early)
        return
      }
      this.resolve = resolve
      this.process.sleepers.add(this)
      if (deadline === NEVER) return
      const { timers } = this.process.kernel.namespace
      this.timer = timers.allocate(this, 0)
      timers.arm(this.timer, deadline)
    })
  }

  private end(reason: WakeReason): boolean {
    const { resolve } = this
    if (resolve === undefined) {
      if (this.early !== undefined) return false
      this.early = reason
      return true
    }
    if (this.early !== undefined) return false
    this.early = reason
    this.resolve = undefined
    this.process.sleepers.delete(this)
    if (this.timer !== NO_TIMER) {
      this.process.kernel.namespace.timers.free(this.timer)
      this.timer = NO_TIMER
    }
    this.process.kernel.onWake?.()
    resolve(reason)
    return true
  }
}

/** One sleep on one queue. */
export async function sleepOn(process: ProcessState, queue: WaitQueue | undefined, interest: number, deadline: Instant,
  exclusive: boolean): Promise<WakeReason> {
  const sleeper = new Sleeper(process, interest)
  if (exclusive) queue?.addExclusive(sleeper)
  else queue?.add(sleeper)
  const reason = await sleeper.until(deadline)
  queue?.remove(sleeper)
  return reason
}
