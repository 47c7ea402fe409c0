// A process's calls that were woken and not yet tried again, in the order of their waking: one turn for all of them.
// Linked through the calls themselves. The turn comes behind the clock's events where the clock offers that, else a promise
// makes one.

import type { Clock } from '../base/clock.ts'

export interface WokenCall {
  nextWoken: WokenCall | undefined
  tryAgain(): void
}

const ownTurn = Promise.resolve()

export class WokenCalls {
  private first: WokenCall | undefined = undefined
  private last: WokenCall | undefined = undefined
  private readonly clock: Clock

  constructor(clock: Clock) {
    this.clock = clock
  }

  add(call: WokenCall): void {
    if (this.last === undefined) {
      this.first = call
      if (this.clock.afterEvents?.(this.run) !== true) void ownTurn.then(this.run)
    } else {
      this.last.nextWoken = call
    }
    this.last = call
  }

  private readonly run = (): void => {
    let call = this.first
    this.first = undefined
    this.last = undefined
    while (call !== undefined) {
      const next: WokenCall | undefined = call.nextWoken
      call.nextWoken = undefined
      call.tryAgain()
      call = next
    }
  }
}
