// npm run evidence -- first-light: every claim of the first release, from a fresh clone that answers curl to figures of
// throughput, each measured. Long ones come last. SOCKEYE_EVIDENCE_QUICK=1 moves a tenth of the bytes,
// SOCKEYE_EVIDENCE_ONLY=words runs the checks whose names hold the words.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  expectRun, has, inNamespace, KERNEL_SIDE, lacks, makeFile, OUR_SIDE, ROOT, run, sha256, skip, SOCKEYE, STACK, start, withNginx, withUp,
} from './support/lab.mjs'

const QUICK = process.env.SOCKEYE_EVIDENCE_QUICK === '1'
const BIG_MB = QUICK ? 20 : 200
const SMALL_MB = QUICK ? 2 : 20
const WORLD_MB = QUICK ? 100 : 1000
const IMPAIR = 'loss 2% delay 10ms reorder 1% duplicate 1% corrupt 0.5%'
const seconds = ms => `${(ms / 1000).toFixed(1)} s`

/** Downloads over TAP: curl from us, then ours from nginx. */
async function downloads(megabytes, options, limitMs) {
  const reason = lacks('curl', 'nginx')
  if (reason !== undefined) return skip(reason)
  return inNamespace(async space => {
    const source = join(space.folder, 'file.bin')
    await makeFile(source, megabytes)
    const wanted = await sha256(source)
    const fromUs = join(space.folder, 'from-us.bin')
    const curl = await withUp(space, ['--serve', space.folder, ...options], () => (
      space.run(['curl', '-sS', '-o', fromUs, `http://${OUR_SIDE}/file.bin`], { limitMs })))
    const toUs = join(space.folder, 'to-us.bin')
    // The kernel's side must exist before nginx is asked: `get` makes it.
    const get = await withNginx(space, space.folder, () => (
      space.run([process.execPath, SOCKEYE, 'get', ...STACK, ...options, '-o', toUs, `http://${KERNEL_SIDE}/file.bin`], { limitMs })))
    const isEqual = await sha256(fromUs) === wanted && await sha256(toUs) === wanted
    return { figure: `${megabytes} MB: curl ${seconds(curl.ms)}, get ${seconds(get.ms)}`, pass: isEqual, note: isEqual ? 'SHA-256 equal' : 'SHA-256 differs' }
  })
}

async function pings(size) {
  const reason = lacks('ping')
  if (reason !== undefined) return skip(reason)
  return inNamespace(async space => {
    const theirs = await withUp(space, [], () => space.run(['ping', '-c', '5', '-i', '0.2', '-s', String(size), OUR_SIDE], { limitMs: 15_000 }))
    const ours = await space.run([process.execPath, SOCKEYE, 'ping', ...STACK, '-c', '5', '-i', '0.2', '-s', String(size), KERNEL_SIDE], { limitMs: 15_000 })
    const answered = text => Number(/(\d+) (?:packets )?received/.exec(text)?.[1] ?? 0)
    return { figure: `${answered(theirs.out)}/5 to us, ${answered(ours.out)}/5 from us`, pass: answered(theirs.out) === 5 && answered(ours.out) === 5 }
  })
}

async function iperf3(args) {
  const reason = lacks('iperf3')
  if (reason !== undefined) return skip(reason)
  return inNamespace(async space => {
    const rate = text => (JSON.parse(text).end.sum_received ?? JSON.parse(text).end.sum).bits_per_second / 1e9
    const [inward, outward] = await withUp(space, ['--iperf'], async () => {
      const results = []
      for (const direction of [[], ['-R']]) {
        results.push(rate((await space.run(['iperf3', '-c', OUR_SIDE, '-t', '3', '-J', ...args, ...direction], { limitMs: 30_000 })).out))
      }
      return results
    })
    const server = await space.start(['iperf3', '-s', '--forceflush'], { ready: 'listening' })
    const client = await space.run([process.execPath, SOCKEYE, 'iperf', ...STACK, '-c', KERNEL_SIDE, '-t', '3', '-J', ...args], { limitMs: 30_000 })
    await server.stop('SIGTERM')
    const figures = [inward, outward, rate(client.out)]
    return { figure: `${figures.map(each => each.toPrecision(3)).join(' / ')} Gbit/s`, pass: figures.every(each => each > 0), note: 'iperf3 to us / iperf3 -R / our client to iperf3' }
  })
}

