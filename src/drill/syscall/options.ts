// setsockopt and getsockopt: ints, struct linger, struct timeval, words.

import { utf8Decode } from '../../base/bytes.ts'
import { SO_LINGER, SO_RCVTIMEO, SO_SNDTIMEO, SOL_SOCKET } from '../../base/posix.ts'
import type { Expression } from '../ast.ts'
import { Mismatch, NotApplicable } from '../refusal.ts'
import type { CallBuilder } from './plan.ts'
import { Fields, describe, int32, isEllipsis, isNull, pointedNumber, readInt32, readInt64, textBytes, toNumber } from './values.ts'

function encodeStruct(level: number, name: number, value: Expression): Uint8Array {
  const bytes = new Uint8Array(name === SO_LINGER ? 8 : 16)
  if (level === SOL_SOCKET && name === SO_LINGER) {
    const fields = new Fields(value, ['onoff', 'linger'])
    bytes.set(int32(fields.number('onoff') ?? 0), 0)
    bytes.set(int32(fields.number('linger') ?? 0), 4)
    fields.done()
    return bytes
  }
  if (level === SOL_SOCKET && (name === SO_RCVTIMEO || name === SO_SNDTIMEO)) {
    const fields = new Fields(value, ['tv_sec', 'tv_usec'])
    bytes.set(int32(fields.number('tv_sec') ?? 0), 0)
    bytes.set(int32(fields.number('tv_usec') ?? 0), 8)
    fields.done()
    return bytes
  }
  throw new NotApplicable(`a struct for option ${name} of level ${level}`)
}

export const setsockopt: CallBuilder = (context, args) => {
  const fd = context.files.of(toNumber(args[0]))
  const level = toNumber(args[1])
  const name = toNumber(args[2])
  const [, , , value] = args
  const length = args.length > 4 && !isEllipsis(args[4]) ? toNumber(args[4]) : undefined
  let bytes: Uint8Array
  if (value.kind === 'array') bytes = int32(pointedNumber(value))
  else if (value.kind === 'struct') bytes = encodeStruct(level, name, value)
  else if (value.kind === 'string') bytes = textBytes(value.text)
  else if (isNull(value)) bytes = new Uint8Array(0)
  else throw new NotApplicable(`setsockopt with ${describe(value)}`)
  const sized = length === undefined || value.kind === 'struct' ? bytes : bytes.length >= length ? bytes.subarray(0, length) : padded(bytes, length)
  return { now: () => context.sys.setsockopt(fd, level, name, sized) }
}

function padded(bytes: Uint8Array, length: number): Uint8Array {
  const out = new Uint8Array(length)
  out.set(bytes)
  return out
}

export const getsockopt: CallBuilder = (context, args) => {
  const fd = context.files.of(toNumber(args[0]))
  const level = toNumber(args[1])
  const name = toNumber(args[2])
  const [, , , value] = args
  const asked = isEllipsis(args[4]) ? 4 : pointedNumber(args[4])
  let answer: Uint8Array = new Uint8Array(0)
  return {
    now: () => {
      const result = context.sys.getsockopt(fd, level, name, Math.max(asked, value.kind === 'struct' ? 8 : asked))
      if (typeof result === 'string') return result
      answer = result
      return 0
    },
    check: () => {
      if (isEllipsis(value)) return
      if (value.kind === 'array') expectSame(readInt32(answer), pointedNumber(value) | 0, answer.length)
      else if (value.kind === 'string') expectSame(utf8Decode(answer).split('\0')[0], value.text, answer.length)
      else if (value.kind === 'struct') checkStruct(level, name, value, answer)
      else throw new NotApplicable(`getsockopt with ${describe(value)}`)
    },
  }
}

function expectSame(got: number | string, expected: number | string, length: number): void {
  if (got !== expected) throw new Mismatch(`getsockopt gave ${got} (${length} bytes), expected ${expected}`)
}

function checkStruct(level: number, name: number, value: Expression, answer: Uint8Array): void {
  if (level !== SOL_SOCKET || (name !== SO_LINGER && name !== SO_RCVTIMEO && name !== SO_SNDTIMEO)) throw new NotApplicable(`a struct of option ${name}`)
  const isLinger = name === SO_LINGER
  const [first, second] = isLinger ? ['onoff', 'linger'] : ['tv_sec', 'tv_usec']
  const fields = new Fields(value, [first, second])
  expectSame(isLinger ? readInt32(answer) : readInt64(answer, 0), fields.number(first) ?? 0, answer.length)
  expectSame(isLinger ? readInt32(answer, 4) : readInt64(answer, 8), fields.number(second) ?? 0, answer.length)
  fields.done()
}
