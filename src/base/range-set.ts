// Ordered disjoint half-open ranges of numbers: reassembly, SACK blocks, fragments. Touching ranges are merged. Flat
// storage; a handful of ranges is the common case, so look-ups walk or bisect one array.

export class RangeSet {
  /** start, end, start, end ... ascending. */
  private edges: number[] = []

  get count(): number { return this.edges.length / 2 }
  start(i: number): number { return this.edges[2 * i] }
  end(i: number): number { return this.edges[2 * i + 1] }
  clear(): void { this.edges = [] }

  get totalLength(): number {
    let total = 0
    for (let i = 0; i < this.edges.length; i += 2) total += this.edges[i + 1] - this.edges[i]
    return total
  }

  /** Index into `edges` of the first range that ends at or after `x` (touching counts). */
  private firstTouching(x: number): number {
    let low = 0
    let high = this.edges.length / 2
    while (low < high) {
      const middle = (low + high) >> 1
      if (this.edges[2 * middle + 1] < x) low = middle + 1
      else high = middle
    }
    return 2 * low
  }

  /** Adds [start, end); answers how much of it was new. */
  add(start: number, end: number): number {
    if (end <= start) return 0
    const from = this.firstTouching(start)
    let to = from
    let mergedStart = start
    let mergedEnd = end
    let known = 0
    while (to < this.edges.length && this.edges[to] <= end) {
      known += Math.max(0, Math.min(end, this.edges[to + 1]) - Math.max(start, this.edges[to]))
      mergedStart = Math.min(mergedStart, this.edges[to])
      mergedEnd = Math.max(mergedEnd, this.edges[to + 1])
      to += 2
    }
    this.edges.splice(from, to - from, mergedStart, mergedEnd)
    return end - start - known
  }

  /** Removes [start, end). */
  remove(start: number, end: number): void {
    if (end <= start) return
    const kept: number[] = []
    for (let i = 0; i < this.edges.length; i += 2) {
      const low = this.edges[i]
      const high = this.edges[i + 1]
      if (high <= start || low >= end) {
        kept.push(low, high)
        continue
      }
      if (low < start) kept.push(low, start)
      if (high > end) kept.push(end, high)
    }
    this.edges = kept
  }

  contains(x: number): boolean { return this.covers(x, x + 1) }

  covers(start: number, end: number): boolean {
    if (end <= start) return true
    let i = this.firstTouching(start)
    if (i < this.edges.length && this.edges[i + 1] === start) i += 2
    return i < this.edges.length && this.edges[i] <= start && this.edges[i + 1] >= end
  }

  /** The first stretch of [start, end) that is not in the set, undefined when all is. */
  firstGap(start: number, end: number): { start: number, end: number } | undefined {
    let at = start
    for (let i = this.firstTouching(start); i < this.edges.length && at < end; i += 2) {
      if (this.edges[i] > at) return { start: at, end: Math.min(end, this.edges[i]) }
      at = Math.max(at, this.edges[i + 1])
    }
    return at < end ? { start: at, end } : undefined
  }
}
