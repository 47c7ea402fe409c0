// When events are due, and what counts as in time. A relative time counts from when the event before it really finished;
// inbound packet after inbound packet counts from the schedule, so that lateness does not add up.

import type { Instant } from '../base/time.ts'
import type { ScriptEvent } from './ast.ts'
import { Mismatch } from './refusal.ts'
import type { Settings } from './settings.ts'

/** How long after its time a packet or a call's end is given up. */
export const PATIENCE_US = 2_000_000
const ANY_TIME_PATIENCE_US = 60_000_000

export class Schedule {
  /** The stack's time at which the script began; all else is microseconds since. */
  readonly startAt: Instant
  /** Of the current event. */
  us = 0
  endUs = 0
  anyTime = false
  private previousUs = 0
  private baseUs = 0
  private wasInbound = false
  private readonly settings: Settings

  constructor(settings: Settings, startAt: Instant) {
    this.settings = settings
    this.startAt = startAt
  }

  begin(event: ScriptEvent, now: Instant): void {
    const { time, action } = event
    const isInbound = action.kind === 'packet' && action.direction === '<'
    this.previousUs = this.us
    this.baseUs = isInbound && this.wasInbound ? this.us : now - this.startAt
    this.wasInbound = isInbound
    this.anyTime = time.kind === 'any'
    if (time.kind === 'any') {
      this.us = this.baseUs
      this.endUs = this.baseUs
      return
    }
    const base = time.kind === 'relative' || time.kind === 'relative-range' ? this.baseUs : 0
    this.us = base + time.us
    this.endUs = 'endUs' in time ? base + time.endUs : this.us
  }

  get at(): Instant { return this.startAt + this.us as Instant }

  /** When a blocking call returns: its second time counts as its first does. */
  endOf(event: ScriptEvent, endUs: number): number { return event.time.kind === 'relative' ? this.baseUs + endUs : endUs }

  get deadline(): Instant {
    const from = Math.max(this.endUs, this.baseUs)
    return this.startAt + from + (this.anyTime ? ANY_TIME_PATIENCE_US : PATIENCE_US) as Instant
  }

  /** The last instant at which an expected packet is still in time, not before `now`. */
  inTimeUntil(now: Instant): Instant {
    return Math.max(this.startAt + this.endUs + this.toleranceUs(this.us), now) as Instant
  }

  toleranceUs(expectedUs: number, previousUs: number = this.previousUs): number {
    return Math.max(this.settings.toleranceUs, (this.settings.tolerancePercent / 100) * (expectedUs - previousUs))
  }

  isSame(expectedUs: number, actualUs: number, previousUs: number = this.previousUs): boolean {
    return Math.abs(expectedUs - actualUs) <= this.toleranceUs(expectedUs, previousUs)
  }

  /** What is wrong with a packet leaving at that time. */
  timeFault(atUs: number): string | undefined {
    if (this.anyTime) return undefined
    const tolerance = this.toleranceUs(this.us)
    if (atUs >= this.us - tolerance && atUs <= this.endUs + tolerance) return undefined
    const expected = this.us === this.endUs ? seconds(this.us) : `${seconds(this.us)}~${seconds(this.endUs)}`
    return `expected at ${expected} s, left at ${seconds(atUs)} s`
  }

  checkLate(now: Instant): void {
    const lateUs = now - this.startAt - this.us
    if (lateUs > this.toleranceUs(this.us)) throw new Mismatch(`the event was due at ${seconds(this.us)} s, it is ${seconds(now - this.startAt)} s already`)
  }
}

export function seconds(us: number): string { return (us / 1_000_000).toFixed(6) }
