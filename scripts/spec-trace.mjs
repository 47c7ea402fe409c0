// Joins requirements (spec/*.json), citations in the comments of src/ and claims of tests (labels in their titles, or after
// `Covers:` in a comment at a drill file's head), and draws docs/spec. A claim counts when its test ran and passed.
//   npm run spec                          runs the tests that claim something, then draws
//   node scripts/spec-trace.mjs --report FILE --check
//                                         trusts a Vitest report, writes nothing, fails on what is stale
// Fails on a MUST without code and test or an exception, on a label nobody knows, and on a claim whose test does not run.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { commentLines, labelsIn, withoutComments } from './spec/labels.mjs'
import { count, overview, page } from './spec/pages.mjs'

const root = fileURLToPath(new URL('..', import.meta.url))
const argument = name => process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined
const isCheck = process.argv.includes('--check')
const problems = []

const read = path => readFileSync(`${root}${path}`, 'utf8')
const filesUnder = (folder, ending) => readdirSync(`${root}${folder}`, { recursive: true }).map(String).filter(name => ending.test(name))
  .map(name => `${folder}/${name}`).sort()

const documents = filesUnder('spec', /^rfc\d+\.json$/).map(path => ({ path, ...JSON.parse(read(path)) })).sort((a, b) => b.rfc - a.rfc)
const known = new Set(documents.map(each => each.rfc))
const requirements = new Map()
const places = new Set()
for (const document of documents) {
  for (const place of document.sections ?? []) addPlace(document.rfc, place)
  for (const requirement of document.requirements) {
    const label = `${document.rfc} ${requirement.id.replace(`rfc${document.rfc}-`, '')}`
    if (requirements.has(label)) problems.push(`${document.path}: ${requirement.id} stands twice`)
    requirements.set(label, Object.assign(requirement, { code: [], claims: [] }))
    addPlace(document.rfc, requirement.section)
  }
}

/** A section and all it lies in may be cited too. */
function addPlace(rfc, place) {
  for (let at = place; at !== ''; at = at.slice(0, Math.max(0, at.lastIndexOf('.')))) places.add(`${rfc} ${at}`)
}

/** The requirements `text` names; labels that name nothing are reported. */
function named(text, where) {
  return [...labelsIn(text, known)].filter(label => {
    if (requirements.has(label)) return true
    if (!places.has(label)) problems.push(`${where}: RFC ${label} names no requirement and no section of ours`)
    return false
  })
}

function collectCitations() {
  for (const path of filesUnder('src', /(?<!\.test)\.ts$/)) {
    for (const label of named(commentLines(read(path)).join('\n'), path)) requirements.get(label).code.push(path)
  }
}

function claimingFiles() {
  const files = ['src', 'test', 'cli'].flatMap(folder => filesUnder(folder, /\.(test|drill)\.ts$/))
  return files.filter(path => labelsIn(read(path), known).size > 0)
}

function vitestReport(files) {
  const given = argument('--report')
  if (given !== undefined) return JSON.parse(readFileSync(given, 'utf8'))
  mkdirSync(`${root}.cache`, { recursive: true })
  const output = `${root}.cache/spec-tests.json`
  const run = spawnSync('npx', ['--no-install', 'vitest', 'run', ...files, '--reporter=json', `--outputFile=${output}`], { cwd: root, encoding: 'utf8' })
  if (run.error !== undefined) throw run.error
  return JSON.parse(readFileSync(output, 'utf8'))
}

function collectClaims() {
  const files = claimingFiles()
  const report = vitestReport(files)
  const ran = new Map(report.testResults.map(each => [relative(root, each.name), each.assertionResults]))
  for (const path of files) {
    const text = read(path)
    const head = named(/\/\/ Covers: ([^\n]*)/.exec(text)?.[1] ?? '', path)
    const promised = new Set([...named(withoutComments(text), path), ...head])
    for (const test of ran.get(path) ?? []) {
      const claims = [...new Set([...named(test.fullName, path), ...head])]
      if (claims.length === 0) continue
      if (test.status !== 'passed') problems.push(`${path}: "${test.fullName}" claims ${claims.join(', ')} and is ${test.status}`)
      else if (!test.fullName.includes('known to fail')) for (const label of claims) addClaim(label, path, test.fullName)
      for (const label of claims) promised.delete(label)
    }
    for (const label of promised) problems.push(`${path}: claims RFC ${label} in no test that ran`)
  }
}

function addClaim(label, file, fullName) {
  const title = fullName.replace(/ over (ipv4|ipv6|mapped)(?= \[|$)/, '').replace(/ ?[[(](RFC|MUST|SHLD|MAY)[^\])]*[\])]$/, '')
  const { claims } = requirements.get(label)
  if (!claims.some(each => each.file === file && each.title === title)) claims.push({ file, title })
}

function judge(requirement) {
  const { exception, code, claims, strength } = requirement
  if (exception !== undefined) return 'reasoned'
  if (code.length > 0 && claims.length > 0) return 'covered'
  if (code.length > 0 || claims.length > 0) return 'partly'
  return strength === 'MAY' ? 'free' : 'open'
}

/** A requirement as the file keeps it. */
function stored({ id, section, strength, text, note, exception, code, claims }) {
  const files = [...new Set(claims.map(each => each.file))]
  const lines = [
    `"id": ${JSON.stringify(id)}, "section": ${JSON.stringify(section)}, "strength": ${JSON.stringify(strength)}`,
    ...Object.entries({ text, note, exception }).filter(([, value]) => value !== undefined).map(([key, value]) => `"${key}": ${JSON.stringify(value)}`),
    `"code": [${code.map(each => JSON.stringify(each)).join(', ')}]`,
    `"tests": [${files.map(each => JSON.stringify(each)).join(', ')}]`,
  ]
  return `    {\n${lines.map(line => `      ${line}`).join(',\n')}\n    }`
}

function storedDocument({ rfc, title, sections, requirements: list }) {
  return `{\n  "rfc": ${rfc},\n  "title": ${JSON.stringify(title)},\n  "sections": ${JSON.stringify(sections ?? [])},\n  "requirements": [\n${list.map(stored).join(',\n')}\n  ]\n}\n`
}

function write(path, text) {
  let before = ''
  try { before = read(path) } catch { /* new */ }
  if (before === text) return
  if (isCheck) problems.push(`${path} is stale: npm run spec`)
  else writeFileSync(`${root}${path}`, text)
}

collectCitations()
collectClaims()
mkdirSync(`${root}docs/spec`, { recursive: true })
for (const document of documents) {
  for (const requirement of document.requirements) {
    requirement.status = judge(requirement)
    const isMissing = requirement.strength.startsWith('MUST') && (requirement.status === 'open' || requirement.status === 'partly')
    const lacks = [...requirement.code.length === 0 ? ['code'] : [], ...requirement.claims.length === 0 ? ['test'] : []]
    if (isMissing) problems.push(`RFC ${document.rfc}: ${requirement.id} has no ${lacks.join(' and no ')}: ${requirement.text}`)
  }
  write(document.path, storedDocument(document))
  write(`docs/spec/rfc${document.rfc}.md`, page(document))
  const said = Object.entries(count(document.requirements)).map(([kind, each]) => `${kind} ${each.covered}+${each.reasoned}/${each.all}`)
  console.log(`RFC ${document.rfc}: ${said.join(', ')} (code and test + exceptions / all)`)
}
write('docs/spec/README.md', overview(documents))
for (const problem of problems) console.error(`spec-trace: ${problem}`)
process.exit(problems.length === 0 ? 0 : 1)
