// `sockeye run` and `sockeye-net/register`: a program is loaded, seen and ended as by `node`.

import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildIfStale, runNode } from '../../support/programs.ts'
import type { Ended } from '../../support/programs.ts'
import { SOCKEYE } from '../../tap/namespace.ts'

const program = (name: string): string => fileURLToPath(new URL(`programs/${name}`, import.meta.url))
const WAYS = [['run', [SOCKEYE, 'run']], ['register', ['--import', 'sockeye-net/register']]] as const

function run(way: readonly string[], operands: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return runNode([...way, ...operands], { env: { ...process.env, ...environment }, timeoutMs: 30_000 })
}

beforeAll(buildIfStale, 300_000)

describe.each(WAYS)('%s', (_name, way) => {
  it('ES modules, whatever they import', async () => {
    const { stdout, stderr, code } = await run(way, [program('module.mjs'), 'a', '--b'])
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 })
    expect(JSON.parse(stdout)).toEqual({ text: 'hello', operands: ['a', '--b'], interfaces: ['lo'], address: '127.0.0.1', url: true })
  }, 60_000)

  it.each([
    ['code', 5, ''], ['throw', 1, 'Error: thrown'], ['reject', 1, 'Error: rejected'], ['nothing', 0, ''], ['unref', 0, ''], ['keepalive', 0, ''],
  ])('ends by %s', async (how, expected, words) => {
    const { code, stdout, stderr } = await run(way, [program('exits.cjs'), how])
    expect({ code, stdout }, stderr).toEqual({ code: expected, stdout: `main true exit ${expected}\n` })
    expect(stderr).toContain(words)
  }, 60_000)

  it('standard input is the program\'s', async () => {
    const { stdout } = await runNode([...way, program('echo.cjs')], { input: 'fish' })
    expect(stdout).toBe('FISH')
  }, 60_000)
})

describe('child processes', () => {
  it('cannot be given sockets, and are told so', async () => {
    for (const [, way] of WAYS) {
      const { stdout, stderr, code } = await run(way, [program('passes.cjs')])
      expect({ stdout, code }, stderr).toEqual({ stdout: 'TypeError ERR_INVALID_HANDLE_TYPE\nTypeError ERR_INVALID_HANDLE_TYPE\nchild 0\n', code: 0 })
    }
  }, 60_000)
})

describe('worker threads', () => {
  it('have a network of their own', async () => {
    for (const [, way] of WAYS) {
      for (const kind of ['plain', 'inherited']) {
        expect(await run(way, [program('worker.cjs'), kind])).toEqual({ code: 0, stdout: 'ECONNREFUSED true\n', stderr: '' })
      }
    }
  }, 60_000)
})

describe('what is wrong', () => {
  it.each([
    [['nowhere.js'], 2, 'nowhere.js: ENOENT: there is no such program'],
    [['--address', '198.18.0.2/24', program('exits.cjs')], 2, 'these options need a device'],
    [['--dns', 'nonsense', program('exits.cjs')], 2, '--dns nonsense'],
    [['--sysctl', 'net.ipv4.nonsense=1', program('exits.cjs')], 2, '--sysctl net.ipv4.nonsense=1'],
  ])('%j', async (operands, expected, words) => {
    const { code, stderr } = await run([SOCKEYE, 'run'], operands)
    expect(stderr).toContain(words)
    expect(code).toBe(expected)
  }, 60_000)

  it('in the environment of register', async () => {
    const { code, stderr } = await run(['--import', 'sockeye-net/register'], [program('exits.cjs')], { SOCKEYE_TAP: 'sk0' })
    expect(stderr).toMatch(/^sockeye-net\/register: EINVAL: .*--address/)
    expect(code).toBe(2)
  }, 60_000)
})