/** A capture of a download on a clean link, judged by tshark. */
async function tshark() {
  const reason = lacks('tshark', 'curl')
  if (reason !== undefined) return skip(reason)
  return inNamespace(async space => {
    const capture = join(space.folder, 'trace.pcapng')
    await makeFile(join(space.folder, 'file.bin'), 5)
    await withUp(space, ['--serve', space.folder, '--capture', capture], async () => {
      await space.run(['curl', '-sS', '-o', '/dev/null', `http://${OUR_SIDE}/file.bin`])
      await space.run(['ping', '-c', '2', '-i', '0.2', '-s', '8000', OUR_SIDE])
    })
    const count = async filter => {
      const { out } = await expectRun(['tshark', '-r', capture, '-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE', '-o', 'udp.check_checksum:TRUE', '-Y', filter])
      return out.split('\n').filter(Boolean).length
    }
    const all = await count('frame')
    const bad = await count('_ws.malformed || tcp.checksum.status == 0 || ip.checksum.status == 0 || icmp.checksum.status == 0 || icmpv6.checksum.status == 0')
    const odd = await count('tcp.analysis.retransmission || tcp.analysis.lost_segment || tcp.analysis.ack_lost_segment || tcp.analysis.out_of_order')
    return { figure: `${all} frames, ${bad} bad, ${odd} resent or missing`, pass: all > 0 && bad === 0 && odd === 0 }
  })
}

/** 1 GB through a bad cable in virtual time; the same seed twice, another once. */
async function badCable() {
  const { lossyTransfer } = await import('./support/lossy-transfer.mjs')
  const began = performance.now()
  const first = await lossyTransfer(1, WORLD_MB)
  const again = await lossyTransfer(1, WORLD_MB)
  const other = await lossyTransfer(2, Math.min(WORLD_MB, 50))
  const otherFirst = await lossyTransfer(1, Math.min(WORLD_MB, 50))
  const isSame = first.hash === again.hash && other.hash !== otherFirst.hash
  return {
    figure: `${WORLD_MB} MB in ${seconds((performance.now() - began) / 2)} each`,
    pass: first.intact && again.intact && isSame,
    note: `${first.intact ? 'intact' : 'damaged'}; trace hash ${first.hash.slice(0, 12)} ${isSame ? 'twice, another seed another' : 'differs'}; ${first.drops} lost`,
  }
}

