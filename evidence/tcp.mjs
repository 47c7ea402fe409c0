// What is claimed of TCP, as far as a command can show it: packetdrill's published scripts, mutants of them, requirement tracing,
// behaviours 1 to 24, the event x state matrix, 100,000 connections that leave nothing behind, and the sizes the linter watches.
//   npm run evidence -- tcp [--lists DIR --root DIR]
// `--lists` holds the lists of script names, `--root` the checkouts google, ligurio and nplab; without them those rows are skipped.
// Goodput beside the kernel and fairness are measured by `npm run evidence -- goodput` and `fairness`.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import * as main from '../dist/src/entry/main.js'
import { World } from '../dist/src/entry/sim.js'
import { connectionStorm } from './support/connection-storm.mjs'

const HERE = fileURLToPath(new URL('..', import.meta.url))
const CONNECTIONS = Number(process.env.SOCKEYE_EVIDENCE_CONNECTIONS ?? 100_000)
const FAMILIES = ['ipv4', 'ipv6', 'mapped']
const PASSES = { ipv4: 'ipv4', ipv6: 'ipv6', mapped: 'ipv4-mapped-ipv6' }

const option = name => process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined
const lists = option('--lists')
const root = option('--root')
const NO_CHECKOUT = { figure: '', pass: null, note: 'needs --lists DIR and --root DIR' }

function run(command, args, env = {}) {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd: HERE, encoding: 'utf8', env: { ...process.env, FORCE_COLOR: '0', ...env }, maxBuffer: 1 << 28,
  })
  return { status, stdout, stderr }
}

const names = list => readFileSync(join(lists, list), 'utf8').split('\n').map(each => each.trim()).filter(Boolean)

/** Verdicts by script name, of one list in one family. */
const verdicts = new Map()
let drillSeconds = 0
function drill(corpus, list, family, mode) {
  const key = `${list} ${family} ${mode}`
  const known = verdicts.get(key)
  if (known !== undefined) return known
  const from = performance.now()
  const args = ['bin/sockeye', 'drill', '--list', join(lists, list), '--root', join(root, corpus), '--mode', mode, '--json']
  const { stdout } = run(process.execPath, family === undefined ? args : [...args, '--family', family])
  drillSeconds += (performance.now() - from) / 1000
  const found = new Map()
  for (const { path, verdict, reason } of JSON.parse(stdout).scripts) {
    const name = path.startsWith(join(root, corpus)) ? path.slice(join(root, corpus).length + 1) : path
    // A script that runs in several families is as good as its worst.
    if (found.get(name)?.verdict !== 'fail') found.set(name, { verdict, reason })
  }
  verdicts.set(key, found)
  return found
}

function rate(wanted, found, least) {
  const failed = wanted.filter(name => found.get(name)?.verdict !== 'pass')
  const share = (wanted.length - failed.length) / wanted.length
  const note = failed.length === 0 ? '' : failed.slice(0, 4).map(name => `${name}: ${found.get(name)?.reason ?? 'not run'}`).join('; ')
  return { figure: `${wanted.length - failed.length} of ${wanted.length}`, pass: share >= least, note }
}

/** Of the scripts Linux 6.18 passes, those of one class. */
function googleCheck(name, className, family, least) {
  return {
    name: `${name}, ${family}: ${least === 1 ? 'all' : `${least * 100} %`} that Linux passes`,
    run: () => {
      if (lists === undefined || root === undefined) return NO_CHECKOUT
      const linux = new Set(names(`google-tcp.linux-6.18-passes-${PASSES[family]}.txt`))
      const wanted = names(`google-tcp.class-${className}.txt`).filter(each => linux.has(each))
      return rate(wanted, drill('google', 'google-tcp.txt', family, 'exact'), least)
    },
  }
}

/** Scripts not expected to pass, each with its reason in test/pkt/expected.ts. */
function reasoned() {
  return new Set([...readFileSync(join(HERE, 'test/pkt/expected.ts'), 'utf8').matchAll(/'([^']+\.pkt)':/g)].map(each => each[1]))
}

function corpusCheck(corpus, list) {
  return {
    name: `${corpus}'s list: 90 % of what applies`,
    run: () => {
      if (lists === undefined || root === undefined) return NO_CHECKOUT
      const found = drill(corpus, list, undefined, 'neutral')
      const excused = reasoned()
      const all = names(list)
      const applicable = all.filter(name => found.get(name)?.verdict !== 'na' && !excused.has(name))
      const result = rate(applicable, found, 0.9)
      const gone = all.filter(name => found.get(name)?.verdict === 'na').length
      return { ...result, note: `${all.length} in all: ${gone} not applicable, ${all.length - applicable.length - gone} reasoned. ${result.note}` }
    },
  }
}

function mutants() {
  if (lists === undefined || root === undefined) return NO_CHECKOUT
  const { stdout } = run(process.execPath, ['bin/sockeye', 'drill', '--mutants', '--list', join(lists, 'google-tcp.linux-6.18-passes-ipv4.txt'),
    '--root', join(root, 'google'), '--family', 'ipv4', '--quiet'])
  const match = /^(\d+) mutants died, (\d+) survived, (\d+) equivalent/m.exec(stdout)
  if (match === null) return { figure: '', pass: false, note: 'no count of mutants' }
  return { figure: `${match[1]} died`, pass: match[2] === '0', note: `${match[2]} survived, ${match[3]} equivalent` }
}

/** One run of our own tests serves behaviours, matrix and tracing. */
let report
function ownTests() {
  if (report !== undefined) return report
  const folder = mkdtempSync(join(tmpdir(), 'sockeye-evidence-'))
  const file = join(folder, 'tests.json')
  run('npx', ['--no-install', 'vitest', 'run', 'test/drill', 'test/behaviours', '--reporter=json', `--outputFile=${file}`])
  const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).testResults : []
  report = { file, tests: results.flatMap(each => each.assertionResults) }
  process.on('exit', () => { rmSync(folder, { recursive: true, force: true }) })
  return report
}

