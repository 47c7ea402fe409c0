import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readCapture } from '../../wire/pcap.ts'
import scenario from './fixtures/echo-scenario.mjs'
import { explore } from './explore.ts'
import { inWorld } from './in-world.ts'

let folder = ''

beforeEach(() => { folder = mkdtempSync(join(tmpdir(), 'sockeye-')) })
afterEach(() => { rmSync(folder, { recursive: true }) })

describe('explore', () => {
  it('finds the smallest failing seed, with the same result in workers and here', async () => {
    const progress: number[] = []
    const options = { seeds: 24, options: { limit: '1s' }, artifacts: folder, onProgress: (done: number) => { progress.push(done) } }
    const here = await explore({ ...options, scenario })
    expect(here.ran).toBe(24)
    expect(here.failures.length).toBeGreaterThan(0)
    expect(here.failures.length).toBeLessThan(24)
    expect(here.smallest?.seed).toBe(here.failures[0].seed)
    expect(progress.at(-1)).toBe(24)
    const saved = here.smallest?.folder ?? ''
    expect(readdirSync(saved).sort()).toEqual(['error.txt', 'seed.txt', 'sockets.txt', 'timeline.txt', 'world.pcapng'])
    expect(readFileSync(join(saved, 'timeline.txt'), 'utf8')).toMatch(/server runs .*\n[^]*client.*Flags \[S\]/)
    const capture = readCapture(readFileSync(join(saved, 'world.pcapng')))
    expect(typeof capture === 'string' ? capture : capture.packets.length).toBeGreaterThan(2)
    const there = await explore({ ...options, scenario: new URL('./fixtures/echo-scenario.mjs', import.meta.url), workers: 2 })
    expect(there.hashes).toEqual(here.hashes)
    expect(there.failures.map(each => each.seed)).toEqual(here.failures.map(each => each.seed))
  }, 60_000)
})

describe('inWorld', () => {
  it('finds leaked sockets and says where they were opened', async () => {
    const leaking = inWorld({ noLeaks: true, artifacts: folder, tells: false }, async world => {
      const host = world.host('h')
      await host.run(({ dgram }) => { dgram.createSocket('udp4').bind(53) })
      await world.runFor('1s')
    })
    await expect(leaking).rejects.toThrow(/1 sockets were left open\nhost h: UDP 0\.0\.0\.0:53, opened at 0\.000000 s at .*explore\.test\.ts/)
    expect(readFileSync(join(folder, 'world-seed-1', 'sockets.txt'), 'utf8')).toContain('udp')
  })

  it('tells of programs that failed while nobody waited, exited, or ended early', async () => {
    const failing = (body: Parameters<typeof inWorld>[1]) => expect(inWorld({ artifacts: '', tells: false }, body)).rejects
    await failing(async world => {
      void world.host('h').run(() => { throw new Error('unheard') })
      await world.runFor(1)
    }).toThrow(/host h failed in program: Error: unheard/)
    await failing(async world => { await world.host('h').run(() => { process.exit(3) }) }).toThrow(/host h called process.exit\(3\) at .*explore\.test\.ts/)
    await failing(async world => { await world.host('h').run(() => new Promise(() => undefined)) }).toThrow(/Node would exit here, early, with code 13/)
  })
})
