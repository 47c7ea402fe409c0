// A heap of events keyed by instant and arming order: what virtual and real clocks keep. Storage is flat and grows;
// nothing is allocated per event but the caller's function. Handles carry a generation, so a stale cancel is harmless.

import type { TimerHandle } from './clock.ts'
import { NEVER } from './time.ts'
import type { Instant } from './time.ts'

const SLOT_BITS = 22
const SLOT_MASK = (1 << SLOT_BITS) - 1
const NONE = -1

type Callback = (() => void) | undefined

export class EventHeap {
  private when = new Float64Array(64)
  private order = new Float64Array(64)
  private generation = new Int32Array(64)
  /** Where a slot stands in the heap, -1 when it does not. */
  private position = new Int32Array(64).fill(-1)
  private heap = new Int32Array(64)
  private readonly callbacks: Callback[] = []
  /** Slots that are free: a list, NONE at its end. */
  private nextFree = new Int32Array(64)
  private firstFree = NONE
  private count = 0
  private armed = 0

  get size(): number { return this.count }

  nextAt(): Instant { return this.count === 0 ? NEVER : this.when[this.heap[0]] as Instant }

  schedule(when: Instant, fn: () => void): TimerHandle {
    const slot = this.takeSlot()
    this.when[slot] = when
    this.armed++
    this.order[slot] = this.armed
    this.callbacks[slot] = fn
    this.count++
    this.siftUp(this.count - 1, slot)
    return this.generation[slot] * (SLOT_MASK + 1) + slot + 1 as TimerHandle
  }

  cancel(handle: TimerHandle): void {
    if (handle <= 0) return
    const slot = (handle - 1) % (SLOT_MASK + 1)
    const generation = Math.floor((handle - 1) / (SLOT_MASK + 1))
    if (slot >= this.callbacks.length || this.generation[slot] !== generation || this.position[slot] < 0) return
    this.removeAt(this.position[slot])
    this.retire(slot)
  }

  /** The next event due at or before `now`, taken off. */
  popDue(now: Instant): (() => void) | undefined {
    if (this.count === 0) return undefined
    const slot = this.heap[0]
    if (this.when[slot] > now) return undefined
    const fn = this.callbacks[slot]
    this.removeAt(0)
    this.retire(slot)
    return fn
  }

  private takeSlot(): number {
    const free = this.firstFree
    if (free === NONE) return this.newSlot()
    this.firstFree = this.nextFree[free]
    return free
  }

  private newSlot(): number {
    const slot = this.callbacks.length
    if (slot > SLOT_MASK) throw new RangeError('too many events are pending')
    this.callbacks.push(undefined)
    if (slot >= this.when.length) this.grow()
    return slot
  }

  private grow(): void {
    const size = this.when.length * 2
    const when = new Float64Array(size)
    const order = new Float64Array(size)
    const generation = new Int32Array(size)
    const position = new Int32Array(size).fill(-1)
    const heap = new Int32Array(size)
    const nextFree = new Int32Array(size)
    when.set(this.when)
    order.set(this.order)
    generation.set(this.generation)
    position.set(this.position)
    heap.set(this.heap)
    nextFree.set(this.nextFree)
    this.when = when
    this.order = order
    this.generation = generation
    this.position = position
    this.heap = heap
    this.nextFree = nextFree
  }

  private retire(slot: number): void {
    this.callbacks[slot] = undefined
    this.generation[slot] = (this.generation[slot] + 1) & 0x3fffffff
    this.nextFree[slot] = this.firstFree
    this.firstFree = slot
  }

  private before(a: number, b: number): boolean {
    return this.when[a] < this.when[b] || (this.when[a] === this.when[b] && this.order[a] < this.order[b])
  }

  private place(index: number, slot: number): void {
    this.heap[index] = slot
    this.position[slot] = index
  }

  private siftUp(from: number, slot: number): void {
    let index = from
    while (index > 0) {
      const parent = (index - 1) >> 1
      if (!this.before(slot, this.heap[parent])) break
      this.place(index, this.heap[parent])
      index = parent
    }
    this.place(index, slot)
  }

  private siftDown(from: number, slot: number): void {
    let index = from
    for (;;) {
      let child = 2 * index + 1
      if (child >= this.count) break
      if (child + 1 < this.count && this.before(this.heap[child + 1], this.heap[child])) child++
      if (!this.before(this.heap[child], slot)) break
      this.place(index, this.heap[child])
      index = child
    }
    this.place(index, slot)
  }

  private removeAt(index: number): void {
    this.position[this.heap[index]] = -1
    this.count--
    if (index === this.count) return
    const moved = this.heap[this.count]
    if (index > 0 && this.before(moved, this.heap[(index - 1) >> 1])) this.siftUp(index, moved)
    else this.siftDown(index, moved)
  }
}
