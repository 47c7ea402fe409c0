// The house rules a linter holds, each with what it must let pass and what it must refuse.
import { RuleTester } from 'eslint'
import tseslint from 'typescript-eslint'
import { describe, expect, it } from 'vitest'
import { spawnSync } from 'node:child_process'
// @ts-expect-error the rules are plain JavaScript
import plugin from '../../scripts/eslint-rules/index.mjs'

RuleTester.describe = describe
RuleTester.it = it

const rules = (plugin as { rules: Record<string, Parameters<RuleTester['run']>[1]> }).rules
const tester = new RuleTester({ languageOptions: { parser: tseslint.parser } })

tester.run('no-module-state', rules['no-module-state'], {
  valid: [
    'const limit = 3',
    'const NAMES = ["a", "b"] as const',
    'const NAMES = ["a", "b"] as const satisfies readonly string[]',
    'export const NAMES: readonly string[] = ["a"]',
    'export const BY_NAME: ReadonlyMap<string, number> = new Map([["a", 1]])',
    'function f() { let count = 0; return count }',
  ],
  invalid: [
    { code: 'let count = 0', errors: 1 },
    { code: 'export let count = 0', errors: 1 },
    { code: 'const socks = new Map()', errors: 1 },
    { code: 'export const socks: Map<string, number> = new Map()', errors: 1 },
    { code: 'const list: number[] = []', errors: 1 },
    { code: 'const pending = new Set<number>() as Set<number>', errors: 1 },
  ],
})

tester.run('no-obsolete-rfc', rules['no-obsolete-rfc'], {
  valid: ['// RFC 9293 3.10', '// RFC 7931', '// RFC 1323x'],
  invalid: [
    { code: '// RFC 793 says', errors: 1 },
    { code: '/* rfc2581 and RFC-1323 */', errors: 2 },
    { code: 'const spec = "RFC 8312"', errors: 1 },
  ],
})

tester.run('no-re-export', rules['no-re-export'], {
  valid: ['export const a = 1', 'const a = 1; export { a }', { code: 'export { a } from "./a.ts"', options: [{ allowNamed: true }] }],
  invalid: [
    { code: 'export { a } from "./a.ts"', errors: 1 },
    { code: 'export * from "./a.ts"', errors: 1 },
    { code: 'export * from "./a.ts"', options: [{ allowNamed: true }], errors: 1 },
  ],
})

const typedTester = new RuleTester({
  languageOptions: {
    parser: tseslint.parser,
    parserOptions: { projectService: { allowDefaultProject: ['*.ts'] }, tsconfigRootDir: import.meta.dirname },
  },
})
const SEQ = 'interface SeqNumber { readonly opaque: "seq" }\ndeclare const a: SeqNumber, b: SeqNumber, n: number\n'

typedTester.run('seq-relational', rules['seq-relational'], {
  valid: [`${SEQ}const c = a === b`, `${SEQ}const c = n < 3`],
  invalid: ['<', '>', '<=', '>='].map(operator => ({ code: `${SEQ}const c = a ${operator} b`, errors: 1 })),
})

describe('the drawing of the layers', () => {
  it('says what layers.json says', () => {
    const { stdout, status } = spawnSync(process.execPath, ['scripts/layer-picture.mjs', '--check'], { encoding: 'utf8' })
    expect(stdout).toContain('ok')
    expect(status).toBe(0)
  })
})
