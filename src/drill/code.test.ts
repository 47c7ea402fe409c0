import { expect, it } from 'vitest'
import type { Value } from './code-names.ts'
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
  expect(() => { run('assert tcpi_rtt[0]') }).toThrow(NotApplicable)
  expect(() => { run('for x in (1, 2): print(x)') }).toThrow(NotApplicable)
  expect(() => { run('assert open(1)') }).toThrow(NotApplicable)
  expect(() => { run('assert min(tcpi_rtt, "a")') }).toThrow(NotApplicable)
})

it('tuples are compared item by item', () => {
  run('assert (tcpi_rtt, tcpi_unacked) == (10000, 5), (tcpi_rtt, tcpi_unacked)')
  expect(() => { run('assert (tcpi_rtt, tcpi_unacked) == (10000, 6)') }).toThrow(Mismatch)
})

it('membership, calls, lists, powers and conditional expressions', () => {
  run('assert tcpi_unacked in (4, 5) and 6 not in [4, 5] and "a" in "abc"')
  run('assert tcpi_unacked in range(3, 7)')
  run('assert (min(tcpi_rtt, 3), max(1, 2), abs(-7), sum([1, 2, 3]), len((1, 2)), int(7.9), round(2.5)) == (3, 2, 7, 6, 2, 7, 2)')
  run('assert 2 ** 3 ** 2 == 512 and -2 ** 2 == -4 and (1,) == (1,) and True is not False')
  run('assert (10 if tcpi_unacked > 9 else 20) == 20')
  expect(() => { run('assert tcpi_unacked in (4, 6)') }).toThrow(Mismatch)
})

it('only the branch that holds is run', () => {
  const variables = new Map<string, Value>()
  run(`
if tcpi_unacked > 9:
    assert 1 == 2
elif tcpi_unacked == 5:
    got = 1
    if tcpi_rtt == 10000: got += 1
    else: pass
else:
    assert 1 == 2
assert got == 2, \
    got
assert (got,
        tcpi_unacked) == (2, 5)
`, variables)
  expect(() => { run('if got == 2:\n  assert got == 3', variables) }).toThrow(Mismatch)
  expect(() => { run('if got == 2:', variables) }).toThrow(NotApplicable)
})
