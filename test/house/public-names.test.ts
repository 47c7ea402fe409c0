// What users may import changes on purpose: the names of every public entry stand in public-names.json, reviewed like code.
// To change them: SOCKEYE_WRITE_NAMES=1 npx vitest run test/house/public-names.test.ts

import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'

const ENTRIES = new URL('../../src/entry/', import.meta.url)
const KNOWN = fileURLToPath(new URL('./public-names.json', import.meta.url))

/** The names an entry re-exports, read off its text: types leave no trace at run time. */
function namesOf(text: string): string[] {
  const lists = [...text.matchAll(/export\s+(?:type\s+)?\{([^}]*)\}/g)].flatMap(match => match[1].split(','))
  return lists.map(each => each.trim().split(/\s+as\s+/).at(-1) ?? '').filter(each => each !== '').sort()
}

function publicNames(): Record<string, string[]> {
  const files = readdirSync(ENTRIES).filter(each => each.endsWith('.ts') && !each.endsWith('.test.ts')).sort()
  return Object.fromEntries(files.map(file => [file.slice(0, -3), namesOf(readFileSync(new URL(file, ENTRIES), 'utf8'))]))
}

it('public names are the ones that were agreed on', () => {
  const names = publicNames()
  if (process.env.SOCKEYE_WRITE_NAMES === '1') writeFileSync(KNOWN, `${JSON.stringify(names, undefined, 1)}\n`)
  expect(names).toEqual(JSON.parse(readFileSync(KNOWN, 'utf8')))
})
