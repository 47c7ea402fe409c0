// open, sendfile, splice, pipe, dup: what a host may have or lack beside sockets.

import type { Expression } from '../ast.ts'
import { NotApplicable, ScriptError } from '../refusal.ts'
import type { CallBuilder } from './plan.ts'
import { isNull, pointedNumber, toNumber } from './values.ts'

export const open: CallBuilder = (context, args) => {
  const [path] = args
  if (path.kind !== 'string') throw new ScriptError('expected a path')
  const flags = toNumber(args[1])
  const mode = args.length > 2 ? toNumber(args[2]) : 0
  const { sys } = context
  if (sys.open === undefined) throw new NotApplicable('the host has no open()')
  return { now: () => sys.open?.(path.text, flags, mode) ?? 'ENOSYS', makesDescriptor: true }
}

export const sendfile: CallBuilder = (context, args) => {
  const output = context.files.of(toNumber(args[0]))
  const input = context.files.of(toNumber(args[1]))
  const offset = isNull(args[2]) ? undefined : { value: pointedNumber(args[2]) }
  const length = toNumber(args[3])
  const { sys, sleeping } = context
  if (sys.sendfile === undefined) throw new NotApplicable('the host has no sendfile()')
  return {
    now: () => sys.sendfile?.(output, input, offset, length) ?? 'ENOSYS',
    later: sleeping.sendfile === undefined ? undefined : () => sleeping.sendfile?.(output, input, offset, length) ?? Promise.resolve('ENOSYS'),
    sleepsOn: output,
  }
}

const SPLICE_F_NONBLOCK = 2

function noOffset(value: Expression): undefined {
  if (!isNull(value)) throw new NotApplicable('splice with an offset')
  return undefined
}

export const splice: CallBuilder = (context, args) => {
  const input = context.files.of(toNumber(args[0]))
  const output = context.files.of(toNumber(args[2]))
  const length = toNumber(args[4])
  const flags = toNumber(args[5])
  noOffset(args[1])
  noOffset(args[3])
  const { sys } = context
  if (sys.splice === undefined) throw new NotApplicable('the host has no splice()')
  // The flag is the pipe's business only: a socket sleeps as its O_NONBLOCK says.
  const neverSleeps = (flags & SPLICE_F_NONBLOCK) !== 0 && sys.getsockname(input) === 'ENOTSOCK'
  return { now: () => sys.splice?.(input, undefined, output, undefined, length, flags) ?? 'ENOSYS', sleepsOn: neverSleeps ? undefined : input }
}

/** `pipe([5, 6])`: both numbers are the script's. */
export const pipe: CallBuilder = (context, args) => {
  const [ends] = args
  if (ends.kind !== 'array' || ends.items.length !== 2) throw new ScriptError('expected two descriptors in brackets')
  const wanted = ends.items.map(toNumber)
  let made: readonly [number, number] = [-1, -1]
  return {
    now: () => {
      const result = context.sys.pipe()
      if (typeof result === 'string') return result
      made = result
      return 0
    },
    check: () => { wanted.forEach((script, index) => { context.files.open(script, made[index]) }) },
  }
}

export const dup: CallBuilder = (context, args) => {
  const fd = context.files.of(toNumber(args[0]))
  return { now: () => context.sys.dup(fd), makesDescriptor: true }
}
