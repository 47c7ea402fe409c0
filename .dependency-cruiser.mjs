// Turns layers.json into import rules. Unit tests stand beside their file and may import anything; nothing may import them.
import { readFileSync } from 'node:fs'

const { layers, exceptions, tcpRooms } = JSON.parse(readFileSync(new URL('layers.json', import.meta.url), 'utf8'))

const TESTS = '\\.test\\.ts$'
const PLATFORM_LAYERS = ['node', 'web']
const escape = path => path.replace(/[.]/g, '\\.')
const anyOf = names => `(${names.join('|')})`

const forbidden = [
  // Two files of one layer may know each other's types; what is loaded forms no cycle.
  { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } } },
  // Programs that tests run find this package by its own name, in a built one.
  { name: 'not-resolvable', severity: 'error', from: { pathNot: '^test/node/kit/programs/' }, to: { couldNotResolve: true } },
  {
    name: 'every-folder-is-a-layer',
    comment: 'a new folder under src needs a row in layers.json',
    severity: 'error',
    from: {},
    to: { path: '^src/', pathNot: `^src/${anyOf([...Object.keys(layers), 'entry'])}/` },
  },
  { name: 'nothing-imports-tests', severity: 'error', from: { pathNot: TESTS }, to: { path: TESTS } },
  { name: 'nothing-imports-test', severity: 'error', from: { pathNot: `^test/|${TESTS}` }, to: { path: '^test/' } },
  {
    name: 'core-knows-no-platform',
    severity: 'error',
    from: { path: `^src/${anyOf(Object.keys(layers).filter(layer => !PLATFORM_LAYERS.includes(layer)))}/`, pathNot: TESTS },
    to: { dependencyTypes: ['core'] },
  },
  {
    name: 'src-stands-alone',
    severity: 'error',
    from: { path: '^src/', pathNot: TESTS },
    to: { path: '^(cli|lab|bench|scripts|test)/' },
  },
  {
    name: 'cli-uses-public-entries',
    severity: 'error',
    from: { path: '^cli/', pathNot: TESTS },
    to: { path: '^(src|lab|bench)/', pathNot: '^src/entry/' },
  },
  {
    name: 'lab-uses-public-entries',
    severity: 'error',
    from: { path: '^lab/', pathNot: TESTS },
    to: { path: '^(src|cli|bench)/', pathNot: '^src/(entry/(sim|web|wire)|wire/print/.+|base/trace|kernel/diag)\\.ts$' },
  },
  {
    name: 'lab-borrows-types-only',
    severity: 'error',
    from: { path: '^lab/', pathNot: TESTS },
    to: { path: '^src/(base/trace|kernel/diag)\\.ts$', dependencyTypesNot: ['type-only'] },
  },
]

for (const [layer, mayImport] of Object.entries(layers)) {
  const special = Object.keys(exceptions).filter(file => file.startsWith(`${layer}/`))
  forbidden.push({
    name: `${layer}-may-import`,
    comment: [layer, ...mayImport].join(', '),
    severity: 'error',
    from: { path: `^src/${layer}/`, pathNot: [TESTS, ...special.map(file => `^src/${escape(file)}$`)] },
    to: { path: '^src/', pathNot: `^src/${anyOf([layer, ...mayImport])}/` },
  })
  for (const file of special) {
    forbidden.push({
      name: `${file}-may-import`,
      comment: [layer, ...mayImport, ...exceptions[file]].join(', '),
      severity: 'error',
      from: { path: `^src/${escape(file)}$` },
      to: { path: '^src/', pathNot: `^src/${anyOf([layer, ...mayImport, ...exceptions[file]])}/` },
    })
  }
}

// The files beside the rooms (state, sysctl) are values every room may read; protocol.ts sees all and is seen by none.
forbidden.push(
  { name: 'tcp-room-unknown', severity: 'error', from: {}, to: { path: '^src/tcp/[^/]+/', pathNot: `^src/tcp/${anyOf(Object.keys(tcpRooms))}/` } },
  { name: 'tcp-values-import-no-room', severity: 'error', from: { path: '^src/tcp/[^/]+\\.ts$', pathNot: [TESTS, '^src/tcp/protocol\\.ts$'] }, to: { path: '^src/tcp/[^/]+/' } },
  { name: 'tcp-protocol-is-the-top', severity: 'error', from: { path: '^src/tcp/', pathNot: TESTS }, to: { path: '^src/tcp/protocol\\.ts$' } },
  { name: 'tcp-congestion-is-pure', severity: 'error', from: { path: '^src/tcp/congestion/', pathNot: TESTS }, to: { path: '^src/', pathNot: '^src/(base|tcp/congestion)/' } },
)
for (const [room, mayImport] of Object.entries(tcpRooms)) {
  forbidden.push({
    name: `tcp-${room}-may-import`,
    comment: [room, ...mayImport].join(', '),
    severity: 'error',
    from: { path: `^src/tcp/${room}/`, pathNot: TESTS },
    to: { path: '^src/tcp/[^/]+/', pathNot: `^src/tcp/${anyOf([room, ...mayImport])}/` },
  })
}

export default {
  forbidden,
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'], extensions: ['.ts', '.js', '.mjs', '.json'] },
    cache: false,
  },
}
