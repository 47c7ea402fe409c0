// A call that sleeps until it succeeds: after each wake-up it is tried again in a turn of its own, never inside the
// protocol that woke it (row F6). Made once for every sleeping read and write, so it is one object and one promise.

import type { Errno } from '../base/errno.ts'
import type { Instant } from '../base/time.ts'
import type { OpenFile } from './open-file.ts'
import type { ProcessState } from './process-state.ts'
import { NEVER_RETURNS, Sleeper } from './sleeper.ts'
import type { WakeReason } from './sleeper.ts'

const ownTurn = Promise.resolve()

export class RepeatedCall<T> extends Sleeper {
  private readonly file: OpenFile
  private readonly isExclusive: boolean
  private readonly attempt: () => T | Errno
  private readonly deadline: Instant
  private settle: ((result: T | Errno | Promise<never>) => void) | undefined = undefined

  constructor(process: ProcessState, file: OpenFile, call: string, interest: number, isExclusive: boolean, deadline: Instant,
    attempt: () => T | Errno) {
    super(process, interest, call, file.id)
    this.file = file
    this.isExclusive = isExclusive
    this.deadline = deadline
    this.attempt = attempt
  }

  /** Sleeps, tries, sleeps again. A time-out gets one last try. */
  result(): Promise<T | Errno> {
    this.file.retain()
    return new Promise(resolve => {
      this.settle = resolve
      this.sleep()
    })
  }

  private sleep(): void {
    this.hang(this.file.waitQueue, this.isExclusive)
    this.fallAsleep(this.deadline)
  }

  protected override goOn(): void { void ownTurn.then(this.tryAgain) }

  private readonly tryAgain = (): void => {
    const reason: WakeReason | undefined = this.takeReason()
    const result = reason === 'interrupted' ? 'EINTR' : this.attempt()
    if (result === 'EAGAIN' && reason !== 'timeout') {
      this.sleep()
      return
    }
    this.file.drop()
    this.settle?.(this.process.hasExited ? NEVER_RETURNS : result)
  }
}
