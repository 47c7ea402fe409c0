import { constants } from 'node:os'
import { expect, it } from 'vitest'
import { ERRNO, EWOULDBLOCK, errnoFromNumber, errnoNumber, errnoText, isErrno } from './errno.ts'
import type { Errno } from './errno.ts'

const names = Object.keys(ERRNO) as Errno[]

it.runIf(process.platform === 'linux')('errnos have the numbers of Linux', () => {
  const theirs = Object.entries(constants.errno).filter(([name]) => isErrno(name))
  expect(theirs.length).toBeGreaterThan(70)
  for (const [name, number] of theirs) expect([name, errnoNumber(name as Errno)]).toEqual([name, number])
})

it('a number leads back to its one name', () => {
  for (const name of names) expect(errnoFromNumber(errnoNumber(name))).toBe(name)
  expect(errnoFromNumber(0)).toBeUndefined()
  expect(errnoNumber(EWOULDBLOCK)).toBe(11)
  expect(errnoText('ECONNREFUSED')).toBe('Connection refused')
})

it('only errnos are errnos', () => {
  expect(isErrno('EINTR')).toBe(true)
  for (const other of ['toString', 'constructor', 'EFOO', '', 4, undefined, null, {}]) expect(isErrno(other)).toBe(false)
})
