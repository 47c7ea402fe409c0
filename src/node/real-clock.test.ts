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
