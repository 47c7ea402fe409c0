// The reader the grammar moves along a script's text: skips blanks and comments, matches patterns where it stands, knows
// its line. packetdrill's tokens depend on their place (a cookie `00abe8` is no integer), so there is no token list.

import { DrillSyntaxError } from '../ast.ts'

const BLANK = /(?:[ \t\r\n]+|\/\/[^\n]*|\/\*[\s\S]*?\*\/)+/y

export class Cursor {
  readonly text: string
  at = 0
  private lineAt = 0
  private lineNumber = 1

  constructor(text: string) { this.text = text }

  /** Line of the current position, from 1. Positions only grow, or go back a little: counted incrementally. */
  get line(): number {
    if (this.at < this.lineAt) { this.lineAt = 0; this.lineNumber = 1 }
    for (let i = this.lineAt; i < this.at; i++) if (this.text.charCodeAt(i) === 10) this.lineNumber++
    this.lineAt = this.at
    return this.lineNumber
  }

  get done(): boolean { this.skipBlank(); return this.at >= this.text.length }

  skipBlank(): void {
    BLANK.lastIndex = this.at
    if (BLANK.test(this.text)) this.at = BLANK.lastIndex
  }

  /** The match of a sticky pattern here (blanks skipped), or undefined; moves past it. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    this.skipBlank()
    return this.takeHere(pattern)
  }

  /** As `take` without skipping blanks first. */
  takeHere(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at
    const match = pattern.exec(this.text)
    if (match === null) return undefined
    this.at = pattern.lastIndex
    return match
  }

  looksAt(pattern: RegExp): boolean {
    this.skipBlank()
    pattern.lastIndex = this.at
    return pattern.test(this.text)
  }

  /** Takes the literal if it stands here. */
  accept(literal: string): boolean {
    this.skipBlank()
    if (!this.text.startsWith(literal, this.at)) return false
    this.at += literal.length
    return true
  }

  expect(literal: string): void {
    if (!this.accept(literal)) this.fail(`expected \`${literal}\``)
  }

  need(pattern: RegExp, what: string): RegExpExecArray {
    return this.take(pattern) ?? this.fail(`expected ${what}`)
  }

  fail(message: string): never {
    this.skipBlank()
    const rest = this.text.slice(this.at, this.at + 40).split('\n')[0] ?? ''
    throw new DrillSyntaxError(this.line, `${message} at \`${rest}\``)
  }
}

const WORD = /[A-Za-z_][A-Za-z0-9_]*/g
// Strings and comments are left as they are, commands and code are not: their words are replaced too.
const OPAQUE = /"(?:[^"\\\n]|\\.)*"|\/\/[^\n]*|\/\*[\s\S]*?\*\//g

/** `-D NAME=value`: whole words outside strings and comments. Lines keep their numbers. */
export function replaceDefines(text: string, defines: ReadonlyMap<string, string>): string {
  if (defines.size === 0) return text
  const replaceWords = (part: string): string => part.replace(WORD, word => defines.get(word) ?? word)
  let out = ''
  let from = 0
  for (const match of text.matchAll(OPAQUE)) {
    out += replaceWords(text.slice(from, match.index)) + match[0]
    from = match.index + match[0].length
  }
  return out + replaceWords(text.slice(from))
}

const DIRECTIVE = /^[ \t]*#(ifdef|ifndef|else|endif|define)\b[ \t]*(\w*)[ \t]*(.*)$/

/** `#ifdef`, `#ifndef`, `#else`, `#endif`, `#define`: lines that do not count become empty, so numbers stay. */
export function applyConditions(text: string, defines: Map<string, string>): string {
  if (!text.includes('#')) return text
  const stack: { taken: boolean, line: number }[] = []
  const live = (): boolean => stack.every(each => each.taken)
  const lines = text.split('\n').map((source, index) => {
    const match = DIRECTIVE.exec(source)
    if (match === null) return live() ? source : ''
    const [, word, name = '', value = ''] = match
    if (word === 'define') { if (live()) defines.set(name, value.trim()) } else if (word === 'ifdef') stack.push({ taken: defines.has(name), line: index + 1 })
    else if (word === 'ifndef') stack.push({ taken: !defines.has(name), line: index + 1 })
    else {
      const top = stack.at(-1)
      if (top === undefined) throw new DrillSyntaxError(index + 1, `#${word} without #ifdef`)
      if (word === 'else') top.taken = !top.taken
      else stack.pop()
    }
    return ''
  })
  const open = stack.at(-1)
  if (open !== undefined) throw new DrillSyntaxError(open.line, '#ifdef without #endif')
  return lines.join('\n')
}
