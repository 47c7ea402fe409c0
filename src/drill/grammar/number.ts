// Numbers and times as scripts write them.

import type { EventTime, Microseconds } from '../ast.ts'
import type { Cursor } from './cursor.ts'

const INTEGER = /-?(?:0x[0-9a-fA-F]+|\d+)(?![0-9a-zA-Z_])/y
const SECONDS = /\d+\.\d+|\.\d+|\d+/y

export function parseInteger(cursor: Cursor, what: string): number {
  return Number(signed(cursor.need(INTEGER, what)[0]))
}

export function tryInteger(cursor: Cursor): number | undefined {
  const match = cursor.take(INTEGER)
  return match === undefined ? undefined : Number(signed(match[0]))
}

/** `Number('-0x10')` is NaN. */
function signed(text: string): number { return text.startsWith('-') ? -Number(text.slice(1)) : Number(text) }

function parseSeconds(cursor: Cursor): Microseconds {
  return Math.round(Number(cursor.need(SECONDS, 'a time in seconds')[0]) * 1_000_000)
}

export function looksLikeTime(cursor: Cursor): boolean { return cursor.looksAt(/[+*]|\d|\.\d/y) }

/** A time, and the end of a blocking call if `...` follows. */
export function parseTime(cursor: Cursor): { time: EventTime, blockingEndUs: Microseconds | undefined } {
  if (cursor.accept('*')) return { time: { kind: 'any' }, blockingEndUs: undefined }
  const relative = cursor.accept('+')
  const us = parseSeconds(cursor)
  if (cursor.accept('~')) {
    if (cursor.accept('+') !== relative) cursor.fail('both ends of a time range must be relative, or neither')
    const endUs = parseSeconds(cursor)
    if (endUs < us) cursor.fail('a time range must not run backwards')
    return { time: { kind: relative ? 'relative-range' : 'absolute-range', us, endUs }, blockingEndUs: undefined }
  }
  const time: EventTime = { kind: relative ? 'relative' : 'absolute', us }
  if (!cursor.accept('...')) return { time, blockingEndUs: undefined }
  const blockingEndUs = parseSeconds(cursor)
  if (blockingEndUs < us) cursor.fail('a blocking call must not return before it starts')
  return { time, blockingEndUs }
}
