// A set whose members know their neighbours: what comes and goes with every connection costs no hashing and no memory here. A member
// belongs to one such set. In the order of arrival.

export interface Linked<T> {
  listedBefore: T | undefined
  listedAfter: T | undefined
  isListed: boolean
}

export class LinkedSet<T extends Linked<T>> {
  private first: T | undefined = undefined
  private last: T | undefined = undefined
  private count = 0

  get size(): number { return this.count }

  add(member: T): void {
    if (member.isListed) return
    member.isListed = true
    member.listedBefore = this.last
    if (this.last === undefined) this.first = member
    else this.last.listedAfter = member
    this.last = member
    this.count++
  }

  /** True when it was there. */
  delete(member: T): boolean {
    if (!member.isListed) return false
    const { listedBefore: before, listedAfter: after } = member
    if (before === undefined) this.first = after
    else before.listedAfter = after
    if (after === undefined) this.last = before
    else after.listedBefore = before
    member.listedBefore = undefined
    member.listedAfter = undefined
    member.isListed = false
    this.count--
    return true
  }

  /** The member in hand may leave meanwhile. */
  * [Symbol.iterator](): IterableIterator<T> {
    for (let member = this.first; member !== undefined;) {
      const { listedAfter: after } = member
      yield member
      member = after
    }
  }
}
