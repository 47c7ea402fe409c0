// What vitest's JSON report says, for the gate. `--counts` prints "passed failed skipped"; a file that does not load counts as
// one failure. Without it every failure is printed: file, name, and the first lines of its message.
//   node scripts/test-report.mjs REPORT [--counts]

import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import { parseArgs, stripVTControlCharacters } from 'node:util'

const MESSAGE_LINES = 14

const { values, positionals: [path] } = parseArgs({ allowPositionals: true, options: { counts: { type: 'boolean' } } })

/** @typedef {{ status: string, fullName: string, failureMessages?: string[] }} Test */

/** @returns {{ testResults: { name: string, status: string, message?: string, assertionResults: Test[] }[] } | undefined} */
function readReport() {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}

/** @param {string} message */
function firstLines(message) {
  return stripVTControlCharacters(message).split('\n').slice(0, MESSAGE_LINES).map(line => `    ${line.slice(0, 200)}`).join('\n')
}

const report = readReport()
const files = report?.testResults ?? []
const tests = files.flatMap(file => file.assertionResults)
const failures = files.flatMap(file => {
  const failed = file.assertionResults.filter(test => test.status === 'failed')
  const name = relative(process.cwd(), file.name)
  if (file.status === 'failed' && failed.length === 0) return [`${name}: does not load\n${firstLines(file.message ?? '')}`]
  return failed.map(test => `${name}: ${test.fullName}\n${firstLines(test.failureMessages?.join('\n') ?? '')}`)
})

if (values.counts === true) {
  const passed = tests.filter(test => test.status === 'passed').length
  const skipped = tests.filter(test => test.status !== 'passed' && test.status !== 'failed').length
  console.log(passed, failures.length, skipped)
} else if (report === undefined) {
  console.log('no report was written: the run itself broke off')
  process.exitCode = 1
} else {
  console.log(failures.join('\n'))
  // A run can fail without a test that does: the runner's own complaint is in its log.
  if (failures.length === 0) process.exitCode = 1
}
