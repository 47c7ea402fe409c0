// One sleep of a process: on which queue, for which poll bits, until when (row G4). It ends by a wake-up, the time-out, or
// a signal; the sleeper then runs in a turn of its own, never inside the protocol that woke it.

import type { TimerTarget } from '../base/stack-timers.ts'
import { NEVER } from '../base/time.ts'
import type { Instant } from '../base/time.ts'
import { DISSOLVED } from '../sock/wait-queue.ts'
import type { WaitQueue, Waiter } from '../sock/wait-queue.ts'
import type { ProcessState } from './process-state.ts'
import type { ListedSleep } from './sleeper-list.ts'

/** `dissolved`: what it waited for can come no more, and the answer is EPIPE (Linux: sk_disconnects). */
export type WakeReason = 'woken' | 'timeout' | 'interrupted' | 'dissolved'

/** What a call of a process that is gone answers: nothing, ever. */
export const NEVER_RETURNS: Promise<never> = new Promise(() => { /* its code ends here */ })

const NO_TIMER = -1
const NEVER_RESTARTED: readonly string[] = ['poll', 'select', 'epoll_wait', 'sleep']

export class Sleeper implements Waiter, TimerTarget, ListedSleep {
  protected readonly process: ProcessState
  private readonly interest: number
  /** What traces say of it: the call, and the file it sleeps on. */
  private call: string
  private fileId: number
  private queue: WaitQueue | undefined = undefined
  private moreQueues: WaitQueue[] | undefined = undefined
  private resolve: ((reason: WakeReason) => void) | undefined = undefined
  /** Why it was woken, perhaps before it went to sleep. */
  private reason: WakeReason | undefined = undefined
  private isAsleep = false
  private timer = NO_TIMER
  /** Neighbours in the process's list. */
  previous: ListedSleep | undefined = undefined
  next: ListedSleep | undefined = undefined
  private mayRestart = true

  constructor(process: ProcessState, interest: number, call: string, fileId: number) {
    this.process = process
    this.interest = interest
    this.call = call
    this.fileId = fileId
  }

  /** The same object for another call. */
  protected rename(call: string, fileId: number): void {
    this.call = call
    this.fileId = fileId
    this.mayRestart = true
  }

  /** Hangs it on a queue, which it leaves when it is woken. */
  hang(queue: WaitQueue | undefined, isExclusive: boolean): this {
    if (queue === undefined) return this
    if (isExclusive && !this.process.kernel.thunderingHerd) queue.addExclusive(this)
    else queue.add(this)
    if (this.queue === undefined) this.queue = queue
    else (this.moreQueues ??= []).push(queue)
    return this
  }

  /** Called by wait queues: takes the event if it is of interest and none was taken yet. */
  wake(mask: number): boolean {
    const met = mask & this.interest
    return met !== 0 && this.end((met & DISSOLVED) === 0 ? 'woken' : 'dissolved')
  }

  onTimer(): void { this.end('timeout') }

  /** Does SA_RESTART let it sleep on? Not calls with a time-out, nor those that wait for many things. */
  get isRestartable(): boolean { return this.mayRestart && !NEVER_RESTARTED.includes(this.call) }

  interrupt(): void { this.end('interrupted') }

  until(deadline: Instant): Promise<WakeReason> {
    return new Promise(resolve => {
      this.resolve = resolve
      this.fallAsleep(deadline)
    })
  }

  /** It may have been woken already, since it hangs on its queue. */
  protected fallAsleep(deadline: Instant): void {
    const { namespace } = this.process.kernel
    if (namespace.trace.on) this.tell('sleep')
    if (this.reason !== undefined) {
      this.goOn(this.reason)
      return
    }
    this.isAsleep = true
    this.process.sleepers.add(this)
    if (deadline === NEVER) return
    this.mayRestart = false
    this.timer = namespace.timers.allocate(this, 0)
    namespace.timers.arm(this.timer, deadline)
  }

  /** The sleep is over. */
  protected goOn(reason: WakeReason): void { this.resolve?.(reason) }

  /** Why it was woken; it may sleep again after this. */
  protected takeReason(): WakeReason | undefined {
    const { reason } = this
    this.reason = undefined
    this.queue = undefined
    return reason
  }

  private end(reason: WakeReason): boolean {
    if (this.reason !== undefined) return false
    this.reason = reason
    this.queue?.remove(this)
    if (this.moreQueues !== undefined) for (const queue of this.moreQueues) queue.remove(this)
    if (!this.isAsleep) return true
    this.isAsleep = false
    const { process } = this
    process.sleepers.delete(this)
    if (this.timer !== NO_TIMER) {
      process.kernel.namespace.timers.free(this.timer)
      this.timer = NO_TIMER
    }
    if (process.kernel.namespace.trace.on) this.tell('wake')
    process.kernel.onWake?.()
    this.goOn(reason)
    return true
  }

  private tell(name: 'sleep' | 'wake'): void {
    const { namespace } = this.process.kernel
    namespace.trace.emit({ name, at: namespace.now(), host: namespace.host, pid: this.process.pid, sock: this.fileId, call: this.call })
  }
}
