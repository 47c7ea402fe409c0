import { expect, it } from 'vitest'
import { DrillSyntaxError } from './ast.ts'
import { parseScript } from './grammar/script.ts'
import { expandInline } from './inline.ts'

const STATES = ['closed', 'listen', 'syn-sent', 'syn-received', 'established', 'fin-wait-1', 'fin-wait-2', 'close-wait', 'closing', 'last-ack', 'time-wait']

it.each(STATES)('an opening for %s stands for a script', (state) => {
  for (const words of ['', ' mss 1460 win 100', ' wscale 7 sack', ' ts sack wscale 7', ' ts']) {
    const script = parseScript(expandInline(`\n  // why\n  ${state}(80)${words}\n  +0 < . 1:1(0) ack 1 win 10\n  +.5 quiet\n  +0 state = CLOSED`), { additions: true })
    expect(script.events.slice(-3).map(each => each.line)).toEqual([4, 5, 6])
    expect(script.options.find(each => each.name === 'bind_port')?.value).toBe('80')
  }
})

it('leaves scripts without an opening alone, and refuses words it does not know', () => {
  expect(expandInline('0 close(3) = 0\nestablished(80)')).toBe('0 close(3) = 0\nestablished(80)')
  expect(() => expandInline('established(80) mms 5')).toThrow(DrillSyntaxError)
  expect(() => parseScript('0 quiet')).toThrow(DrillSyntaxError)
})
