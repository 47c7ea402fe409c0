// A hierarchical timer wheel: four levels of 256 slots, ticks of 1 ms, intrusive lists in Int32Arrays. Timers of one tick
// fire in the order in which they were armed, from whatever level they came down. A timer is a number that names a target
// and a kind; arming, re-arming and disarming are O(1). They are lazy as well: a timer that is disarmed, or put off, stays
// where it stands in the wheel until that slot's turn comes, since most retransmission timers are armed again before it does.

import { assert } from './assert.ts'
import { NEVER } from './time.ts'
import type { Instant } from './time.ts'

/** Whom a timer calls; `kind` is what it was allocated with. */
export interface TimerTarget {
  onTimer(kind: number): void
}

const TICK_US = 1000
const LEVELS = 4
const SLOTS = 256
const NONE = -1

export class TimerWheel {
  /** Per timer: next and previous in its slot's list, the slot it is in (NONE when it is in none). */
  private next = new Int32Array(64)
  private previous = new Int32Array(64)
  private slotOf = new Int32Array(64).fill(NONE)
  /** The tick at which that slot's turn comes. */
  private turnOf = new Float64Array(64)
  /** NEVER when disarmed. */
  private due = new Float64Array(64).fill(NEVER)
  /** Per timer: the number of its last arming. */
  private order = new Float64Array(64)
  private readonly targets: (TimerTarget | undefined)[] = []
  private readonly kinds: number[] = []
  private readonly freeIds: number[] = []
  private readonly heads = new Int32Array(LEVELS * SLOTS).fill(NONE)
  private readonly tails = new Int32Array(LEVELS * SLOTS).fill(NONE)
  private readonly counts = new Int32Array(LEVELS)
  /** Ticks up to and including this one have fired. */
  private tick: number
  private armed = 0
  private armings = 0

  constructor(startAt: Instant) { this.tick = Math.floor(startAt / TICK_US) }

  get armedCount(): number { return this.armed }

  get allocatedCount(): number { return this.targets.length - this.freeIds.length }

  allocate(target: TimerTarget, kind: number): number {
    const id = this.freeIds.pop() ?? this.targets.length
    if (id === this.targets.length && id >= this.due.length) this.grow()
    this.targets[id] = target
    this.kinds[id] = kind
    return id
  }

  free(id: number): void {
    this.disarm(id)
    this.unlink(id)
    assert(this.targets[id] !== undefined, 'a timer was freed twice')
    this.targets[id] = undefined
    this.freeIds.push(id)
  }

  isArmed(id: number): boolean { return this.due[id] !== NEVER }

  deadline(id: number): Instant { return this.due[id] as Instant }

  arm(id: number, when: Instant): void {
    if (this.due[id] === NEVER) this.armed++
    this.due[id] = when
    this.armings++
    this.order[id] = this.armings
    if (this.mayStay(id)) return
    this.unlink(id)
    this.insert(id)
  }

  /** Put off, it moves on when the slot where it stands has its turn; of that very turn and the last there, it stands right. */
  private mayStay(id: number): boolean {
    const slot = this.slotOf[id]
    const turn = this.turnOf[id]
    if (slot === NONE || turn <= this.tick) return false
    const at = this.tickOf(id)
    return turn < at || (turn === at && this.tails[slot] === id)
  }

  disarm(id: number): void {
    if (this.due[id] === NEVER) return
    this.due[id] = NEVER
    this.armed--
  }

  /** Fires everything due at or before `now`; callbacks may arm, disarm, allocate and free. */
  advance(now: Instant): void {
    const until = Math.floor(now / TICK_US)
    while (this.tick < until) {
      if (this.armed === 0) {
        this.tick = until
        return
      }
      this.skipEmpty(until)
      if (this.tick >= until) return
      this.tick++
      if ((this.tick & 255) === 0) this.cascade(1)
      this.fireSlot(this.tick & 255)
    }
  }

  /** The earliest instant at which `advance` has something to do: a timer to fire, or a slot to spread. */
  nextAt(): Instant {
    if (this.armed === 0) return NEVER
    if (this.counts[0] > 0) {
      for (let tick = this.tick + 1; tick <= this.tick + SLOTS; tick++) {
        // A slot past the turn of the wheel holds timers of the next turn: they stand behind the cascade.
        if (this.heads[tick & 255] !== NONE) return this.beforeCascade(tick)
      }
    }
    return this.beforeCascade(Number.MAX_SAFE_INTEGER)
  }

