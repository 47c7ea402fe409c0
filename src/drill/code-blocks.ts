// The lines of a code block by their indentation: statements, and `if`, `elif`, `else` with what belongs to them.

import { NotApplicable } from './refusal.ts'

interface Line { readonly indent: number, readonly text: string }

function withoutComment(line: string): string { return line.replace(/#(?=(?:[^'"]*['"][^'"]*['"])*[^'"]*$).*$/, '') }

/** Whether a bracket is still open: then the statement goes on in the next line. */
function isOpen(text: string): boolean {
  let depth = 0
  for (const mark of text.replace(/'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/g, '')) depth += '(['.includes(mark) ? 1 : ')]'.includes(mark) ? -1 : 0
  return depth > 0
}

/** Comments gone, continued lines joined. */
export function linesOf(block: string): Line[] {
  const lines: Line[] = []
  let open = ''
  for (const each of block.replace(/\\\r?\n/g, ' ').split('\n')) {
    const text = open + withoutComment(each).trimEnd()
    open = isOpen(text) ? `${text} ` : ''
    if (open === '' && text.trim() !== '') lines.push({ indent: text.search(/\S/), text: text.trim() })
  }
  if (open !== '') throw new NotApplicable(`code block \`${open.trim()}\`: a bracket is not closed`)
  return lines
}

const BRANCH = /^(if|elif|else)\b\s*(.*?)\s*:\s*((?:[^:'"]|'[^']*'|"[^"]*")*)$/

/** The statements below, and where the line after them is. */
function bodyOf(lines: readonly Line[], at: number): [readonly Line[], number] {
  let end = at + 1
  while (end < lines.length && lines[end].indent > lines[at].indent) end++
  return [lines.slice(at + 1, end), end]
}

export function runLines(lines: readonly Line[], run: (text: string) => void, holds: (text: string) => boolean): void {
  let isDecided = true
  for (let at = 0; at < lines.length;) {
    const { text } = lines[at]
    const branch = BRANCH.exec(text)
    if (branch === null) {
      for (const each of text.split(';')) if (each.trim() !== '') run(each.trim())
      isDecided = true
      at++
      continue
    }
    const [, word, condition, inline] = branch
    const [below, end] = bodyOf(lines, at)
    const body = inline === '' ? below : [{ indent: 0, text: inline }]
    if (body.length === 0) throw new NotApplicable(`code block \`${text}\`: nothing belongs to it`)
    if (word === 'if') isDecided = false
    if (!isDecided && (word === 'else' || holds(condition))) {
      isDecided = true
      runLines(body, run, holds)
      isDecided = true
    }
    at = end
  }
}
