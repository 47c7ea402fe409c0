import { expect, it } from 'vitest'
import type { Value } from './code.ts'
import { runCode } from './code.ts'
import { Mismatch, NotApplicable } from './refusal.ts'

const names = (name: string): Value | undefined => ({ tcpi_rtt: 10000, tcpi_options: 0x25, tcpi_unacked: 5, TCPI_OPT_SYN_DATA: 32 })[name]

function run(block: string, variables = new Map<string, Value>()): void { runCode(block, names, variables) }

it('assertions that hold', () => {
  run(`
assert 5000 <= tcpi_rtt <= 20000, 'srtt=%d us' % tcpi_rtt
assert (tcpi_options & TCPI_OPT_SYN_DATA) != 0, tcpi_options  # a comment
assert tcpi_rtt == 0x2710; assert tcpi_unacked == 5, tcpi_unacked
assert tcpi_rtt >= 9*1000 and tcpi_rtt <= 11*1000 or False == 1
assert tcpi_unacked == 5, tcpi_unacked; \\
assert not tcpi_unacked == 6`.replace('False', '0'))
})

it('assertions that do not', () => {
  expect(() => { run('assert tcpi_unacked == 4, tcpi_unacked') }).toThrow(/does not hold: 5 \(tcpi_unacked = 5\)/)
  expect(() => { run('assert 1 <= tcpi_unacked <= 4') }).toThrow(Mismatch)
})

it('variables last from block to block', () => {
  const variables = new Map<string, Value>()
  run('cwnd = 58', variables)
  run('print(tcpi_rtt); cwnd += 1; assert cwnd == 59', variables)
  expect(() => { run('assert cwnd == 58', variables) }).toThrow(Mismatch)
})

it('refuses what it does not know', () => {
  expect(() => { run('assert tcpi_unknown == 1') }).toThrow(NotApplicable)
  expect(() => { run('import os') }).toThrow(NotApplicable)
  expect(() => { run('assert [1]') }).toThrow(NotApplicable)
})

it('tuples are compared item by item', () => {
  run('assert (tcpi_rtt, tcpi_unacked) == (10000, 5), (tcpi_rtt, tcpi_unacked)')
  expect(() => { run('assert (tcpi_rtt, tcpi_unacked) == (10000, 6)') }).toThrow(Mismatch)
})
