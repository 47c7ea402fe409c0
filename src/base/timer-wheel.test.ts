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
        expect(at - (startAt + delays[id])).toBeLessThanOrEqual(1000)
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

  it('fires in arming order what came down from an upper level and what was armed late', () => {
    const wheel = new TimerWheel(instant(0))
    const fired: string[] = []
    const arm = (name: string): void => { wheel.arm(wheel.allocate({ onTimer: () => fired.push(name) }, 0), instant(70_000_000)) }
    arm('from the third level')
    wheel.advance(instant(65_000_000))
    arm('from the second level')
    wheel.advance(instant(69_800_000))
    arm('from the first level')
    wheel.advance(instant(70_000_000))
    expect(fired).toEqual(['from the third level', 'from the second level', 'from the first level'])
  })

  it('agrees with a sorted list after any arming, disarming, freeing and waiting', () => {
    // Near ones, one tick shared by many, and each level's reach; the last lies beyond the whole wheel (49 days).
    const reach = fc.oneof(fc.integer({ min: -5000, max: 400_000 }), fc.constantFrom(70_000_000, 300_000, 16_777_216_000),
      fc.nat(70_000_000), fc.nat(20_000_000_000), fc.nat(20_000_000_000_000))
    const step = fc.oneof(
      { weight: 4, arbitrary: fc.record({ kind: fc.constant('arm' as const), id: fc.nat(15), by: reach, absolute: fc.boolean() }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('disarm' as const, 'renew' as const), id: fc.nat(15) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), by: fc.oneof(fc.nat(3000), fc.nat(400_000), fc.nat(70_000_000)) }) },
      { weight: 1, arbitrary: fc.constant({ kind: 'wake' as const }) },
    )
    fc.assert(fc.property(fc.array(step, { maxLength: 80 }), fc.nat(10_000_000), (steps, startAt) => {
      const wheel = new TimerWheel(instant(startAt))
      const fired: number[] = []
      const allocate = (i: number): number => wheel.allocate({ onTimer: kind => fired.push(kind) }, i)
      const ids = Array.from({ length: 16 }, (_, i) => allocate(i))
      let model: { i: number, due: number, tick: number }[] = []
      let now = startAt
      const advance = (to: number): void => {
        now = to
        const due = model.filter(each => each.tick * 1000 <= now).sort((a, b) => a.tick - b.tick)
        model = model.filter(each => each.tick * 1000 > now)
        fired.length = 0
        wheel.advance(instant(now))
        expect(fired).toEqual(due.map(each => each.i))
      }
      for (const each of steps) {
        if (each.kind === 'wait') {
          advance(now + each.by)
        } else if (each.kind === 'wake') {
          if (model.length > 0) advance(Math.max(now, wheel.nextAt()))
        } else {
          model = model.filter(({ i }) => i !== each.id)
          if (each.kind === 'disarm') {
            wheel.disarm(ids[each.id])
          } else if (each.kind === 'renew') {
            wheel.free(ids[each.id])
            ids[each.id] = allocate(each.id)
          } else if ('by' in each) {
            const due = each.absolute ? Math.abs(each.by) : now + each.by
            model.push({ i: each.id, due, tick: Math.max(Math.ceil(due / 1000), Math.floor(now / 1000) + 1) })
            wheel.arm(ids[each.id], instant(due))
          }
        }
        expect(wheel.armedCount).toBe(model.length)
        for (const { i, due } of model) expect(wheel.deadline(ids[i])).toBe(due)
        expect(wheel.nextAt()).toBeLessThanOrEqual(Math.min(NEVER, ...model.map(({ tick }) => tick * 1000)))
      }
      for (let wakes = 0; model.length > 0; wakes++) {
        expect(wakes).toBeLessThan(100)
        advance(Math.max(now, wheel.nextAt()))
      }
      expect(wheel.nextAt()).toBe(NEVER)
    }), { numRuns: 500 })
  })
})
