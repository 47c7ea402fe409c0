// The Berkeley layer with Linux itself as the judge: behaviours 25-60 as scenarios, drawn sequences of calls (20,000, or
// ORACLE_SEQUENCES from ORACLE_SEED), planted faults; and what has evidence of its own beside them.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

const FIRST = 25
const LAST = 60
const SEQUENCES = process.env.ORACLE_SEQUENCES ?? '20000'
/** Which errno of which call the drawn sequences met, and how often. */
const TABLE = 'evidence-out/berkeley-call-errno.txt'
const NO_LINUX = 'needs root, unshare and python3'
const folder = mkdtempSync(join(tmpdir(), 'berkeley-'))
process.on('exit', () => { rmSync(folder, { recursive: true, force: true }) })

/** Runs one file of vitest; its tests, and whether all passed. */
function vitest(file, env = {}) {
  const report = join(folder, `${file.replaceAll('/', '-')}.json`)
  const { stdout } = spawnSync('npx', [
    'vitest', 'run', file, '--disable-console-intercept', '--reporter=json', `--outputFile=${report}`,
  ], {
    encoding: 'utf8', env: { ...process.env, ...env }, maxBuffer: 1 << 27, timeout: 3_600_000, stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (!existsSync(report)) return { tests: [], output: stdout }
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
  return { tests: testResults.flatMap(each => each.assertionResults), output: stdout }
}

const passed = each => each.status === 'passed'

/** The numbers of behaviours in a name: `34 ...`, `behaviour 34: ...`, `found: behaviours 30-31 ...`. */
function behavioursOf(title) {
  const told = /^(?:found: )?(?:behaviours? )?(\d{2})(?:-(\d{2}))?\b/.exec(title)
  if (told === null) return []
  const [first, last] = [Number(told[1]), Number(told[2] ?? told[1])]
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i)
}

let scenarios
/** Scenarios of calls, and those of packets (25 to 32). */
const played = () => scenarios ??= ['berkeley.test.ts', 'wire/wire.test.ts'].flatMap(file => vitest(`test/oracle/${file}`).tests)

function behaviour(number) {
  return {
    name: `behaviour ${number}`,
    run: () => {
      const own = played().filter(each => behavioursOf(each.title).includes(number))
      if (own.length === 0) return { figure: '', pass: false, note: 'no scenario has this number' }
      if (own.every(each => each.status === 'skipped' || each.status === 'pending')) return { figure: '', pass: null, note: NO_LINUX }
      const wrong = own.filter(each => !passed(each))
      return {
        figure: `${own.length - wrong.length} of ${own.length} scenarios`, pass: wrong.length === 0, note: wrong.map(each => each.title).join('; '),
      }
    },
  }
}

const allScenarios = {
  name: 'every scenario and every sequence once found',
  run: () => {
    const tests = played()
    const wrong = tests.filter(each => each.status === 'failed')
    if (tests.length === 0 || tests.every(each => !passed(each) && each.status !== 'failed')) return { figure: '', pass: null, note: NO_LINUX }
    return { figure: `${tests.filter(passed).length} of ${tests.length}`, pass: wrong.length === 0, note: wrong.map(each => each.title).join('; ') }
  },
}

const sequences = {
  name: `${SEQUENCES} drawn call sequences answer as on Linux`,
  run: () => {
    const report = join(folder, 'hunt.json')
    const { tests, output } = vitest('test/oracle/hunt.test.ts', { ORACLE_SEQUENCES: SEQUENCES, ORACLE_REPORT: report })
    if (!existsSync(report)) return { figure: '', pass: tests.some(each => each.status === 'failed') ? false : null, note: NO_LINUX }
    const { summary, differences, table } = JSON.parse(readFileSync(report, 'utf8'))
    mkdirSync(dirname(TABLE), { recursive: true })
    writeFileSync(TABLE, `${summary}\n\n${table}\n`)
    console.log(`\ncall x errno (also in ${TABLE})\n${table}\n`)
    if (differences > 0) console.log(tests.flatMap(each => each.failureMessages).join('\n').slice(0, 20_000) || output)
    return { figure: differences === 0 ? 'equal' : `${differences} differences`, pass: differences === 0 && tests.every(passed), note: summary }
  },
}

const planted = {
  name: 'planted faults are all found',
  run: () => {
    const { tests, output } = vitest('test/oracle/planted-bugs.test.ts')
    const bugs = tests.filter(each => !each.title.startsWith('on a kernel'))
    if (bugs.length === 0 || bugs.every(each => !passed(each) && each.status !== 'failed')) return { figure: '', pass: null, note: NO_LINUX }
    for (const line of output.matchAll(/^planted .*$/gm)) console.log(line[0])
    const lost = bugs.filter(each => !passed(each)).map(each => each.title)
    return { figure: `${bugs.length - lost.length} of ${bugs.length}`, pass: bugs.length >= 20 && lost.length === 0, note: lost.join('; ') }
  },
}

/** Rows that other files of evidence bring: each exports `checks` as this one does. */
async function others() {
  const rows = []
  for (const file of ['kernel']) {
    const at = new URL(`${file}.mjs`, import.meta.url)
    if (existsSync(at)) rows.push(...(await import(at)).checks)
  }
  return rows
}

export const checks = [
  ...Array.from({ length: LAST - FIRST + 1 }, (_, i) => behaviour(FIRST + i)), allScenarios, sequences, planted, ...await others(),
]
