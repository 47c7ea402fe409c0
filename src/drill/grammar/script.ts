// A whole script: option lines, a setup command, events, a cleanup command. Throws DrillSyntaxError at whatever it does
// not know.

import type { Action, Script, ScriptEvent, ScriptOption } from '../ast.ts'
import { Cursor, applyConditions, replaceDefines } from './cursor.ts'
import { looksLikeTime, parseTime } from './number.ts'
import { parsePacket } from './packet.ts'
import { parseSyscall } from './syscall.ts'

const OPTION = /--([A-Za-z_][A-Za-z0-9_]*)(?:\s*=\s*(?:"([^"\n]*)"|(\w+=(?:"[^"]*"|`[^`]*`)|[^\s]*)))?/y
const COMMAND = /`([^`]*)`/y
const CODE = /%\{([\s\S]*?)\}%/y
const LOOK = /(state|cwnd|ssthresh|unacked|retrans|mss)\s*=\s*([A-Za-z0-9_-]+)/y

export interface GrammarOptions {
  readonly defines?: ReadonlyMap<string, string>
  /** Inline drills: `quiet`, `state = ...`, `cwnd = ...`. */
  readonly additions?: boolean
}

export function parseScript(source: string, options: GrammarOptions = {}): Script {
  const defines = new Map(options.defines)
  const conditioned = applyConditions(source, defines)
  const head = new Cursor(conditioned)
  const scriptOptions = parseOptions(head, defines)
  ownDefines(scriptOptions, defines)
  const cursor = new Cursor(conditioned.slice(0, head.at).replace(/[^\n]/g, ' ') + replaceDefines(conditioned.slice(head.at), defines))
  const setup = cursor.take(COMMAND)?.[1]
  const events: ScriptEvent[] = []
  let cleanup: string | undefined
  while (!cursor.done) {
    const command = cursor.take(COMMAND)
    if (command !== undefined) {
      cleanup = command[1]
      if (!cursor.done) cursor.fail('a command without a time stands first or last')
      break
    }
    events.push(parseEvent(cursor, options.additions === true))
  }
  if (events.length === 0) cursor.fail('a script needs an event')
  checkTimes(cursor, events)
  return { options: scriptOptions, setup, cleanup, events }
}

/** `--define=NAME=value`; what the caller defines goes before. */
function ownDefines(options: readonly ScriptOption[], defines: Map<string, string>): void {
  for (const { name, value } of options) {
    const at = value.indexOf('=')
    if (name === 'define' && at > 0 && !defines.has(value.slice(0, at))) defines.set(value.slice(0, at), value.slice(at + 1))
  }
}

function parseOptions(cursor: Cursor, defines: ReadonlyMap<string, string>): ScriptOption[] {
  const options: ScriptOption[] = []
  while (cursor.looksAt(/--[A-Za-z_]/y)) {
    const line = cursor.line
    const [, name = '', quoted, bare] = cursor.need(OPTION, 'an option')
    options.push({ line, name, value: quoted ?? defines.get(bare) ?? bare ?? '' })
  }
  return options
}

function parseEvent(cursor: Cursor, additions: boolean): ScriptEvent {
  if (!looksLikeTime(cursor)) cursor.fail('expected the time of an event')
  const from = cursor.at
  const line = cursor.line
  const { time, blockingEndUs } = parseTime(cursor)
  const action = parseAction(cursor, additions, blockingEndUs)
  if (blockingEndUs !== undefined && action.kind !== 'syscall') cursor.fail('only a system call can block')
  const ranged = time.kind === 'any' || time.kind === 'absolute-range' || time.kind === 'relative-range'
  if (ranged && !(action.kind === 'packet' && action.direction === '>')) cursor.fail('only an outbound packet can have a range of times')
  const text = cursor.text.slice(from, cursor.at).replace(/\/\/[^\n]*/g, '').replace(/\s+/g, ' ').trim()
  return { line, time, action, text }
}

function parseAction(cursor: Cursor, additions: boolean, blockingEndUs: number | undefined): Action {
  if (cursor.accept('<')) return parsePacket(cursor, '<')
  if (cursor.accept('>')) return parsePacket(cursor, '>')
  const command = cursor.take(COMMAND)
  if (command !== undefined) return { kind: 'command', text: command[1] }
  const code = cursor.take(CODE)
  if (code !== undefined) return { kind: 'code', text: code[1] }
  if (additions) {
    if (cursor.take(/quiet\b/y) !== undefined) return { kind: 'quiet' }
    const look = cursor.take(LOOK)
    if (look !== undefined) return { kind: 'look', what: look[1], expected: look[2] }
  }
  return parseSyscall(cursor, blockingEndUs)
}

function checkTimes(cursor: Cursor, events: readonly ScriptEvent[]): void {
  let latest = 0
  const [first] = events
  if (first.time.kind === 'any' || first.time.us !== 0) throw fault(first, 'the first event must be at time 0')
  for (const event of events) {
    if (event.time.kind !== 'absolute' && event.time.kind !== 'absolute-range') continue
    if (event.time.us < latest) throw fault(event, 'absolute times must not go back')
    latest = event.time.us
  }
  function fault(event: ScriptEvent, message: string): Error {
    cursor.at = lineStart(cursor.text, event.line)
    try { return cursor.fail(message) } catch (error) { return error as Error }
  }
}

function lineStart(text: string, line: number): number {
  let at = 0
  for (let left = line - 1; left > 0; left--) at = text.indexOf('\n', at) + 1
  return at
}
