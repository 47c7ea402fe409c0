import { describe, expect, it } from 'vitest'
import { instant } from '../base/time.ts'
import { Stage } from './stage.ts'

describe('the run loop of a world', () => {
  it('lets awaited programs react at the instant at which they were woken', async () => {
    const stage = new Stage()
    const log: string[] = []
    const program = async (name: string, period: number) => {
      for (let i = 0; i < 3; i++) {
        await stage.sleep(period)
        for (let turn = 0; turn < 10; turn++) await Promise.resolve()
        log.push(`${name} ${stage.now()}`)
      }
    }
    void program('a', 10)
    void program('b', 15)
    stage.clock.at(instant(12_000), () => { log.push(`event ${stage.now()}`) })
    await stage.run()
    expect(log).toEqual(['a 10000', 'event 12000', 'b 15000', 'a 20000', 'b 30000', 'a 30000', 'b 45000'])
  })

  it('stops when the condition holds, at its limit, or when nothing is left', async () => {
    const stage = new Stage()
    let ticks = 0
    const tick = () => {
      ticks++
      stage.clock.at(instant(stage.now() + 1000), tick)
    }
    stage.clock.at(instant(1000), tick)
    expect(await stage.runUntil(() => ticks === 5)).toBe(true)
    expect(stage.now()).toBe(5000)
    expect(await stage.runUntil(() => ticks === 100, 10)).toBe(false)
    await stage.runFor(5.5)
    expect(stage.now()).toBe(20_500)
    expect(await new Stage().runUntil(() => false)).toBe(false)
  })

  it('answers as the program does, and says so when the world falls silent before', async () => {
    const stage = new Stage()
    expect(await stage.runUntilDone(stage.sleep(5).then(() => 'done'))).toBe('done')
    await expect(stage.runUntilDone(Promise.reject(new Error('failed')))).rejects.toThrow('failed')
    await expect(stage.runUntilDone(new Promise(() => { /* never */ }))).rejects.toThrow('fell silent at 5000 us')
  })

  it('can wait with something of the platform', async () => {
    const stage = new Stage(() => new Promise(resolve => { setImmediate(resolve) }))
    let at = -1
    const program = async () => {
      await new Promise<void>(resolve => { stage.clock.at(instant(7000), resolve) })
      await new Promise<void>(resolve => { process.nextTick(resolve) })
      at = stage.now()
    }
    void program()
    stage.clock.at(instant(9000), () => { /* time would move on */ })
    await stage.run()
    expect(at).toBe(7000)
  })
})
