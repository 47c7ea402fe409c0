// A process's sleeping calls, oldest first. Linked through the sleepers themselves: one joins and leaves for every call
// that waits, which a Set makes twice as dear as the rest of a sleep.

/** A sleep as its process's list knows it. */
export interface ListedSleep {
  previous: ListedSleep | undefined
  next: ListedSleep | undefined
  /** Does SA_RESTART let it sleep on? */
  readonly isRestartable: boolean
  /** It ends with EINTR. */
  interrupt(): void
}

export class SleeperList implements Iterable<ListedSleep> {
  private first: ListedSleep | undefined = undefined
  private last: ListedSleep | undefined = undefined

  add(sleeper: ListedSleep): void {
    sleeper.previous = this.last
    sleeper.next = undefined
    if (this.last === undefined) this.first = sleeper
    else this.last.next = sleeper
    this.last = sleeper
  }

  /** It must be listed here. */
  delete(sleeper: ListedSleep): void {
    const { previous, next } = sleeper
    if (previous === undefined) this.first = next
    else previous.next = next
    if (next === undefined) this.last = previous
    else next.previous = previous
    sleeper.previous = undefined
    sleeper.next = undefined
  }

  /** The one just seen may leave meanwhile. */
  * [Symbol.iterator](): Iterator<ListedSleep> {
    for (let sleeper = this.first; sleeper !== undefined;) {
      const { next } = sleeper
      yield sleeper
      sleeper = next
    }
  }
}
