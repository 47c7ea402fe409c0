// npm run options: draws docs/options.md, every socket option of Linux's lists as our kernel answers it. Fails on a supported option that
// cites no test of its effect, and on a cited title that no test has. `--check` writes nothing and fails on a stale page; `--report FILE`
// (vitest's JSON) takes titles from a run and wants them passed, otherwise they are looked for in the files of tests.
import { buildSync } from 'esbuild'
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const page = `${root}docs/options.md`
const args = process.argv.slice(2)

/** Bundled for this process alone. */
async function load() {
  mkdirSync(`${root}.cache`, { recursive: true })
  const bundle = `${root}.cache/options-${process.pid}.mjs`
  buildSync({ entryPoints: [`${root}test/oracle/options/page.ts`], bundle: true, platform: 'node', format: 'esm', outfile: bundle, logLevel: 'error' })
  try {
    return await import(pathToFileURL(bundle).href)
  } finally {
    rmSync(bundle)
  }
}

function titlesThatPassed(file) {
  return JSON.parse(readFileSync(file, 'utf8')).testResults
    .flatMap(each => each.assertionResults).filter(each => each.status === 'passed' || each.status === 'pending').map(each => each.fullName)
}

/** The texts of all test files, where a title stands as it is or a scenario is made from its name. */
function textsOfTests() {
  return readdirSync(`${root}test`, { recursive: true, withFileTypes: true })
    .filter(each => each.isFile() && /\.ts$/.test(each.name) && !each.parentPath.endsWith('/options'))
    .map(each => readFileSync(`${each.parentPath}/${each.name}`, 'utf8').replaceAll("\\'", "'"))
}

const { drawOptions, CITED } = await load()
const { text, problems } = await drawOptions()
const report = args.includes('--report') ? titlesThatPassed(args[args.indexOf('--report') + 1]) : undefined
const titles = report ?? textsOfTests()
for (const [option, title] of CITED) {
  const wanted = report === undefined ? title.replace(/^F7 effect of /, '') : title
  if (!titles.some(each => each.includes(wanted))) problems.push(`${option}: no ${report === undefined ? '' : 'passed '}test is called "${title}"`)
}
if (args.includes('--check')) {
  if (readFileSync(page, 'utf8') !== text) problems.push('docs/options.md is stale; run npm run options')
} else writeFileSync(page, text)
for (const each of problems) console.error(`options: ${each}`)
process.exit(problems.length > 0 ? 1 : 0)
