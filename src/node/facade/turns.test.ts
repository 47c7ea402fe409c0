import { expect, test } from 'vitest'
import type { AsyncResource } from 'node:async_hooks'
import { callBack, resourceOf } from './dispatcher.ts'
import { Turns } from './turns.ts'

const turns = new Turns()

function later(resource: AsyncResource, run: () => void): void {
  turns.addReady({ runTurn: () => { callBack(run, resource) } })
}

const resource = resourceOf('TEST')

/** Runs `story` and waits until nothing more is said for some turns. */
async function told(story: (say: (what: string) => () => void) => void): Promise<string[]> {
  const said: string[] = []
  story(what => () => { said.push(what) })
  for (let quiet = 0, seen = -1; quiet < 3; quiet++) {
    await new Promise(resolve => { setTimeout(resolve, 1) })
    if (said.length !== seen) quiet = 0
    seen = said.length
  }
  return said
}

test('callbacks come in the order in which they were asked for', async () => {
  expect(await told(say => {
    later(resource, () => {
      say('first')()
      later(resource, say('third'))
      later(resource, say('fourth'))
    })
    later(resource, say('second'))
  })).toEqual(['first', 'second', 'third', 'fourth'])
})

test('ticks and promises run between two callbacks, ticks first', async () => {
  expect(await told(say => {
    later(resource, () => {
      later(resource, say('next callback'))
      void Promise.resolve().then(say('promise')).then(say('its promise'))
      process.nextTick(say('tick'))
    })
  })).toEqual(['tick', 'promise', 'its promise', 'next callback'])
})

test('an immediate of the program comes before what is asked for in the same turn, as behind a look at the network', async () => {
  expect(await told(say => {
    later(resource, () => {
      later(resource, say('before'))
      setImmediate(say('immediate'))
      later(resource, say('behind'))
    })
  })).toEqual(['immediate', 'before', 'behind'])
})

test('an immediate that was asked for before comes before what follows a callback', async () => {
  expect(await told(say => {
    later(resource, () => { later(resource, say('follows')) })
    setImmediate(say('immediate'))
  })).toEqual(['immediate', 'follows'])
})

test('callbacks that follow one another without end leave timers their turn', async () => {
  let count = 0
  let isOver = false
  const again = (): void => {
    count++
    if (!isOver) later(resource, again)
  }
  later(resource, again)
  await new Promise(resolve => { setTimeout(resolve, 5) })
  isOver = true
  expect(count).toBeGreaterThan(1)
})

test('a callback runs in the context of its resource, those that follow in theirs', async () => {
  const { AsyncLocalStorage } = await import('node:async_hooks')
  const storage = new AsyncLocalStorage<string>()
  const other = storage.run('theirs', () => resourceOf('TEST'))
  expect(await told(say => {
    later(resource, () => {
      later(other, () => { say(String(storage.getStore()))() })
      later(resource, () => { say(String(storage.getStore()))() })
    })
  })).toEqual(['theirs', 'undefined'])
})

test('of those closed in a turn the last one is told first, behind immediates; what is put off comes at the end of the turn', async () => {
  expect(await told(say => {
    later(resource, () => {
      turns.addClosed(say('first'))
      turns.addClosed(say('second'))
      later(resource, say('next look'))
      turns.feed(say('put off'))
      setImmediate(say('immediate'))
    })
    later(resource, say('same look'))
  })).toEqual(['same look', 'put off', 'immediate', 'second', 'first', 'next look'])
})

const loopCount = (): number => (
  performance as unknown as { nodeTiming: { uvMetricsInfo: { loopCount: number } } }).nodeTiming.uvMetricsInfo.loopCount

test('programs that answer each other take fewer turns of Node\'s loop than answers', async () => {
  const [one, other] = [new Turns(), new Turns()]
  const began = loopCount()
  await new Promise<void>(resolve => {
    let answers = 0
    const answer = (to: Turns, from: Turns): void => {
      answers++
      if (answers < 200) to.addReady({ runTurn: () => { answer(from, to) } })
      else resolve()
    }
    answer(one, other)
  })
  expect(loopCount() - began).toBeLessThan(50)
})
