import { readFileSync } from 'node:fs'
import stylistic from '@stylistic/eslint-plugin'
import tseslint from 'typescript-eslint'
import sockeye from './scripts/eslint-rules/index.mjs'

const { layers } = JSON.parse(readFileSync(new URL('layers.json', import.meta.url), 'utf8'))
const PLATFORM_LAYERS = ['node', 'web']
const CORE = Object.keys(layers).filter(layer => !PLATFORM_LAYERS.includes(layer)).map(layer => `src/${layer}/**/*.ts`)
const TESTS = ['**/*.test.ts', '**/*.drill.ts', '**/*.fuzz.ts', '**/*.contract.ts']

const style = {
  plugins: { '@stylistic': stylistic },
  rules: {
    ...stylistic.configs.customize({
      indent: 2, quotes: 'single', semi: false, commaDangle: 'always-multiline', braceStyle: '1tbs', quoteProps: 'consistent-as-needed',
    }).rules,
    '@stylistic/max-len': ['error', {
      code: 140, ignoreUrls: true, ignoreStrings: true, ignoreTemplateLiterals: true, ignoreRegExpLiterals: true,
    }],
    '@stylistic/quotes': ['error', 'single', { avoidEscape: true, allowTemplateLiterals: 'always' }],
    '@stylistic/arrow-parens': 'off',
    '@stylistic/max-statements-per-line': ['error', { max: 3 }],
    '@stylistic/multiline-ternary': 'off',
    '@stylistic/operator-linebreak': ['error', 'before', { overrides: { '=': 'after' } }],
    // Tables of fields, options and transitions read better in columns.
    '@stylistic/no-multi-spaces': 'off',
    '@stylistic/key-spacing': 'off',
    '@stylistic/type-annotation-spacing': 'off',
    '@stylistic/quote-props': 'off',
    '@stylistic/lines-between-class-members': 'off',
    '@stylistic/indent-binary-ops': 'off',
    '@stylistic/spaced-comment': ['error', 'always', { markers: ['/'] }],
    '@stylistic/no-mixed-operators': 'off',
  },
}

const typed = {
  files: ['**/*.ts'],
  extends: [tseslint.configs.base],
  languageOptions: { parserOptions: { project: './tsconfig.json', tsconfigRootDir: import.meta.dirname } },
  plugins: { sockeye },
  rules: {
    '@typescript-eslint/await-thenable': 'error',
    '@typescript-eslint/ban-ts-comment': 'error',
    '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'separate-type-imports', disallowTypeAnnotations: false }],
    '@typescript-eslint/no-explicit-any': 'error',
    '@typescript-eslint/no-floating-promises': ['error', { ignoreVoid: true }],
    '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
    '@typescript-eslint/no-require-imports': 'error',
    '@typescript-eslint/no-unnecessary-type-assertion': 'error',
    '@typescript-eslint/no-unused-vars': ['error', {
      args: 'all', argsIgnorePattern: '^_', varsIgnorePattern: '^_', caughtErrorsIgnorePattern: '^_', ignoreRestSiblings: true,
    }],
    '@typescript-eslint/only-throw-error': 'error',
    '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
    'eqeqeq': 'error',
    'no-constant-binary-expression': 'error',
    'no-debugger': 'error',
    'no-dupe-else-if': 'error',
    'no-duplicate-case': 'error',
    'no-fallthrough': 'error',
    'no-self-compare': 'error',
    'no-unreachable': 'error',
    'no-unsafe-finally': 'error',
    'no-unused-expressions': ['error', { allowTernary: true, allowShortCircuit: true }],
    'no-var': 'error',
    'prefer-const': ['error', { destructuring: 'all' }],
    'sockeye/no-obsolete-rfc': 'error',
    'sockeye/seq-relational': 'error',
  },
}

const sizes = {
  files: ['src/**/*.ts', 'cli/**/*.ts', 'lab/**/*.ts'],
  ignores: TESTS,
  rules: {
    'max-lines': ['warn', { max: 300, skipBlankLines: true, skipComments: true }],
    'max-lines-per-function': ['warn', { max: 60, skipBlankLines: true, skipComments: true }],
  },
}

const ownership = [
  { files: ['src/**/*.ts'], ignores: ['src/entry/**', ...TESTS], rules: { 'sockeye/no-re-export': 'error' } },
  { files: ['src/entry/**/*.ts'], rules: { 'sockeye/no-re-export': ['error', { allowNamed: true }] } },
]

// No hidden time, chance, state or platform: the compiler keeps the rest of the platform out (tsconfig.core.json), these it lets through.
const core = {
  files: CORE,
  ignores: TESTS,
  rules: {
    'sockeye/no-module-state': 'error',
    'no-restricted-globals': ['error',
      { name: 'Date', message: 'Ask the injected clock (base/clock.ts).' },
      { name: 'process', message: 'The core knows no platform.' },
    ],
    'no-restricted-properties': ['error',
      { object: 'Math', property: 'random', message: 'Ask the injected random source (base/random.ts).' },
    ],
    'no-restricted-imports': ['error', { patterns: [{ group: ['node:*'], message: 'The core knows no platform.' }] }],
  },
}

export default tseslint.config(
  { ignores: ['dist/**', '.cache/**', 'coverage/**', 'evidence-out/**', 'types/**', '**/node_modules/**'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  { files: ['**/*.{ts,js,mjs}'], ...style },
  typed,
  sizes,
  ...ownership,
  core,
  { files: ['test/house/eslint-rules.test.ts'], rules: { 'sockeye/no-obsolete-rfc': 'off' } },
)