function behaviours() {
  const { tests } = ownTests()
  const numbers = new Map()
  for (const { title, status } of tests) {
    const match = /^behaviour (\d+):/.exec(title)
    if (match !== null) numbers.set(Number(match[1]), (numbers.get(Number(match[1])) ?? true) && status === 'passed')
  }
  const missing = Array.from({ length: 24 }, (_, i) => i + 1).filter(each => numbers.get(each) !== true)
  return { figure: `${24 - missing.length} of 24`, pass: missing.length === 0, note: missing.length === 0 ? '' : `without a passing test: ${missing.join(', ')}` }
}

function matrix() {
  const { stdout, stderr, status } = run(process.execPath, ['scripts/matrix.mjs', '--results', ownTests().file])
  return { figure: /(\d+ holes)/.exec(stdout)?.[1] ?? '', pass: status === 0, note: /^\d+ cells: .*$/m.exec(stdout)?.[0] ?? stderr.trim().split('\n')[0] }
}

function requirements() {
  if (!existsSync(join(HERE, 'scripts/spec-trace.mjs'))) return { figure: '', pass: null, note: 'no scripts/spec-trace.mjs here' }
  const { stdout, stderr, status } = run(process.execPath, ['scripts/spec-trace.mjs'])
  const lines = `${stdout}\n${stderr}`.trim().split('\n').filter(Boolean)
  return { figure: status === 0 ? 'traced' : '', pass: status === 0, note: lines.find(each => /9293/.test(each)) ?? lines.at(-1) ?? '' }
}

async function storm() {
  const from = performance.now()
  const result = await connectionStorm({ ...main, World }, { count: CONNECTIONS, seed: 3 })
  const { before, after, waiting, packets, leaks, tally, dropped, busyMs } = result
  const pass = JSON.stringify(before) === JSON.stringify(after) && packets === 0 && leaks.length === 0 && waiting.connections === 0
    && dropped > 0 && tally.connected + tally.failed + tally.givenUp === CONNECTIONS
  const took = ((performance.now() - from) / 1000).toFixed(0)
  const left = after.map((each, i) => Object.keys(each).filter(key => each[key] !== before[i][key]).map(key => `${key} ${each[key]}`)).flat()
  return {
    figure: `${CONNECTIONS}`, pass,
    note: `${tally.connected} connected, ${tally.givenUp} given up, ${tally.failed} failed, ${dropped} packets lost, `
      + `${(busyMs / 1000).toFixed(0)} s of virtual time in ${took} s; left: ${left.join(', ') || 'nothing'}`,
  }
}

/** The linter's warnings of length, in the rooms of TCP. */
function sizes() {
  const { stdout } = run('npx', ['--no-install', 'eslint', 'src/tcp', '--format', 'json'])
  const long = JSON.parse(stdout).flatMap(each => each.messages
    .filter(({ ruleId }) => ruleId === 'max-lines' || ruleId === 'max-lines-per-function')
    .map(({ message }) => `${each.filePath.slice(HERE.length)}: ${message}`))
  return {
    figure: `${long.length} warnings`, pass: long.length === 0,
    note: long.length === 0 ? 'no file above 300 lines, no function above 60' : long.join('; '),
  }
}

export const checks = [
  ...[['general', 'general'], ['loss recovery', 'loss-recovery-exact'], ['Fast Open', 'tfo']]
    .flatMap(([name, className]) => FAMILIES.map(family => googleCheck(name, className, family, 1))),
  ...FAMILIES.map(family => googleCheck('Linux-only calls', 'linux-only-api', family, 0.9)),
  corpusCheck('ligurio', 'ligurio-packetdrill-testcases.txt'),
  corpusCheck('nplab', 'nplab-packetdrill.txt'),
  {
    name: 'all these scripts in under 30 s',
    run: () => lists === undefined ? NO_CHECKOUT : { figure: `${drillSeconds.toFixed(1)} s`, pass: drillSeconds < 30, note: `${verdicts.size} runs of the command` },
  },
  { name: 'mutants of passing scripts die', run: mutants },
  { name: 'behaviours 1 to 24, each a test', run: behaviours },
  { name: 'event x state matrix without holes', run: matrix },
  { name: 'requirements of RFC 9293 and its kin traced', run: requirements },
  { name: 'connections that leave no sock, timer or packet', run: storm },
  { name: 'sizes of files and functions in src/tcp', run: sizes },
]
