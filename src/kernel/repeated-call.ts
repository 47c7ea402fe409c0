// A call that sleeps until it succeeds: after each wake-up it is tried again in a turn of its own, never inside the
// protocol that woke it (row F6).

import type { Errno } from '../base/errno.ts'
import { NEVER } from '../base/time.ts'
import type { Instant } from '../base/time.ts'
import type { OpenFile } from './open-file.ts'
import type { ProcessState } from './process-state.ts'
import { NEVER_RETURNS, Sleeper } from './sleeper.ts'
import type { WakeReason } from './sleeper.ts'
import type { WokenCall } from './woken-calls.ts'

const ownTurn = Promise.resolve()

export abstract class RepeatedCall<T> extends Sleeper implements WokenCall {
  nextWoken: WokenCall | undefined = undefined
  protected file: OpenFile
  private readonly isExclusive: boolean
  private deadline: Instant = NEVER
  private settle: ((result: T | Errno | Promise<never>) => void) | undefined = undefined

  constructor(process: ProcessState, file: OpenFile, call: string, interest: number, isExclusive: boolean) {
    super(process, interest, call, file.id)
    this.file = file
    this.isExclusive = isExclusive
  }

  protected abstract attempt(): T | Errno

  /** Sleeps, tries, sleeps again. A time-out gets one last try. */
  result(deadline: Instant): Promise<T | Errno> {
    this.deadline = deadline
    this.file.retain()
    return new Promise(this.begin)
  }

  /** Kept: none is made for each sleep. */
  private readonly begin = (resolve: (result: T | Errno | Promise<never>) => void): void => {
    this.settle = resolve
    this.sleep()
  }

  private sleep(): void {
    this.hang(this.file.waitQueue, this.isExclusive)
    this.fallAsleep(this.deadline)
  }

  /** A signal's handler has its turn before the call it interrupts: such a call has one of its own. */
  protected override goOn(reason: WakeReason): void {
    if (reason === 'woken' || reason === 'dissolved') this.process.woken.add(this)
    else void ownTurn.then(() => { this.tryAgain() })
  }

  tryAgain(): void {
    const reason = this.takeReason()
    const result = reason === 'interrupted' ? 'EINTR' : reason === 'dissolved' ? 'EPIPE' : this.attempt()
    if (result === 'EAGAIN' && reason !== 'timeout') {
      this.sleep()
      return
    }
    const { settle } = this
    this.settle = undefined
    this.file.drop()
    this.over()
    settle?.(this.process.hasExited ? NEVER_RETURNS : result)
  }

  /** It sleeps no more. */
  protected over(): void { /* forgotten */ }
}

/** Any call, as a function. */
export class RepeatedAttempt<T> extends RepeatedCall<T> {
  private readonly run: () => T | Errno

  constructor(process: ProcessState, file: OpenFile, call: string, interest: number, isExclusive: boolean, run: () => T | Errno) {
    super(process, file, call, interest, isExclusive)
    this.run = run
  }

  protected override attempt(): T | Errno { return this.run() }
}
