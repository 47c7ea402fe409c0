// Events of a clock that are due already, in the order of their arming. Their handles are negative: those of the heap are not.

import type { TimerHandle } from '../base/clock.ts'

export class DueEvents {
  /** Places are used again once all have run: an array that is emptied gives its storage back. */
  private readonly events: ((() => void) | undefined)[] = []
  private first = 0
  private end = 0
  /** How many went before the one at index 0. */
  private base = 0
  private count = 0

  /** Events that have neither run nor been cancelled. */
  get size(): number { return this.count }

  add(fn: () => void): TimerHandle {
    this.count++
    this.events[this.end] = fn
    this.end++
    return -(this.base + this.end) as TimerHandle
  }

  /** A handle that has fired or was cancelled is harmless. */
  cancel(handle: TimerHandle): void {
    const index = -handle - 1 - this.base
    if (index < this.first || index >= this.end || this.events[index] === undefined) return
    this.events[index] = undefined
    this.count--
  }

  /** The next event, taken off. */
  shift(): (() => void) | undefined {
    if (this.count === 0) return undefined
    let fn: (() => void) | undefined
    while (fn === undefined) {
      fn = this.events[this.first]
      this.events[this.first] = undefined
      this.first++
    }
    this.count--
    if (this.count === 0) {
      this.base += this.end
      this.first = 0
      this.end = 0
    }
    return fn
  }
}