  /** The earlier of `tick` and the first tick at which an upper slot that is not empty comes down. */
  private beforeCascade(tick: number): Instant {
    let best = tick
    for (let level = 1; level < LEVELS; level++) {
      if (this.counts[level] === 0) continue
      const span = SLOTS ** level
      const current = Math.floor(this.tick / span)
      for (let i = 1; i <= SLOTS; i++) {
        if (this.heads[level * SLOTS + ((current + i) & 255)] !== NONE) {
          best = Math.min(best, (current + i) * span)
          break
        }
      }
    }
    return best * TICK_US as Instant
  }

  /** Jumps over ticks in which nothing fires and nothing cascades. */
  private skipEmpty(until: number): void {
    const next = this.nextAt() / TICK_US
    if (next > this.tick + 1) this.tick = Math.min(until, next - 1)
  }

  private tickOf(id: number): number { return Math.max(Math.ceil(this.due[id] / TICK_US), this.tick + 1) }

  private insert(id: number): void {
    const at = this.tickOf(id)
    const distance = at - this.tick
    let level = 0
    let span = 1
    // Level n holds what lies beyond the current turn of level n - 1.
    while (level < LEVELS - 1 && distance >= span * SLOTS) {
      level++
      span *= SLOTS
    }
    const index = Math.floor(Math.min(at, this.tick + span * SLOTS - 1) / span)
    this.link(id, level, level * SLOTS + (index & 255), index * span)
  }

  private link(id: number, level: number, slot: number, turn: number): void {
    // What was just armed is the youngest and goes last. What comes down from above is older than nearly all here.
    const last = this.tails[slot]
    let following = this.order[id] === this.armings ? NONE : this.heads[slot]
    while (following !== NONE && this.order[following] < this.order[id]) following = this.next[following]
    const preceding = following === NONE ? last : this.previous[following]
    this.slotOf[id] = slot
    this.turnOf[id] = turn
    this.next[id] = following
    this.previous[id] = preceding
    if (preceding === NONE) this.heads[slot] = id
    else this.next[preceding] = id
    if (following === NONE) this.tails[slot] = id
    else this.previous[following] = id
    this.counts[level]++
  }

  private unlink(id: number): void {
    const slot = this.slotOf[id]
    if (slot === NONE) return
    const next = this.next[id]
    const previous = this.previous[id]
    if (previous === NONE) this.heads[slot] = next
    else this.next[previous] = next
    if (next === NONE) this.tails[slot] = previous
    else this.previous[next] = previous
    this.counts[slot >> 8]--
    this.slotOf[id] = NONE
  }

  /**
   * Spreads the upper slot whose turn begins now over the levels below; the next level after it when its turn begins too.
   * The higher a timer stood the earlier it was armed, so going from young to old each finds its place at the head.
   */
  private cascade(level: number): void {
    if (level >= LEVELS) return
    const index = Math.floor(this.tick / SLOTS ** level)
    const slot = level * SLOTS + (index & 255)
    let id = this.tails[slot]
    while (id !== NONE) {
      const older = this.previous[id]
      this.unlink(id)
      if (this.due[id] !== NEVER) this.comeDown(id)
      id = older
    }
    if ((index & 255) === 0) this.cascade(level + 1)
  }

  private comeDown(id: number): void {
    const at = Math.max(Math.ceil(this.due[id] / TICK_US), this.tick)
    if (at - this.tick < SLOTS) this.link(id, 0, at & 255, at)
    else this.insert(id)
  }

  private fireSlot(slot: number): void {
    while (this.heads[slot] !== NONE) {
      const id = this.heads[slot]
      this.unlink(id)
      const due = this.due[id]
      if (due === NEVER) continue
      if (Math.ceil(due / TICK_US) > this.tick) {
        // Put off since it came here.
        this.insert(id)
        continue
      }
      this.due[id] = NEVER
      this.armed--
      this.targets[id]?.onTimer(this.kinds[id])
    }
  }

  private grow(): void {
    const size = this.due.length * 2
    const next = new Int32Array(size)
    const previous = new Int32Array(size)
    const slotOf = new Int32Array(size).fill(NONE)
    const turnOf = new Float64Array(size)
    const due = new Float64Array(size).fill(NEVER)
    const order = new Float64Array(size)
    next.set(this.next)
    previous.set(this.previous)
    slotOf.set(this.slotOf)
    turnOf.set(this.turnOf)
    due.set(this.due)
    order.set(this.order)
    this.next = next
    this.previous = previous
    this.slotOf = slotOf
    this.turnOf = turnOf
    this.due = due
    this.order = order
  }
}
