// `name(args) = result [ERRNO (text)]` and the C-like values inside.

import type { Expression, StructField, SyscallAction } from '../ast.ts'
import type { Cursor } from './cursor.ts'
import { tryInteger } from './number.ts'

const NAME = /[A-Za-z_][A-Za-z0-9_]*/y
const ERRNO = /E[A-Z0-9]+\b/y
const NOTE = /\([^)\n]*\)/y
const STRING = /"((?:[^"\\\n]|\\.)*)"/y
const MORE_TEXT = /\.\.\.(?=\s*[,)\]}])/y
const CALL_LIKE: ReadonlySet<string> = new Set(['htons', 'htonl', 'inet_addr', 'inet_pton'])

export function parseSyscall(cursor: Cursor, blockingEndUs: number | undefined): SyscallAction {
  const name = cursor.need(/[a-z_][a-z0-9_]*(?=\s*\()/y, 'a system call')[0]
  cursor.expect('(')
  const args = parseList(cursor, ')')
  cursor.expect('=')
  const result = parseExpression(cursor)
  const errno = cursor.take(ERRNO)?.[0]
  cursor.take(NOTE)
  if (!['integer', 'name', 'or', 'ellipsis'].includes(result.kind)) cursor.fail('a call\'s result is a number or `...`')
  return { kind: 'syscall', name, args, result, errno, blockingEndUs }
}

function parseList(cursor: Cursor, close: string): Expression[] {
  const items: Expression[] = []
  while (!cursor.accept(close)) {
    if (items.length > 0) cursor.expect(',')
    items.push(parseExpression(cursor))
  }
  return items
}

function parseExpression(cursor: Cursor): Expression {
  const first = parseTerm(cursor)
  if (!cursor.accept('|')) return first
  const terms = [first]
  do terms.push(parseTerm(cursor)); while (cursor.accept('|'))
  return { kind: 'or', terms }
}

function parseTerm(cursor: Cursor): Expression {
  if (cursor.accept('...')) return { kind: 'ellipsis' }
  if (cursor.accept('[')) return { kind: 'array', items: parseList(cursor, ']') }
  if (cursor.accept('{')) return { kind: 'struct', fields: parseFields(cursor) }
  if (cursor.accept('(')) {
    const inner = parseExpression(cursor)
    cursor.expect(')')
    return inner
  }
  const text = cursor.take(STRING)
  if (text !== undefined) return { kind: 'string', text: joined(cursor, unescape(text[1])) }
  const value = tryInteger(cursor)
  if (value !== undefined) return { kind: 'integer', value }
  const name = cursor.need(NAME, 'a value')[0]
  if (CALL_LIKE.has(name) && cursor.accept('(')) return { kind: 'call', name, args: parseList(cursor, ')') }
  return { kind: 'name', name }
}

/** Strings beside each other are one; `"abc"...` says that more may follow. */
function joined(cursor: Cursor, first: string): string {
  let text = first
  for (let next = cursor.take(STRING); next !== undefined; next = cursor.take(STRING)) text += unescape(next[1])
  cursor.take(MORE_TEXT)
  return text
}

function unescape(text: string): string {
  return text.replace(/\\(x[0-9a-fA-F]{2}|.)/g, (_whole, escape: string) => {
    if (escape.startsWith('x')) return String.fromCharCode(Number.parseInt(escape.slice(1), 16))
    return { n: '\n', r: '\r', t: '\t', 0: '\0' }[escape] ?? escape
  })
}

function parseFields(cursor: Cursor): StructField[] {
  const fields: StructField[] = []
  while (!cursor.accept('}')) {
    if (fields.length > 0) cursor.expect(',')
    const named = cursor.looksAt(/[A-Za-z_]\w*\s*(?:\([^)]*\)\s*)?=(?!=)/y)
    if (!named) { fields.push({ name: undefined, count: undefined, value: parseExpression(cursor) }); continue }
    const name = cursor.need(NAME, 'a field')[0]
    let count: Expression | undefined
    if (cursor.accept('(')) {
      count = parseExpression(cursor)
      cursor.expect(')')
    }
    cursor.expect('=')
    fields.push({ name, count, value: parseExpression(cursor) })
  }
  return fields
}
