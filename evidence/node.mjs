// npm run evidence -- node [-- --tests DIR --runner FILE --lists DIR]: Node programs on our stack. Node's own suite (its files, its
// runner and the lists of files are given by hand: they are no part of this repository) in a network namespace without any
// network, the system calls of a program that speaks everything, counted by strace, and the scenarios of test/node/parity on other
// versions of Node (npm's `node` package).
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { ROOT, skip, SOCKEYE } from './support/lab.mjs'
import { versionOf, withNode } from './support/other-node.mjs'

function option(name) {
  const at = process.argv.indexOf(`--${name}`)
  return at < 0 ? undefined : process.argv[at + 1]
}

const has = program => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
const isRoot = process.getuid?.() === 0
const alone = ['--net']
const OTHER_NODES = [22, 24, 26]
const PARITY = join(ROOT, 'test/node/parity/scenarios')
const [tests, runner, lists] = ['tests', 'runner', 'lists'].map(option)

/** How many of the list pass; a miss is run again alone, three times at most. */
function suite(list) {
  if (tests === undefined || runner === undefined) return skip('needs --tests DIR --runner FILE --lists DIR')
  if (!isRoot || !has('unshare')) return skip('needs root and unshare')
  const run = (...operands) => spawnSync('unshare', [...alone, process.execPath, runner, '--tests', tests, '--module', join(ROOT, 'node-suite.cjs'),
    '--timeout', '20000', ...operands], { encoding: 'utf8', maxBuffer: 1 << 26 }).stdout
  const text = run('--list', join(lists, list))
  const [, count, passed] = /(\d+) files: (\d+) pass/.exec(text) ?? []
  const missed = [...text.matchAll(/^(?:fail|timeout) +(\S+)/gm)].map(([, name]) => name)
  const lost = missed.filter(name => ![1, 2, 3].some(() => / 1 pass/.test(run('--match', `^${name.replaceAll('.', '\\.')}$`))))
  const skipped = Number(/(\d+) skip/.exec(text)?.[1] ?? 0)
  const uses = /(\d+) of them called/.exec(text)?.[1]
  return {
    figure: `${Number(passed) + missed.length - lost.length} of ${count}`, pass: lost.length <= 1,
    note: `${uses} made sockets of ours${skipped > 0 ? `, ${skipped} skipped by itself` : ''}${lost.length > 0 ? `; missed: ${lost.join(' ')}` : ''}`,
  }
}

/** Socket calls that a run of the scenarios makes of the host's kernel for the Internet families. */
function hostCalls(name) {
  if (!has('strace')) return skip('needs strace')
  const folder = mkdtempSync(join(tmpdir(), 'sockeye-strace-'))
  const traced = join(folder, 'calls')
  try {
    const { stdout, status } = spawnSync('strace', ['-f', '-qq', '-e', 'trace=%net', '-o', traced, process.execPath, SOCKEYE, 'run', join(PARITY, `${name}.cjs`)],
      { encoding: 'utf8', maxBuffer: 1 << 26 })
    const calls = readFileSync(traced, 'utf8').split('\n').filter(line => /AF_INET|PF_INET|IPPROTO_/.test(line))
    const scenarios = status === 0 ? Object.keys(JSON.parse(stdout)).length : 0
    return { figure: `${calls.length} calls in ${scenarios} scenarios`, pass: calls.length === 0 && scenarios > 0, note: calls[0] ?? '' }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Every file of scenarios, in both ways, against another Node's own network. */
function onNode(major) {
  return withNode(major, node => {
    const report = join(mkdtempSync(join(tmpdir(), 'sockeye-parity-')), 'report.json')
    try {
      const operands = ['vitest', 'run', 'test/node/parity/parity.test.ts', '--reporter=json', `--outputFile=${report}`]
      spawnSync('npx', operands, { cwd: ROOT, stdio: 'ignore', timeout: 900_000, env: { ...process.env, SOCKEYE_PARITY_NODE: node } })
      const { numPassedTests: passed, numTotalTests: total, testResults } = JSON.parse(readFileSync(report, 'utf8'))
      const failed = testResults.flatMap(({ assertionResults }) => assertionResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName))
      return { figure: `${passed} of ${total}`, pass: passed === total && total > 0, note: [versionOf(node), ...failed].join('; ') }
    } finally {
      rmSync(dirname(report), { recursive: true, force: true })
    }
  })
}

const LISTS = lists !== undefined && existsSync(lists) ? readdirSync(lists).filter(each => /^node-.*\.txt$/.test(each)) : ['node-*.txt']

export const checks = [
  ...readdirSync(PARITY).filter(each => each !== 'harness.cjs').map(each => each.replace('.cjs', ''))
    .map(name => ({ name: `no Internet socket of the host: ${name}`, run: () => hostCalls(name) })),
  ...OTHER_NODES.map(major => ({ name: `files of scenarios like Node's own network: Node ${major}`, run: () => onNode(major) })),
  ...LISTS.map(list => ({ name: `Node's suite without any network: ${list}`, run: () => suite(list) })),
]
