// Who sleeps on a sock, a pipe or an epoll instance, and how they are woken (Linux: wait_queue_head). Exclusive waiters
// stand at the tail and one event wakes one of them, so that one connection wakes one accepting process (row G4).

export interface Waiter {
  /** Asked with the poll bits that just became true. Answers true when the waiter took the event. */
  wake(mask: number): boolean
}

interface Entry { waiter: Waiter, exclusive: boolean }

export class WaitQueue {
  private entries: Entry[] | undefined = undefined
  /** The old behaviour on request: an event wakes every exclusive waiter too (row G4, the thundering herd). */
  wakeAll = false

  /** Ordinary waiters are asked first, the latest first, as Linux adds them at the head. */
  add(waiter: Waiter): void { this.entries = [{ waiter, exclusive: false }, ...this.entries ?? []] }

  addExclusive(waiter: Waiter): void { this.entries = [...this.entries ?? [], { waiter, exclusive: true }] }

  remove(waiter: Waiter): void {
    if (this.entries === undefined) return
    const kept = this.entries.filter(each => each.waiter !== waiter)
    this.entries = kept.length === 0 ? undefined : kept
  }

  get length(): number { return this.entries?.length ?? 0 }

  /** Tells ordinary waiters of `mask`, then exclusive ones until one takes it. Waiters may come and go meanwhile. */
  wake(mask: number): void {
    const entries = this.entries
    if (entries === undefined) return
    for (const { waiter, exclusive } of entries) {
      if (waiter.wake(mask) && exclusive && !this.wakeAll) return
    }
  }
}
