// Checks the tree three times, each part against the platform it may know: the core against none, then Node, then the browser.
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const tsc = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url))
const NO_INPUTS = 'TS18003'

function check(part) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [tsc, '-p', `tsconfig.${part}.json`, '--pretty', 'false'], { cwd: root })
    let text = ''
    child.stdout.on('data', chunk => (text += chunk))
    child.stderr.on('data', chunk => (text += chunk))
    child.on('close', (code) => {
      const empty = text.includes(NO_INPUTS)
      resolve({ part, ok: code === 0 || empty, text: empty ? '' : text, empty })
    })
  })
}

const known = ['core', 'node', 'web', 'web-test']
const wanted = process.argv.slice(2)
const unknown = wanted.filter(part => !known.includes(part))
if (unknown.length > 0) {
  console.error(`typecheck: no part called ${unknown.join(', ')}; there are ${known.join(', ')}`)
  process.exit(2)
}

const results = await Promise.all((wanted.length > 0 ? wanted : known).map(check))
const seen = new Set()
for (const { part, ok, text, empty } of results) {
  for (const line of text.split('\n')) {
    if (line !== '' && !seen.has(line)) console.log(line)
    seen.add(line)
  }
  console.log(`typecheck ${part}: ${ok ? (empty ? 'nothing to check yet' : 'ok') : 'FAILED'}`)
}
process.exit(results.every(result => result.ok) ? 0 : 1)
