// npm run evidence -- goodput: our sender and our receiver against two ends of the kernel through the same impaired bottleneck
// (50 Mbit/s, drop tail), on a grid of round trip, loss and reordering, for Reno and CUBIC. Seeds are paired; a cell holds
// when the median ratio, or its 95 % interval's upper end, reaches 0.9 and no byte is wrong.
//
// DCTCP, which the host's kernel lacks, is set against two user-mode Linuxes (Debian: user-mode-linux) on a queue that marks.
//
// SOCKEYE_GOODPUT_CELLS=6 runs a sample of the grid, SOCKEYE_GOODPUT_SEEDS (5), SOCKEYE_GOODPUT_SECONDS (5) a transfer (twice that at
// 100 ms), SOCKEYE_GOODPUT_PARALLEL (4) transfers at a time, SOCKEYE_GOODPUT_ONLY=words cells whose names hold the words,
// SOCKEYE_GOODPUT_BAR (0.9) the ratio that is asked for: the gate's short run, beside anything else the machine does, asks for less.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expectRun, has, inNamespace, lacks, ROOT, skip } from './support/lab.mjs'

const number = (name, otherwise) => Number(process.env[`SOCKEYE_GOODPUT_${name}`] ?? otherwise)
const SEEDS = number('SEEDS', 5)
const SECONDS = number('SECONDS', 5)
const PARALLEL = number('PARALLEL', 4)
const SAMPLE = number('CELLS', 0)
const ONLY = (process.env.SOCKEYE_GOODPUT_ONLY ?? '').split(' ').filter(Boolean)
const BAR = number('BAR', 0.9)
const RATE_MBIT = 50
const FRAME_BYTES = 1514
const SHORT_RTT_MS = 5
const RUN = join(ROOT, 'evidence/support/goodput-run.mjs')
/** Linux's defaults: this machine's may be others. */
const STOCK = {
  'net.ipv4.tcp_rmem': '4096 131072 6291456', 'net.ipv4.tcp_wmem': '4096 16384 4194304', 'net.ipv4.tcp_no_metrics_save': '1',
  'net.ipv4.tcp_ecn': '2', 'net.ipv6.conf.default.disable_ipv6': '1', 'net.ipv6.conf.all.disable_ipv6': '1',
}

/** Which cells a short run takes: each value of each axis at least once. */
const SHORT = ['reno 1ms 0% 0%', 'cubic 20ms 1% 0%', 'reno 20ms 0.1% 5%', 'cubic 100ms 0% 0%', 'reno 100ms 3% 5%', 'cubic 1ms 3% 5%']

function grid() {
  const cells = []
  for (const algorithm of ['reno', 'cubic']) {
    for (const rttMs of [1, 20, 100]) {
      for (const loss of [0, 0.1, 1, 3]) {
        for (const reorder of [0, 5]) cells.push(cellOf(algorithm, rttMs, loss, reorder))
      }
    }
  }
  if (SAMPLE === 0) cells.push(dctcpCell(10), dctcpCell(20))
  const sampled = SAMPLE > 0 ? cells.filter(cell => SHORT.includes(cell.name)).slice(0, SAMPLE) : cells
  return sampled.filter(cell => ONLY.every(word => cell.name.split(' ').includes(word)))
}

/** On a long path a transfer sees few losses: it takes longer. */
function cellOf(algorithm, rttMs, loss, reorder) {
  const seconds = rttMs >= 100 ? 2 * SECONDS : SECONDS
  return { name: `${algorithm} ${rttMs}ms ${loss}% ${reorder}%`, algorithm, rttMs, seconds, impair: impairment(rttMs, loss, reorder) }
}

const DCTCP_RATE_MBIT = 20
/** K of RFC 8257 4.1's source: more than a seventh of the product. */
function dctcpCell(rttMs) {
  const threshold = Math.ceil(DCTCP_RATE_MBIT * 1000 * rttMs / 8 / FRAME_BYTES / 7) + 4
  return {
    name: `dctcp ${rttMs}ms mark ${threshold}`, algorithm: 'dctcp', rttMs, seconds: SECONDS, uml: true,
    impair: `delay ${rttMs * 500}us rate ${DCTCP_RATE_MBIT}mbit limit 200 mark ${threshold}`,
  }
}

function impairment(rttMs, loss, reorder) {
  const product = Math.ceil(RATE_MBIT * 1000 * rttMs / 8 / FRAME_BYTES)
  return `delay ${rttMs * 500}us rate ${RATE_MBIT}mbit limit ${Math.max(100, product)} loss ${loss}% reorder ${reorder}%`
}

