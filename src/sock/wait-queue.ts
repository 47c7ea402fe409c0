// Who sleeps on a sock, a pipe or an epoll instance, and how they are woken (Linux: wait_queue_head). Exclusive waiters
// stand at the tail and one event wakes one of them, so that one connection wakes one accepting process (row G4).

/** No poll bit of POSIX: connect(AF_UNSPEC) took the connection from under whoever sleeps for its bytes. */
export const DISSOLVED = 1 << 20

export interface Waiter {
  /** Asked with the poll bits that just became true. Answers true when the waiter took the event. */
  wake(mask: number): boolean
}

interface Entry { readonly waiter: Waiter, readonly exclusive: boolean }

export class WaitQueue {
  /** Most queues have one waiter at a time: it stands here and costs no array. */
  private single: Waiter | undefined = undefined
  private singleIsExclusive = false
  /** Two and more; replaced, never changed in place, so that waiters may come and go during `wake`. */
  private entries: readonly Entry[] | undefined = undefined
  /** The old behaviour on request: an event wakes every exclusive waiter too (row G4, the thundering herd). */
  wakeAll = false

  /** Ordinary waiters are asked first, the latest first, as Linux adds them at the head. */
  add(waiter: Waiter): void {
    if (this.takeSingle(waiter, false)) return
    this.entries = [{ waiter, exclusive: false }, ...this.list()]
    this.single = undefined
  }

  addExclusive(waiter: Waiter): void {
    if (this.takeSingle(waiter, true)) return
    this.entries = [...this.list(), { waiter, exclusive: true }]
    this.single = undefined
  }

  remove(waiter: Waiter): void {
    if (this.single === waiter) {
      this.single = undefined
    } else if (this.entries !== undefined) {
      const kept = this.entries.filter(each => each.waiter !== waiter)
      this.entries = kept.length === 0 ? undefined : kept
    }
  }

  get length(): number { return this.single === undefined ? this.entries?.length ?? 0 : 1 }

  /** Tells ordinary waiters of `mask`, then exclusive ones until one takes it. Waiters may come and go meanwhile. */
  wake(mask: number): void {
    if (this.single !== undefined) {
      this.single.wake(mask)
      return
    }
    const entries = this.entries
    if (entries === undefined) return
    for (const { waiter, exclusive } of entries) {
      if (waiter.wake(mask) && exclusive && !this.wakeAll) return
    }
  }

  /** Tells everyone, exclusive waiters too: what happened is for all of them (shutdown, the end). */
  wakeEvery(mask: number): void {
    if (this.single !== undefined) this.single.wake(mask)
    else for (const { waiter } of this.entries ?? []) waiter.wake(mask)
  }

  private takeSingle(waiter: Waiter, exclusive: boolean): boolean {
    if (this.single !== undefined || this.entries !== undefined) return false
    this.single = waiter
    this.singleIsExclusive = exclusive
    return true
  }

  private list(): readonly Entry[] {
    if (this.single === undefined) return this.entries ?? []
    return [{ waiter: this.single, exclusive: this.singleIsExclusive }]
  }
}
