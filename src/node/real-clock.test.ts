import { afterEach, describe, expect, it } from 'vitest'
import { after, us } from '../base/time.ts'
import { loadLibc } from './libc.ts'
import { RealClock } from './real-clock.ts'

const clocks: RealClock[] = []
const libc = await loadLibc().catch(() => undefined)

function clockOf(kind: 'timeout' | 'timerfd'): RealClock {
  const clock = new RealClock(kind === 'timerfd' ? libc : undefined)
  clocks.push(clock)
  return clock
}

afterEach(() => { for (const clock of clocks.splice(0)) clock.close() })

describe.each(['timeout', 'timerfd'] as const)('real clock on %s', kind => {
  it('runs events in the order of their instants, the earlier armed first, none before its time', async () => {
    const clock = clockOf(kind)
    const ran: string[] = []
    const start = clock.now()
    const expectDue = (name: string, delay: number): void => {
      expect(clock.now()).toBeGreaterThanOrEqual(start + delay)
      ran.push(name)
    }
    await new Promise<void>(resolve => {
      clock.at(after(start, us(3000)), () => { expectDue('c', 3000) })
      clock.at(after(start, us(1000)), () => { expectDue('a', 1000) })
      clock.at(after(start, us(1000)), () => { expectDue('b', 1000) })
      clock.at(after(start, us(5000)), () => { resolve() })
    })
    expect(ran).toEqual(['a', 'b', 'c'])
  })

  it('never runs an event synchronously, nor one that was cancelled', async () => {
    const clock = clockOf(kind)
    const ran: string[] = []
    const cancelled = clock.at(clock.now(), () => ran.push('cancelled'))
    clock.cancel(cancelled)
    await new Promise<void>(resolve => {
      clock.at(clock.now(), () => {
        ran.push('due')
        resolve()
      })
      expect(ran).toEqual([])
    })
    expect(ran).toEqual(['due'])
    expect(clock.pending).toBe(0)
  })

  it('runs events that are due at once among those whose instant came meanwhile, each in its turn', async () => {
    const clock = clockOf(kind)
    const ran: string[] = []
    await new Promise<void>(resolve => {
      const start = clock.now()
      clock.at(start, () => {
        ran.push('first')
        const began = clock.now()
        clock.at(after(began, us(300)), () => { ran.push('later') })
        clock.at(clock.now(), () => { ran.push('of the first') })
        const cancelled = clock.at(clock.now(), () => { ran.push('cancelled') })
        clock.cancel(cancelled)
        // Both are due when the next event is armed, and stand before it.
        while (clock.now() < after(began, us(400))) clock.refresh()
        clock.at(clock.now(), () => { ran.push('last'); resolve() })
      })
      clock.at(start, () => { ran.push('second') })
      expect(clock.pending).toBe(2)
      clock.cancel(clock.at(clock.now(), () => { ran.push('cancelled') }))
      expect(clock.pending).toBe(2)
    })
    expect(ran).toEqual(['first', 'second', 'of the first', 'later', 'last'])
    expect(clock.pending).toBe(0)
  })

  it('offers a turn behind the events that run, and none when none runs', async () => {
    const clock = clockOf(kind)
    const ran: string[] = []
    expect(clock.afterEvents(() => { ran.push('never') })).toBe(false)
    await new Promise<void>(resolve => {
      clock.at(clock.now(), () => {
        expect(clock.afterEvents(() => { ran.push('after'); resolve() })).toBe(true)
        ran.push('first')
      })
      clock.at(clock.now(), () => { ran.push('second') })
    })
    expect(ran).toEqual(['first', 'second', 'after'])
  })

  it('lets others in between when more is due than fits one batch', async () => {
    const clock = clockOf(kind)
    let ran = 0
    let ranBefore = 0
    await new Promise<void>(resolve => {
      for (let i = 0; i < 1000; i++) clock.at(clock.now(), () => { ran++; if (ran === 1000) resolve() })
      setImmediate(() => setImmediate(() => { ranBefore = ran }))
    })
    expect(ranBefore).toBeLessThan(1000)
  })

  it('shows the same instant for a whole turn, and a later one in the next', async () => {
    const clock = clockOf(kind)
    const first = clock.now()
    for (let i = 0; i < 100_000; i++) Math.sqrt(i)
    expect(clock.now()).toBe(first)
    await new Promise(resolve => setImmediate(resolve))
    expect(clock.now()).toBeGreaterThan(first)
  })
})
