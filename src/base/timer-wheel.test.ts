import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { NEVER, instant } from './time.ts'
import { TimerWheel } from './timer-wheel.ts'

/** Drives a wheel exactly at the instants it asks for and records when each timer fired. */
function drive(deadlines: readonly number[], startAt: number): { fired: { id: number, at: number }[], wakes: number } {
  const wheel = new TimerWheel(instant(startAt))
  const fired: { id: number, at: number }[] = []
  let now = startAt
  deadlines.forEach((deadline, index) => {
    const id = wheel.allocate({ onTimer: kind => fired.push({ id: kind, at: now }) }, index)
    wheel.arm(id, instant(deadline))
  })
  let wakes = 0
  while (wheel.nextAt() !== NEVER) {
    now = wheel.nextAt()
    wheel.advance(instant(now))
    wakes++
    if (wakes > 100_000) throw new Error('the wheel never empties')
  }
  return { fired, wakes }
}

const far = fc.oneof(fc.integer({ min: 0, max: 3_000_000 }), fc.integer({ min: 0, max: 200_000_000_000 }))

describe('the timer wheel', () => {
  it('fires every timer once, never early and at most a tick late', () => {
    fc.assert(fc.property(fc.array(far, { maxLength: 40 }), fc.integer({ min: 0, max: 10_000_000 }), (delays, startAt) => {
      const { fired, wakes } = drive(delays.map(delay => startAt + delay), startAt)
      expect(fired.map(each => each.id).sort((a, b) => a - b)).toEqual(delays.map((_, i) => i))
      for (const { id, at } of fired) {
        expect(at).toBeGreaterThanOrEqual(startAt + delays[id])
        expect(at - Math.max(startAt + delays[id], startAt + 1)).toBeLessThanOrEqual(2000)
      }
      expect(wakes).toBeLessThanOrEqual(4 * delays.length)
    }))
  })

  it('fires timers of one tick in arming order', () => {
    expect(drive([5000, 4100, 4900, 4500], 0).fired.map(each => each.id)).toEqual([0, 1, 2, 3])
  })

  it('forgets a disarmed timer and moves a re-armed one', () => {
    const wheel = new TimerWheel(instant(0))
    const fired: number[] = []
    const first = wheel.allocate({ onTimer: kind => fired.push(kind) }, 1)
    const second = wheel.allocate({ onTimer: kind => fired.push(kind) }, 2)
    wheel.arm(first, instant(10_000))
    wheel.arm(second, instant(10_000))
    wheel.arm(second, instant(700_000_000))
    wheel.disarm(first)
    wheel.advance(instant(20_000))
    expect(fired).toEqual([])
    expect(wheel.deadline(second)).toBe(700_000_000)
    wheel.advance(instant(700_000_000))
    expect(fired).toEqual([2])
    expect(wheel.armedCount).toBe(0)
  })

  it('lets a callback arm, disarm and free others of the same tick', () => {
    const wheel = new TimerWheel(instant(0))
    const fired: number[] = []
    const victim = wheel.allocate({ onTimer: () => fired.push(9) }, 0)
    const killer = wheel.allocate({
      onTimer: () => {
        fired.push(1)
        wheel.free(victim)
      },
    }, 0)
    wheel.arm(killer, instant(3000))
    wheel.arm(victim, instant(3000))
    wheel.advance(instant(5000))
    expect(fired).toEqual([1])
  })
})
