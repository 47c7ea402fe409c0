// npm run matrix: the event x state matrix of TCP (RFC 9293 3.10). Drills say in their titles which cell they stand for
// (`segment: FIN-WAIT-1 x rst inside: ...`); test/support/matrix.json names the events and why some cells cannot be. Prints the three
// tables and the holes; exit code 1 when there is one. `--results FILE` (vitest's JSON) counts only drills that passed, `--json` prints
// the cells, `--list` what each cell shows.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const { states, groups, impossible } = JSON.parse(readFileSync(`${root}test/support/matrix.json`, 'utf8'))
const args = process.argv.slice(2)
const results = args.includes('--results') ? args[args.indexOf('--results') + 1] : undefined

function titlesOf(file) {
  if (!existsSync(file)) throw new Error(`matrix: no results at ${file}`)
  return JSON.parse(readFileSync(file, 'utf8')).testResults
    .flatMap(each => each.assertionResults).filter(each => each.status === 'passed').map(each => each.fullName)
}

function listedTitles() {
  const { stdout, status } = spawnSync('npx', ['--no-install', 'vitest', 'list', 'test/drill', '--json', '--no-isolate', '--no-file-parallelism'], { cwd: root, encoding: 'utf8', maxBuffer: 1 << 26 })
  if (status !== 0) throw new Error('matrix: vitest cannot list the drills')
  return JSON.parse(stdout.slice(stdout.indexOf('['))).map(each => each.name)
}

const drills = new Map()
const unknown = []
for (const title of results === undefined ? listedTitles() : titlesOf(results)) {
  const match = /(?:^|> | )(user call|segment|timeout): ([A-Z0-9-]+) x ([^:]+): (.*)$/.exec(title)
  if (match === null) continue
  const [, group, state, event, what] = match
  if (!states.includes(state) || !groups[group].includes(event)) unknown.push(title)
  const key = `${group}/${state}/${event}`
  drills.set(key, [...drills.get(key) ?? [], what.replace(/ \[[^\]]*\]$/, '')])
}

function reasonFor(group, state, event) {
  return impossible.find(each => each.group === group && each.events.includes(event) && each.states.includes(state))?.reason
}

const cells = Object.entries(groups).flatMap(([group, events]) => events.flatMap(event => states.map(state => {
  const shown = drills.get(`${group}/${state}/${event}`) ?? []
  return { group, event, state, drills: shown, reason: shown.length === 0 ? reasonFor(group, state, event) : undefined }
})))
const holes = cells.filter(each => each.drills.length === 0 && each.reason === undefined)
const contradictions = cells.filter(each => each.drills.length > 0 && reasonFor(each.group, each.state, each.event) !== undefined)

function table(group) {
  const events = groups[group]
  const width = Math.max(...events.map(each => each.length), group.length)
  const head = `${group.padEnd(width)}  ${states.map(each => each.padStart(13)).join('')}`
  const rows = events.map(event => {
    const marks = states.map(state => {
      const { drills: shown, reason } = cells.find(each => each.group === group && each.event === event && each.state === state)
      return (shown.length > 0 ? String(shown.length) : reason === undefined ? 'HOLE' : '-').padStart(13)
    })
    return `${event.padEnd(width)}  ${marks.join('')}`
  })
  return [head, ...rows].join('\n')
}

if (args.includes('--json')) {
  console.log(JSON.stringify(cells, null, 2))
} else {
  console.log(Object.keys(groups).map(table).join('\n\n'))
  if (args.includes('--list')) for (const each of cells) console.log(`${each.group}: ${each.state} x ${each.event}: ${each.drills.join('; ') || each.reason}`)
  console.log('\n- cannot be:')
  for (const { group, events, reason } of impossible) console.log(`  ${group} ${events.join(', ')}: ${reason}`)
  const covered = cells.filter(each => each.drills.length > 0)
  console.log(`\n${cells.length} cells: ${covered.length} with a drill (${covered.reduce((sum, each) => sum + each.drills.length, 0)} drills), `
    + `${cells.length - covered.length - holes.length} cannot be, ${holes.length} holes`)
}
for (const { group, state, event } of holes) console.error(`hole: ${group}: ${state} x ${event}`)
for (const title of unknown) console.error(`no such cell: ${title}`)
for (const { group, state, event } of contradictions) console.error(`said to be impossible, but drilled: ${group}: ${state} x ${event}`)
process.exit(holes.length + unknown.length + contradictions.length > 0 ? 1 : 0)
