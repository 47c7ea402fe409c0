// The tiny Python of `%{ ... }%`: assertions, assignments and print over TCP_INFO as it stood at that moment. Names that
// mean nothing and syntax beyond this subset are errors, not passes.

import { BUILT_IN, CONSTANTS } from './code-names.ts'
import type { Value } from './code-names.ts'
import { linesOf, runLines } from './code-blocks.ts'
import { Mismatch, NotApplicable } from './refusal.ts'

export type Names = (name: string) => Value | undefined

const TOKEN = /\s*(?:(\d+\.\d+|0x[0-9a-fA-F]+|\d+)|([A-Za-z_]\w*)|('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(\*\*|\/\/|==|!=|<=|>=|<<|>>|\+=|-=|[-+*/%&|^~<>=(),[\]]))/y

interface Token { readonly kind: 'number' | 'name' | 'text' | 'mark', readonly text: string }

function tokens(source: string): Token[] {
  const found: Token[] = []
  const text = source.trim()
  for (let at = 0; at < text.length;) {
    TOKEN.lastIndex = at
    const match = TOKEN.exec(text)
    if (match === null) throw new NotApplicable(`code block: cannot read \`${text.slice(at, at + 20)}\``)
    at = TOKEN.lastIndex
    const [, number, name, quoted, mark] = match
    if (number !== undefined) found.push({ kind: 'number', text: number })
    else if (name !== undefined) found.push({ kind: 'name', text: name })
    else if (quoted !== undefined) found.push({ kind: 'text', text: quoted.slice(1, -1) })
    else found.push({ kind: 'mark', text: mark })
  }
  return found
}

/** Runs a block; throws Mismatch when an assertion fails. `variables` lasts from block to block. */
export function runCode(block: string, names: Names, variables: Map<string, Value>): void {
  const statement = (text: string) => new Statement(tokens(text), text, names, variables)
  runLines(linesOf(block), text => statement(text).run(), text => truthy(statement(text).value()))
}

function truthy(value: Value): boolean { return typeof value === 'object' ? value.length > 0 : Boolean(value) }

class Statement {
  private at = 0
  private readonly list: readonly Token[]
  private readonly source: string
  private readonly names: Names
  private readonly variables: Map<string, Value>

  constructor(list: readonly Token[], source: string, names: Names, variables: Map<string, Value>) {
    this.list = list
    this.source = source
    this.names = names
    this.variables = variables
  }

  run(): void {
    const [first, second] = this.list
    const word = first.kind === 'name' ? first.text : ''
    if (word === 'pass') this.at = 1
    else if (word === 'assert') this.assert()
    else if (word === 'print') this.print()
    else if (word !== '' && ['=', '+=', '-='].includes(second?.text ?? '')) this.assign(word, second.text)
    else this.fail('only assert, print, if, pass and assignments are known')
    if (this.at < this.list.length) this.fail(`unexpected \`${this.list[this.at].text}\``)
  }

  /** The whole text as one expression. */
  value(): Value {
    const value = this.expression()
    if (this.at < this.list.length) this.fail(`unexpected \`${this.list[this.at].text}\``)
    return value
  }

  /** Evaluated, so that its names are checked; there is nowhere to print to. */
  private print(): void {
    this.at = 1
    this.expression()
  }

  private assert(): void {
    this.at = 1
    const holds = truthy(this.expression())
    const note = this.take(',') ? `: ${String(this.expression())}` : ''
    if (!holds) throw new Mismatch(`\`${this.source}\` does not hold${note}${this.facts()}`)
  }

  /** The values of the names a failed assertion looks at. */
  private facts(): string {
    const seen = new Set(this.list.filter(each => each.kind === 'name' && each.text.startsWith('tcpi_')).map(each => each.text))
    return seen.size === 0 ? '' : ` (${[...seen].map(name => `${name} = ${String(this.names(name))}`).join(', ')})`
  }

  private assign(name: string, mark: string): void {
    this.at = 2
    const value = this.expression()
    const before = this.variables.get(name)
    if (mark === '=') this.variables.set(name, value)
    else if (typeof before === 'number' && typeof value === 'number') this.variables.set(name, mark === '+=' ? before + value : before - value)
    else this.fail(`${name} is no number`)
  }

  private fail(message: string): never { throw new NotApplicable(`code block \`${this.source}\`: ${message}`) }

  private take(...marks: readonly string[]): string | undefined {
    const token = this.list[this.at]
    if (token === undefined || token.kind === 'text' || !marks.includes(token.text)) return undefined
    this.at++
    return token.text
  }

  /** `a if condition else b` binds least. */
  private expression(): Value {
    const value = this.disjunction()
    if (this.take('if') === undefined) return value
    const holds = truthy(this.disjunction())
    if (this.take('else') === undefined) this.fail('expected `else`')
    const other = this.expression()
    return holds ? value : other
  }

  private disjunction(): Value {
    let left = this.conjunction()
    while (this.take('or') !== undefined) {
      const right = this.conjunction()
      left = truthy(left) ? left : right
    }
    return left
  }

  private conjunction(): Value {
    let left = this.negation()
    while (this.take('and') !== undefined) {
      const right = this.negation()
      left = truthy(left) ? right : left
    }
    return left
  }

  private negation(): Value { return this.take('not') === undefined ? this.comparison() : !truthy(this.negation()) }

  /** Chained as in Python: `5 <= x <= 20`. */
  private comparison(): Value {
    let left = this.binary(0)
    let mark = this.comparator()
    if (mark === undefined) return left
    let holds = true
    for (; mark !== undefined; mark = this.comparator()) {
      const right = this.binary(0)
      holds &&= compare(mark, left, right)
      left = right
    }
    return holds
  }

  private comparator(): string | undefined {
    const mark = this.take('==', '!=', '<=', '>=', '<', '>', 'in', 'not', 'is')
    if (mark === 'not') return this.take('in') === undefined ? this.fail('expected `in`') : 'not in'
    if (mark === 'is') return this.take('not') === undefined ? '==' : '!='
    return mark
  }

  private binary(level: number): Value {
    const marks = LEVELS[level]
    if (marks === undefined) return this.unary()
    let left = this.binary(level + 1)
    for (let mark = this.take(...marks); mark !== undefined; mark = this.take(...marks)) left = this.apply(mark, left,
      this.binary(level + 1))
    return left
  }

  private unary(): Value {
    const mark = this.take('-', '~', '+')
    if (mark === undefined) return this.power()
    const value = this.unary()
    if (typeof value !== 'number') this.fail(`${mark} of what is no number`)
    return mark === '-' ? -value : mark === '~' ? ~value : value
  }

  private power(): Value {
    const base = this.primary()
    if (this.take('**') === undefined) return base
    const exponent = this.unary()
    if (typeof base !== 'number' || typeof exponent !== 'number') this.fail('** of what is no number')
    return base ** exponent
  }

  private primary(): Value {
    const token = this.list[this.at] ?? this.fail('ends too early')
    this.at++
    if (token.kind === 'number') return Number(token.text)
    if (token.kind === 'text') return token.text
    if (token.kind === 'name') {
      const call = BUILT_IN[token.text]
      if (call !== undefined && this.take('(') !== undefined) return call(this.items(')')) ?? this.fail(`${token.text}() of what it does not take`)
      return CONSTANTS[token.text] ?? this.variables.get(token.text) ?? this.names(token.text) ?? this.fail(`unknown name \`${token.text}\``)
    }
    if (token.text === '[') return this.items(']')
    if (token.text !== '(') this.fail(`unexpected \`${token.text}\``)
    const items = this.items(')')
    const isTuple = items.length !== 1 || this.list[this.at - 2].text === ','
    return isTuple ? items : items[0]
  }

  private items(end: string): Value[] {
    const items: Value[] = []
    while (this.take(end) === undefined) {
      if (items.length > 0 && this.take(',') === undefined) this.fail(`expected \`,\` or \`${end}\``)
      if (this.take(end) !== undefined) break
      items.push(this.expression())
    }
    return items
  }

  private apply(mark: string, left: Value, right: Value): Value {
    if (mark === '%' && typeof left === 'string') return format(left, right)
    if (mark === '+' && typeof left === 'string' && typeof right === 'string') return left + right
    const operation = OPERATIONS[mark]
    if (operation === undefined || typeof left !== 'number' || typeof right !== 'number') this.fail(`${mark} of what is no number`)
    return operation(left, right)
  }
}

const LEVELS: readonly (readonly string[])[] = [['|'], ['^'], ['&'], ['<<', '>>'], ['+', '-'], ['*', '/', '//', '%']]

/** Bits of numbers up to 2^53, for the 64-bit fields. */
function bits(a: number, b: number, join: (x: bigint, y: bigint) => bigint): number { return Number(join(BigInt(a), BigInt(b))) }

const OPERATIONS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '|': (a, b) => bits(a, b, (x, y) => x | y), '&': (a, b) => bits(a, b, (x, y) => x & y), '^': (a, b) => bits(a, b, (x, y) => x ^ y),
  '<<': (a, b) => a * 2 ** b, '>>': (a, b) => Math.floor(a / 2 ** b), '+': (a, b) => a + b, '-': (a, b) => a - b, '*': (a, b) => a * b,
  '/': (a, b) => a / b, '//': (a, b) => Math.floor(a / b), '%': (a, b) => ((a % b) + b) % b,
}

/** Tuples are equal item by item. */
function isSame(left: Value, right: Value): boolean {
  if (typeof left !== 'object' || typeof right !== 'object') return left === right
  return left.length === right.length && left.every((each, i) => isSame(each, right[i]))
}

function isIn(value: Value, whole: Value): boolean {
  if (typeof whole === 'object') return whole.some(each => isSame(each, value))
  if (typeof whole === 'string' && typeof value === 'string') return whole.includes(value)
  throw new NotApplicable('code block: `in` of what is no list')
}

function compare(mark: string, left: Value, right: Value): boolean {
  switch (mark) {
    case '==': return isSame(left, right)
    case 'in': return isIn(left, right)
    case 'not in': return !isIn(left, right)
    case '!=': return !isSame(left, right)
    case '<': return left < right
    case '>': return left > right
    case '<=': return left <= right
    default: return left >= right
  }
}

function format(pattern: string, values: Value): string {
  const list = typeof values === 'object' ? [...values] : [values]
  return pattern.replace(/%[-0-9.]*[dsfxu]/g, () => String(list.shift()))
}
