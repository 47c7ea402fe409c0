// Packets under way, each due at an instant: a list for those that keep their order and a heap for those that overtake or
// fall behind, so that a cable that does neither never sorts. The due instant stands in `packet.receivedAt`.

import { NEVER } from '../../base/time.ts'
import type { Instant } from '../../base/time.ts'
import type { Packet } from '../../wire/packet.ts'
import { PacketFifo } from './fifo.ts'

export class DelayQueue {
  private readonly inOrder = new PacketFifo()
  private readonly heap: Packet[] = []
  /** Keys of the heap: due instant, and order of arrival among equals. */
  private dueAt = new Float64Array(64)
  private order = new Float64Array(64)
  private nextOrder = 0

  get length(): number { return this.inOrder.length + this.heap.length }

  /** A packet that stays behind those pushed before it; `due` before theirs counts as out of order. */
  push(packet: Packet, due: Instant): void {
    const last = this.inOrder.peekLast()
    if (last !== undefined && last.receivedAt > due) {
      this.pushOutOfOrder(packet, due)
      return
    }
    packet.receivedAt = due
    this.inOrder.push(packet)
  }

  pushOutOfOrder(packet: Packet, due: Instant): void {
    const { heap } = this
    packet.receivedAt = due
    if (heap.length === this.dueAt.length) this.grow()
    let at = heap.length
    const order = this.nextOrder++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (this.dueAt[parent] <= due) break
      this.move(parent, at)
      at = parent
    }
    this.place(at, packet, due, order)
  }

  nextAt(): Instant {
    const first = this.inOrder.peek()
    const listDue = first === undefined ? NEVER : first.receivedAt
    const heapDue = this.heap.length === 0 ? NEVER : this.dueAt[0]
    return Math.min(listDue, heapDue) as Instant
  }

  /** The next packet due at `now` or before. */
  shiftDue(now: Instant): Packet | undefined {
    const first = this.inOrder.peek()
    const listDue = first === undefined ? NEVER : first.receivedAt
    if (this.heap.length > 0 && this.dueAt[0] < listDue) return this.dueAt[0] <= now ? this.shiftHeap() : undefined
    return listDue <= now ? this.inOrder.shift() : undefined
  }

  /** Releases everything. */
  clear(): void {
    this.inOrder.clear()
    for (const packet of this.heap) packet.release()
    this.heap.length = 0
  }

  private shiftHeap(): Packet {
    const { heap, dueAt, order } = this
    const first = heap[0]
    const last = heap.length - 1
    const packet = heap[last]
    const due = dueAt[last]
    const rank = order[last]
    heap.pop()
    if (last > 0) this.sink(packet, due, rank)
    return first
  }

  private sink(packet: Packet, due: number, rank: number): void {
    const { dueAt, order } = this
    const count = this.heap.length
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= count) break
      const right = child + 1
      if (right < count && (dueAt[right] < dueAt[child] || dueAt[right] === dueAt[child] && order[right] < order[child])) child = right
      if (dueAt[child] > due || dueAt[child] === due && order[child] > rank) break
      this.move(child, at)
      at = child
    }
    this.place(at, packet, due, rank)
  }

  private place(at: number, packet: Packet, due: number, order: number): void {
    this.heap[at] = packet
    this.dueAt[at] = due
    this.order[at] = order
  }

  private move(from: number, to: number): void {
    this.heap[to] = this.heap[from]
    this.dueAt[to] = this.dueAt[from]
    this.order[to] = this.order[from]
  }

  private grow(): void {
    const dueAt = new Float64Array(this.dueAt.length * 2)
    const order = new Float64Array(this.order.length * 2)
    dueAt.set(this.dueAt)
    order.set(this.order)
    this.dueAt = dueAt
    this.order = order
  }
}
