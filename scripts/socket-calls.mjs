// npm run sockets: draws the calls in docs/sockets.md from the interfaces of src/kernel/syscalls.ts, the texts of socket-calls.json
// and the errnos that the oracle's scenarios see. `--check` writes nothing and fails when the page is stale.
import { buildSync } from 'esbuild'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = `${root}docs/sockets.md`
const BEGIN = '<!-- calls: drawn by npm run sockets -->'
const END = '<!-- /calls -->'
const groups = JSON.parse(readFileSync(`${root}scripts/socket-calls.json`, 'utf8'))
const source = readFileSync(`${root}src/kernel/syscalls.ts`, 'utf8')

/** Name, arguments, result and comment of each method. */
function methodsOf(name) {
  const body = new RegExp(`export interface ${name} \\{\\n([\\s\\S]*?)\\n\\}`).exec(source)[1]
  const methods = new Map()
  let comment = ''
  for (const line of body.split('\n')) {
    comment = /^ {2}\/\*\* (.*) \*\/$/.exec(line)?.[1] ?? comment
    const method = /^ {2}(\w+)\((.*)\): (.*)$/.exec(line)
    if (method === null) continue
    methods.set(method[1], { args: method[2], result: method[3], comment })
    comment = ''
  }
  return methods
}

async function errnos() {
  mkdirSync(`${root}.cache`, { recursive: true })
  const bundle = `${root}.cache/errnos-${process.pid}.mjs`
  buildSync({ entryPoints: [`${root}test/oracle/errnos.ts`], bundle: true, platform: 'node', format: 'esm', outfile: bundle, logLevel: 'error' })
  try {
    return await (await import(pathToFileURL(bundle).href)).collectErrnos()
  } finally {
    rmSync(bundle)
  }
}

const problems = []
const [now, later, seen] = [methodsOf('Sys'), methodsOf('AsyncSys'), await errnos()]

function entry(name, [about, sleeps]) {
  const method = now.get(name)
  if (method === undefined) {
    problems.push(`there is no call ${name}`)
    return ''
  }
  if (later.has(name) !== (sleeps !== '' && !sleeps.startsWith('never'))) problems.push(`${name}: does it sleep?`)
  return [
    `#### ${name}`, '', '```ts', `${name}(${method.args}): ${method.result}`, '```', '', `${about}${method.comment === '' ? '' : ` ${method.comment}`}`, '',
    ...sleeps === '' ? [] : [`Sleeps on: ${sleeps}.`, ''],
    ...seen[name] === undefined ? [] : [`Errnos seen, the same on Linux: ${seen[name].join(', ')}.`, ''],
  ].join('\n')
}

const listed = new Set(Object.values(groups).flatMap(each => Object.keys(each)))
for (const name of now.keys()) if (!listed.has(name)) problems.push(`${name} stands in no group of socket-calls.json`)
const drawn = Object.entries(groups).map(([group, calls]) =>
  [`### ${group}`, '', ...Object.entries(calls).map(([name, texts]) => entry(name, texts))].join('\n')).join('\n')
const before = readFileSync(page, 'utf8')
const [from, to] = [before.indexOf(BEGIN), before.indexOf(END)]
if (from < 0 || to < from) problems.push('docs/sockets.md has no place marked calls')
const after = `${before.slice(0, from)}${BEGIN}\n\n${drawn}\n${before.slice(to)}`
if (process.argv.includes('--check')) {
  if (after !== before) problems.push('docs/sockets.md is stale; run npm run sockets')
} else if (problems.length === 0) writeFileSync(page, after)
for (const each of problems) console.error(`sockets: ${each}`)
process.exit(problems.length > 0 ? 1 : 0)
