// A process's sleeping calls, oldest first. Linked through the sleepers themselves: one joins and leaves for every call
// that waits, which a Set makes twice as dear as the rest of a sleep.

import type { Sleeper } from './sleeper.ts'

export class SleeperList implements Iterable<Sleeper> {
  private first: Sleeper | undefined = undefined
  private last: Sleeper | undefined = undefined

  add(sleeper: Sleeper): void {
    sleeper.previous = this.last
    sleeper.next = undefined
    if (this.last === undefined) this.first = sleeper
    else this.last.next = sleeper
    this.last = sleeper
  }

  /** It must be listed here. */
  delete(sleeper: Sleeper): void {
    const { previous, next } = sleeper
    if (previous === undefined) this.first = next
    else previous.next = next
    if (next === undefined) this.last = previous
    else next.previous = previous
    sleeper.previous = undefined
    sleeper.next = undefined
  }

  /** The one just seen may leave meanwhile. */
  * [Symbol.iterator](): Iterator<Sleeper> {
    for (let sleeper = this.first; sleeper !== undefined;) {
      const { next } = sleeper
      yield sleeper
      sleeper = next
    }
  }
}
