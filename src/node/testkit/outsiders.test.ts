import { execFile, fork, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { TestHost } from './test-host.ts'
import { createWorld } from './world.ts'
import type { TestWorld } from './world.ts'

const DOUBLER = fileURLToPath(new URL('fixtures/doubler.cjs', import.meta.url))

let world: TestWorld
let host: TestHost

beforeEach(async () => {
  world = await createWorld({ seed: 1 })
  host = world.host('a')
})
afterEach(async () => { await world.close() })

function isAlive(pid: number | undefined): boolean {
  try {
    return process.kill(pid ?? 0, 0)
  } catch {
    return false
  }
}

describe('time stands still for what programs start outside of the world', () => {
  it('a command and its output', async () => {
    const shout = async (): Promise<string> => (await promisify(execFile)('sh', ['-c', 'sleep .1; echo hi'])).stdout
    expect(await host.run(shout)).toBe('hi\n')
    expect(world.now()).toBe(0)
  })

  it('a filter that is written to', async () => {
    const text = await host.run(async () => {
      const filter = spawn('cat')
      filter.stdin.end('through')
      let seen = ''
      for await (const bytes of filter.stdout) seen += String(bytes)
      return seen
    })
    expect([text, world.now()]).toEqual(['through', 0])
  })

  it('a child and a worker that are asked several times, and end with their host', async () => {
    const ask = (asked: { on(event: 'message', heard: (answer: number) => void): unknown }, send: (value: number) => void): Promise<number[]> =>
      new Promise(resolve => {
        const answers: number[] = []
        asked.on('message', answer => {
          answers.push(answer)
          if (answers.length === 3) resolve(answers)
          else setTimeout(() => { send(answer) }, 60_000)
        })
        send(21)
      })
    const pid = await host.run(async () => {
      const child = fork(DOUBLER)
      expect(await ask(child, value => { child.send(value) })).toEqual([42, 84, 168])
      const worker = new Worker(DOUBLER)
      expect(await ask(worker, value => { worker.postMessage(value) })).toEqual([42, 84, 168])
      return child.pid
    })
    expect(world.now()).toBe(240_000)
    expect(isAlive(pid)).toBe(true)
    host.kill()
    for (let turn = 0; turn < 5000 && isAlive(pid); turn++) await new Promise(resolve => { setImmediate(resolve) })
    expect(isAlive(pid)).toBe(false)
  })
})
