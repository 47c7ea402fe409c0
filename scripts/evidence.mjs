// npm run evidence -- NAME: runs the measurements of evidence/NAME.mjs and prints what each found. Without a name, lists what there is.
//
// A module of evidence exports `checks`, a list of { name, run() }. `run` answers (perhaps later) { figure, pass, note? }:
// the figure as text with its unit, whether the claim holds, and a note for the reader. `pass: null` says it could not be
// measured here; the note says why. Whatever `run` throws counts as a failed claim.
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = join(root, 'evidence')

function names() {
  if (!existsSync(folder)) return []
  return readdirSync(folder).filter(name => name.endsWith('.mjs')).map(name => name.slice(0, -'.mjs'.length)).sort()
}

async function measure(check) {
  try {
    const { figure = '', pass, note = '' } = await check.run()
    return { name: check.name, figure: String(figure), verdict: pass === null ? 'skipped' : pass ? 'holds' : 'FAILS', note }
  } catch (error) {
    return { name: check.name, figure: '', verdict: 'FAILS', note: error instanceof Error ? error.message : String(error) }
  }
}

/** What is known so far, on the error stream: a table may take an hour. */
function tell({ name, figure, verdict, note }) {
  console.error(`${verdict.padEnd(7)} ${[name, figure, note].filter(Boolean).join(' | ')}`)
}

function table(rows) {
  const width = key => Math.max(key.length, ...rows.map(row => row[key].length))
  const nameWidth = width('name')
  const figureWidth = width('figure')
  const line = row => `${row.name.padEnd(nameWidth)}  ${row.figure.padStart(figureWidth)}  ${row.verdict.padEnd(7)}  ${row.note}`.trimEnd()
  return [line({ name: 'name', figure: 'figure', verdict: 'verdict', note: '' }), ...rows.map(line)].join('\n')
}

// What begins with a dash is for the module itself, with everything after it.
const dash = process.argv.findIndex(each => each.startsWith('--'))
const wanted = process.argv.slice(2, dash < 0 ? undefined : dash)
const unknown = wanted.filter(name => !names().includes(name))
if (wanted.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) console.error(`evidence: nothing called ${unknown.join(', ')}`)
  console.log(`evidence: ${names().length === 0 ? 'none yet' : names().join(', ')}`)
  process.exit(unknown.length > 0 ? 2 : 0)
}

let failed = 0
for (const name of wanted) {
  const { checks } = await import(pathToFileURL(join(folder, `${name}.mjs`)).href)
  const rows = []
  for (const check of checks) {
    rows.push(await measure(check))
    tell(rows.at(-1))
  }
  console.log(`${name}\n\n${table(rows)}\n`)
  mkdirSync(join(root, 'evidence-out'), { recursive: true })
  writeFileSync(join(root, 'evidence-out', `${name}.json`), `${JSON.stringify(rows, null, 2)}\n`)
  failed += rows.filter(row => row.verdict === 'FAILS').length
}
process.exit(failed > 0 ? 1 : 0)
