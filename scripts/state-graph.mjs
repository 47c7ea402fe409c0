// Draws TRANSITIONS of src/tcp/state.ts as a mermaid state diagram between the markers in docs/tcp.md. `--check` fails when it is stale.
import { buildSync } from 'esbuild'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = `${root}docs/tcp.md`
const BEGIN = '<!-- states: drawn by node scripts/state-graph.mjs -->'
const END = '<!-- /states -->'

const { outputFiles } = buildSync({ entryPoints: [`${root}src/tcp/state.ts`], bundle: true, format: 'esm', write: false })
const { TRANSITIONS } = await import(`data:text/javascript,${encodeURIComponent(outputFiles[0].text)}`)

/** Names without hyphens: mermaid reads those as arrows. */
const id = state => state.replaceAll('-', '_')

function diagram() {
  const arrows = new Map()
  for (const [from, ways] of Object.entries(TRANSITIONS)) {
    for (const [cause, to] of Object.entries(ways)) {
      const key = `${id(from)} --> ${id(to)}`
      arrows.set(key, [...arrows.get(key) ?? [], cause])
    }
  }
  return [
    '```mermaid',
    'stateDiagram-v2',
    '  [*] --> CLOSED',
    ...Object.keys(TRANSITIONS).filter(state => state.includes('-')).map(state => `  state "${state}" as ${id(state)}`),
    ...[...arrows].map(([arrow, causes]) => `  ${arrow}: ${causes.join(' / ')}`),
    '```',
  ].join('\n')
}

function table() {
  return [
    '| from | by | to |',
    '|---|---|---|',
    ...Object.entries(TRANSITIONS).flatMap(([from, ways]) => Object.entries(ways).map(([cause, to]) => `| ${from} | ${cause} | ${to} |`)),
  ].join('\n')
}

const before = readFileSync(page, 'utf8')
const from = before.indexOf(BEGIN)
const to = before.indexOf(END)
if (from < 0 || to < from) {
  console.error('state-graph: docs/tcp.md has no place marked states')
  process.exit(1)
}
const details = `<details><summary>The same as a table</summary>\n\n${table()}\n\n</details>`
const after = `${before.slice(0, from)}${BEGIN}\n${diagram()}\n\n${details}\n${before.slice(to)}`
if (after === before) process.exit(0)
if (process.argv.includes('--check')) {
  console.error('state-graph: docs/tcp.md is stale; run npm run states')
  process.exit(1)
}
writeFileSync(page, after)