/** Bytes that arrived, or a thrown reason. */
async function transfer(cell, ends, seed) {
  return inNamespace(here => inNamespace(async there => {
    for (const space of [here, there]) await space.run(['sysctl', '-q', '-w', ...Object.entries(STOCK).map(([name, value]) => `${name}=${value}`)])
    const { impair, algorithm, seconds, uml } = cell
    const task = { ends, impair, seed, algorithm, seconds, uml, here: here.name, there: there.name }
    const { out } = await here.run([process.execPath, RUN, JSON.stringify(task)], { limitMs: cell.seconds * 1000 + 40_000 })
    const { bytes, intact, error } = JSON.parse(out.trim().split('\n').at(-1))
    if (error !== undefined) throw new Error(`${cell.name}, ${ends}, seed ${seed}: ${error}`)
    if (!intact) throw new Error(`${cell.name}, ${ends}, seed ${seed}: a wrong byte`)
    return bytes
  }))
}

const median = values => {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/** 95 % interval of the mean of the logarithms, by Student's t. */
function interval(ratios) {
  const T = [0, 12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26]
  const logs = ratios.map(Math.log)
  const mean = logs.reduce((a, b) => a + b, 0) / logs.length
  const spread = Math.sqrt(logs.reduce((sum, x) => sum + (x - mean) ** 2, 0) / Math.max(1, logs.length - 1) / logs.length)
  const reach = (T[ratios.length - 1] ?? 2) * spread
  return [Math.exp(mean - reach), Math.exp(mean + reach)]
}

/** At most PARALLEL transfers at a time. One whose round trip is near the time that a busy machine takes to answer counts twice. */
const weightOf = cell => Math.min(PARALLEL, cell.rttMs < SHORT_RTT_MS ? 2 : 1)
const waiting = []
let running = 0
async function inTurn(weight, body) {
  while (running + weight > PARALLEL) await new Promise(resolve => waiting.push(resolve))
  running += weight
  try {
    return await body()
  } finally {
    running -= weight
    for (const resume of waiting.splice(0)) resume()
  }
}

let done = 0
function progress(cell, seed, { kernel, sender, receiver }) {
  done++
  const of = bytes => (bytes / kernel).toFixed(2)
  console.error(`${done}/${cells.length * SEEDS} ${cell.name}, seed ${seed}: sender ${of(sender)}, receiver ${of(receiver)}`)
}

async function measure(cell) {
  const seeds = Array.from({ length: SEEDS }, (_, i) => i + 1)
  const samples = await Promise.all(seeds.map(seed => inTurn(weightOf(cell), async () => {
    const bytes = {}
    for (const ends of ['kernel', 'sender', 'receiver']) bytes[ends] = await transfer(cell, ends, seed)
    progress(cell, seed, bytes)
    return bytes
  })))
  const mbit = ends => (median(samples.map(each => each[ends])) * 8 / cell.seconds / 1e6).toPrecision(3)
  const judged = ['sender', 'receiver'].map(ends => {
    const ratios = samples.map(each => each[ends] / each.kernel)
    const [low, high] = interval(ratios)
    const middle = median(ratios)
    return { ends, middle, low, high, pass: middle >= BAR || high >= BAR && SEEDS >= 5 }
  })
  return {
    figure: judged.map(each => `${each.ends} ${each.middle.toFixed(2)}`).join(', '),
    pass: judged.every(each => each.pass),
    note: `${mbit('kernel')} / ${mbit('sender')} / ${mbit('receiver')} Mbit/s; 95 % ${judged.map(each => `${each.low.toFixed(2)}-${each.high.toFixed(2)}`).join(', ')}`,
  }
}

const reason = lacks('python3', 'sysctl') ?? (existsSync('/dev/net/tun') ? undefined : 'this machine has no /dev/net/tun')
const cells = grid()
// All cells queue at once; the table asks for them in order.
const results = new Map()
function start() {
  if (results.size > 0 || reason !== undefined) return
  for (const cell of cells) {
    if (cell.uml === true && !has('linux.uml')) continue
    const measured = measure(cell)
    measured.catch(() => {})
    results.set(cell.name, measured)
  }
}

export const checks = cells.map(({ name, uml }) => ({
  name: `goodput ${name}`,
  run: async () => {
    if (reason !== undefined) return skip(reason)
    if (uml === true && !has('linux.uml')) return skip('this machine has no user-mode-linux')
    start()
    return results.get(name)
  },
}))
