// A connection's timers: one slot for what concerns retransmission (its four kinds exclude each other), one for the
// delayed ACK, one shared by keep-alive, FIN-WAIT-2 and SYN-ACK, one for pacing. Wheel entries are taken at first use.

import type { Instant } from '../../base/time.ts'
import { NEVER } from '../../base/time.ts'
import type { StackTimers, TimerTarget } from '../../base/stack-timers.ts'

export const RETRANSMIT_TIMER = 0
export const DELAYED_ACK_TIMER = 1
export const KEEPALIVE_TIMER = 2
export const PACING_TIMER = 3

export type RetransmitKind = 'idle' | 'rto' | 'persist' | 'loss probe' | 'reordering'

export class TimerSlots {
  private readonly timers: StackTimers
  private readonly target: TimerTarget
  /** -1: no entry of the wheel yet. */
  private readonly ids = [-1, -1, -1, -1]
  kind: RetransmitKind = 'idle'
  /** When the retransmission slot is due. */
  dueAt = 0

  constructor(timers: StackTimers, target: TimerTarget) {
    this.timers = timers
    this.target = target
  }

  arm(slot: number, at: number): void {
    if (this.ids[slot] < 0) this.ids[slot] = this.timers.allocate(this.target, slot)
    this.timers.arm(this.ids[slot], at as Instant)
  }

  disarm(slot: number): void { if (this.ids[slot] >= 0) this.timers.disarm(this.ids[slot]) }

  isArmed(slot: number): boolean { return this.ids[slot] >= 0 && this.timers.isArmed(this.ids[slot]) }

  deadline(slot: number): number { return this.ids[slot] < 0 ? NEVER : this.timers.deadline(this.ids[slot]) }

  armRetransmit(kind: RetransmitKind, at: number): void {
    this.kind = kind
    this.dueAt = at
    this.arm(RETRANSMIT_TIMER, at)
  }

  disarmRetransmit(): void {
    this.kind = 'idle'
    this.disarm(RETRANSMIT_TIMER)
  }

  isWaitingFor(kind: RetransmitKind): boolean { return this.kind === kind }

  /** Gives every entry back: the sock is done. */
  free(): void {
    this.kind = 'idle'
    for (let slot = 0; slot < this.ids.length; slot++) {
      if (this.ids[slot] >= 0) this.timers.free(this.ids[slot])
      this.ids[slot] = -1
    }
  }
}
