// Sequences of socket calls drawn by chance, on our kernel and on real Linux: 20,000 of them, or ORACLE_SEQUENCES.
import { spawnSync } from 'node:child_process'

const wanted = process.env.ORACLE_SEQUENCES ?? '20000'

export const checks = [{
  name: `${wanted} drawn call sequences answer as on Linux`,
  run: () => {
    const { stdout } = spawnSync('npx', ['vitest', 'run', 'test/oracle/hunt.test.ts', '--disable-console-intercept'], {
      encoding: 'utf8', env: { ...process.env, ORACLE_SEQUENCES: wanted }, maxBuffer: 1 << 26,
    })
    console.log(stdout)
    if (/1 skipped/.test(stdout)) return { figure: '', pass: null, note: 'needs root, unshare and python3' }
    const pass = /1 passed/.test(stdout)
    return { figure: pass ? `${wanted} equal` : 'a difference', pass, note: pass ? '' : /seed .*sequences/.exec(stdout)?.[0] ?? '' }
  },
}]