async function idle() {
  const reason = lacks()
  if (reason !== undefined) return skip(reason)
  return inNamespace(space => withUp(space, [], async () => {
    const { out } = await expectRun(['ip', 'netns', 'pids', space.name])
    const pid = out.split(/\s+/).find(each => /sockeye/.test(existsSync(`/proc/${each}/cmdline`) ? readFileSync(`/proc/${each}/cmdline`, 'utf8') : ''))
    if (pid === undefined) throw new Error('sockeye up was not found')
    const cpuMs = () => Number(readFileSync(`/proc/${pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6
    const threads = () => readdirSync(`/proc/${pid}/task`).reduce((sum, task) => sum + Number(readFileSync(`/proc/${pid}/task/${task}/schedstat`, 'utf8').split(' ')[0]) / 1e6, 0)
    await new Promise(resolve => setTimeout(resolve, 3000))
    const before = threads()
    const main = cpuMs()
    await new Promise(resolve => setTimeout(resolve, 10_000))
    const used = threads() - before
    return { figure: `${used.toFixed(1)} ms in 10 s`, pass: used < 5, note: `main thread ${(cpuMs() - main).toFixed(1)} ms` }
  }))
}

async function wrongInput() {
  const calls = [
    ['up', '--tap', 'sk0', '--address', 'nonsense'], ['up', '--no-such-option'], ['up'], ['start', '--port', '99999'],
    ['get', ...STACK, 'ftp://198.18.0.1/'], ['iperf', '--tap', 'sk0', '--address', '198.18.0.2/24'], ['up', ...STACK, '--impair', 'loss lots'],
    ['up', '--tap', 'a-name-that-is-far-too-long', '--address', '198.18.0.2/24'],
  ]
  const wrong = []
  for (const call of calls) {
    const { code, err, out } = await run([process.execPath, SOCKEYE, ...call], { limitMs: 20_000 })
    const lines = (err + out).trim().split('\n')
    if (code !== 2 || lines.length !== 1 || !/\bE[A-Z0-9]{3,}\b/.test(lines[0])) wrong.push(`${call.join(' ')}: exit ${code}, ${lines.length} lines`)
  }
  const left = process.getuid?.() === 0 && has('ip') ? (await run(['ip', 'link', 'show', 'sk0'])).code === 0 : false
  if (left) wrong.push('a device was left behind')
  return { figure: `${calls.length - wrong.length}/${calls.length}`, pass: wrong.length === 0, note: wrong.join('; ') }
}

async function portInUse() {
  const first = await start([process.execPath, SOCKEYE, 'start', '--port', '0', '--quiet'], { ready: 'curl' })
  const port = /127\.0\.0\.1:(\d+)/.exec(first.output())?.[1] ?? ''
  const second = await run([process.execPath, SOCKEYE, 'start', '--port', port, '--quiet'], { limitMs: 20_000 })
  const code = await first.stop()
  const text = second.err.trim()
  return { figure: `exit ${second.code}, first one ${code}`, pass: second.code === 2 && code === 0 && /EADDRINUSE/.test(text) && !text.includes('\n'), note: text }
}

async function freshClone() {
  if (!has('git')) return skip('needs git')
  const folder = mkdtempSync(join(tmpdir(), 'sockeye-clone-'))
  try {
    await expectRun(['git', 'clone', '-q', ROOT, folder])
    const began = performance.now()
    const network = await start(['npm', 'start', '--', '--port', '0'], { ready: 'story.txt', cwd: folder, limitMs: 180_000 })
    const url = /http:\/\/127\.0\.0\.1:\d+\//.exec(network.output())?.[0] ?? ''
    const { out } = await expectRun(['curl', '-sS', '--max-time', '20', url])
    const ms = performance.now() - began
    // npm itself dies of the signal; what it runs must not.
    await network.stop()
    const isClean = network.output().includes('Sockeye is down')
    return { figure: seconds(ms), pass: ms < 120_000 && out.includes('</html>') && isClean, note: `page of ${out.length} bytes; Ctrl-C ended it ${isClean ? 'cleanly' : 'badly'}` }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function tests() {
  const { code, out, ms } = await run(['npx', 'vitest', 'run', '--reporter=dot'], { limitMs: 900_000, env: { NO_COLOR: '1' } })
  return { figure: seconds(ms), pass: code === 0, note: /Tests\s+(.*)/.exec(out)?.[1] ?? '' }
}

async function arrows() {
  const { code, out } = await run(['npm', 'run', '--silent', 'layers'], { limitMs: 120_000 })
  const rooms = ['src/tcp/timeout/persist.ts', 'src/ip/neighbour/arp.ts', 'src/tcp/tcb/accept-queue.ts']
  const missing = rooms.filter(path => !existsSync(join(ROOT, path)))
  return { figure: /(\d+) modules/.exec(out)?.[0] ?? '', pass: code === 0 && missing.length === 0, note: missing.length > 0 ? `not there: ${missing.join(', ')}` : 'no import upwards, no cycle' }
}

/** One row of the benchmark, which runs once for all of them. */
let benchmark
function bar(title, name) {
  return async () => {
    benchmark ??= run([process.execPath, join(ROOT, 'dist', 'bench', 'main.js'), '--json', '--seconds', QUICK ? '1' : '3'], { limitMs: 900_000 })
    const { out, err } = await benchmark
    const { sections } = JSON.parse(out === '' ? `{"sections":[],"e":${JSON.stringify(err)}}` : out)
    const row = sections.find(each => each.title === title)?.rows.find(each => each.name === name)
    if (row === undefined) return { figure: '', pass: false, note: 'the benchmark did not say' }
    if (row.skipped !== undefined) return skip(row.skipped)
    const ratio = row.against === undefined ? undefined : row.value / row.against.value
    const value = row.bar?.of === 'ratio' ? ratio : row.value
    const value3 = row.value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
    return {
      figure: `${value3} ${row.unit}${ratio === undefined ? '' : `, ${ratio.toFixed(2)} x kernel`}`,
      pass: row.bar === undefined ? true : value >= row.bar.least, note: row.bar === undefined ? 'no bar' : `at least ${row.bar.least}`,
    }
  }
}

const TAP = 'TAP against the kernel'
const INSIDE = 'Two of our hosts in one process, each row in a fresh one'

const all = [
  { name: 'wrong input: one line with an errno, exit 2, nothing left', run: wrongInput },
  { name: 'port in use: one line, exit 2; Ctrl-C ends cleanly', run: portInUse },
  { name: 'imports point down; rooms are where a stranger looks', run: arrows },
  { name: 'ping both ways over TAP', run: () => pings(56) },
  { name: 'ping -s 8000 both ways (fragments)', run: () => pings(8000) },
  { name: 'real iperf3, TCP', run: () => iperf3([]) },
  { name: 'real iperf3, four streams', run: () => iperf3(['-P', '4']) },
  { name: 'real iperf3, UDP 100 Mbit/s', run: () => iperf3(['-u', '-b', '100M']) },
  { name: 'curl from us and get from nginx, offloads on', run: () => downloads(BIG_MB, [], 120_000) },
  { name: 'the same, offloads off', run: () => downloads(BIG_MB, ['--no-offload'], 180_000) },
  { name: `the same under --impair "${IMPAIR}"`, run: () => downloads(SMALL_MB, ['--impair', IMPAIR], 600_000) },
  { name: 'tshark finds nothing wrong in a capture', run: tshark },
  { name: 'idle `sockeye up` uses no CPU', run: idle },
  { name: 'transfer over a bad cable, intact and repeatable', run: badCable },
  { name: 'fresh clone: npm start answers curl', run: freshClone },
  { name: 'the tests pass, no packet leaks', run: tests },
  { name: 'TAP bulk in, offload', run: bar(TAP, 'bulk in, offload') },
  { name: 'TAP bulk out, offload', run: bar(TAP, 'bulk out, offload') },
  { name: 'TAP bulk in, no offload', run: bar(TAP, 'bulk in, no offload') },
  { name: 'TAP bulk out, no offload', run: bar(TAP, 'bulk out, no offload') },
  { name: 'TAP round trips', run: bar(TAP, 'round trips') },
  { name: 'TAP connections', run: bar(TAP, 'connections') },
  { name: 'in process, MTU 1500 with checksums', run: bar(INSIDE, 'bulk, MTU 1500, checksums made and verified') },
  { name: 'in process, super-segments', run: bar(INSIDE, 'bulk, super-segments') },
  { name: 'in process, awaited round trips', run: bar(INSIDE, 'round trips') },
  { name: 'in process, awaited round trips of 64 connections', run: bar(INSIDE, 'round trips, 64 connections') },
  { name: 'in process, connections', run: bar(INSIDE, 'connections') },
]

const only = process.env.SOCKEYE_EVIDENCE_ONLY ?? ''
export const checks = all.filter(each => each.name.includes(only))
