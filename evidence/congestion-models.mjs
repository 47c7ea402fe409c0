// npm run evidence -- congestion-models: BBR against the model of its draft (draft-ietf-ccwg-bbr) and DCTCP against RFC 8257 and the
// analysis of its queue (Alizadeh et al. 2011), one flow each on a known bottleneck, in virtual time, seen through TCP_CC_INFO and
// TCP_INFO as a program would.
import { AF_INET, parseIp, readTcpInfo, SOCK_STREAM, SOL_TCP, TCP_CC_INFO, TCP_CONGESTION } from '../dist/src/entry/main.js'
import { dumbbell, World } from '../dist/src/entry/sim.js'

const RATE = 50e6
const FRAME_BYTES = 1514
const SEGMENT_BYTES = 1448
const CHUNK = 262_144
const STEP_MS = 2
const OWN_BYTES = 64
/** Payload that a full bottleneck delivers, bytes a second. */
const PAYLOAD_RATE = RATE / 8 * SEGMENT_BYTES / FRAME_BYTES
const INITIAL_WINDOW = 10

const at = text => ({ family: 'AF_INET', address: parseIp(text), port: 80 })

function must(result, call) {
  if (typeof result === 'string') throw new Error(`${call}: ${result}`)
  return result
}

const mean = values => values.reduce((a, b) => a + b, 0) / values.length
const median = values => values.toSorted((a, b) => a - b)[values.length >> 1]
const percent = share => `${(100 * share).toFixed(1)} %`
const segmentsOf = rttMs => RATE / 8 * rttMs / 1000 / FRAME_BYTES

async function sink(process, count) {
  const listener = must(process.sys.socket(AF_INET, SOCK_STREAM, 0), 'socket')
  must(process.sys.bind(listener, at('0.0.0.0')), 'bind')
  must(process.sys.listen(listener, 1), 'listen')
  const fd = must(await process.accept(listener), 'accept')
  const buffer = new Uint8Array(CHUNK)
  for (let got = 1; typeof got === 'number' && got > 0;) {
    got = await process.read(fd, buffer, 0, CHUNK)
    if (typeof got === 'number') count.bytes += got
  }
}

async function source(process, fd) {
  must(await process.connect(fd, at('10.2.1.2')), 'connect')
  const data = new Uint8Array(CHUNK)
  while (typeof await process.write(fd, data, 0, CHUNK) === 'number');
}

/** Samples of one flow, a row each STEP_MS: `look` reads the algorithm's own figures. */
async function observe({ algorithm, rttMs, seconds, bottleneck = {}, sysctls = {}, look }) {
  const world = new World({ seed: 1, hashes: false })
  const delay = `${rttMs * 500 - 200}us`
  const { left, right } = dumbbell(world, 1, { rate: RATE, delay, limit: Math.ceil(2 * segmentsOf(rttMs)), ...bottleneck }, { delay: '100us' })
  for (const host of [left[0], right[0]]) for (const [name, value] of Object.entries(sysctls)) host.namespace.sysctl.set(name, value)
  const count = { bytes: 0 }
  const [sender, receiver] = [left[0].spawn('source'), right[0].spawn('sink')]
  void sink(receiver, count)
  const fd = must(sender.sys.socket(AF_INET, SOCK_STREAM, 0), 'socket')
  must(sender.sys.setsockopt(fd, SOL_TCP, TCP_CONGESTION, new TextEncoder().encode(algorithm)), 'setsockopt')
  void source(sender, fd)
  const rows = []
  for (let ms = STEP_MS; ms <= seconds * 1000; ms += STEP_MS) {
    await world.runFor(STEP_MS)
    const own = must(sender.sys.getsockopt(fd, SOL_TCP, TCP_CC_INFO, OWN_BYTES), 'TCP_CC_INFO')
    const info = must(readTcpInfo(sender.sys, fd), 'TCP_INFO')
    const inFlight = info.unackedSegs - info.sackedSegs - info.lostSegs
    const told = look(new DataView(own.buffer, own.byteOffset, own.length))
    rows.push({ ms, bytes: count.bytes, cwnd: info.cwndSegs, inFlight, ...told })
  }
  world.close()
  return rows
}

const bbrInfo = view => ({
  bandwidth: view.getUint32(0, true) + view.getUint32(4, true) * 2 ** 32,
  minRttUs: view.getUint32(8, true),
  pacingGain: view.getUint32(12, true) / 256,
  cwndGain: view.getUint32(16, true) / 256,
})
const dctcpInfo = view => ({ alpha: view.getUint32(4, true) / 1024 })

const near = (value, wanted) => Math.abs(value - wanted) < 0.02
const phaseOf = ({ pacingGain, cwndGain }) => {
  if (near(pacingGain, 2.77)) return 'startup'
  if (near(pacingGain, 0.5)) return 'drain'
  if (near(cwndGain, 0.5)) return 'probe-rtt'
  if (near(pacingGain, 0.9)) return 'down'
  return near(pacingGain, 1.25) ? 'up' : 'cruise'
}

/** Runs of one phase: [{ phase, from, to, rows }]. */
function phases(rows) {
  const runs = []
  for (const row of rows) {
    const phase = phaseOf(row)
    if (runs.at(-1)?.phase !== phase) runs.push({ phase, rows: [] })
    runs.at(-1).rows.push(row)
  }
  return runs.map(({ phase, rows: own }) => ({ phase, rows: own, from: own[0].ms, ms: own.length * STEP_MS }))
}

const BBR_SECONDS = 40
const bbrRuns = new Map()
function bbr(rttMs) {
  if (!bbrRuns.has(rttMs)) bbrRuns.set(rttMs, observe({ algorithm: 'bbr', rttMs, seconds: BBR_SECONDS, look: bbrInfo }))
  return bbrRuns.get(rttMs)
}

/** Of the path's; TCP_CC_INFO counts segments a second. */
const bandwidthOf = row => row.bandwidth * SEGMENT_BYTES / PAYLOAD_RATE
const settled = rows => rows.filter(row => row.ms > 10_000)

async function model(rttMs) {
  const rows = settled(await bbr(rttMs))
  const bandwidth = median(rows.map(bandwidthOf))
  const minRtt = median(rows.map(row => row.minRttUs / 1000 / rttMs))
  return {
    figure: `bandwidth ${bandwidth.toFixed(3)}, round trip ${minRtt.toFixed(3)} of the path's`,
    pass: Math.abs(bandwidth - 1) < 0.05 && minRtt >= 0.99 && minRtt < 1.1,
    note: 'bw within 5 %, min_rtt within 10 % (5.5.2, 5.5.7)',
  }
}

async function startup(rttMs) {
  const runs = phases(await bbr(rttMs))
  const [first, second, third] = runs
  // Doubling every round from the initial window to twice the product, then three rounds without a quarter more (5.3.1.2).
  const rounds = Math.ceil(Math.log2(2 * segmentsOf(rttMs) / INITIAL_WINDOW)) + 1 + 3
  const limitMs = rounds * 2 * rttMs + 50
  return {
    figure: `${first.ms} ms, drain ${second.ms} ms`,
    pass: first.phase === 'startup' && second.phase === 'drain' && ['down', 'cruise'].includes(third.phase) && first.ms <= limitMs && second.ms <= 4 * rttMs + 20,
    note: `${runs.slice(0, 3).map(each => each.phase).join(', ')}; at most ${limitMs} ms by the model`,
  }
}

async function cycle(rttMs) {
  const runs = phases(settled(await bbr(rttMs)))
  const ups = runs.filter(each => each.phase === 'up')
  // The wait begins when a probe ends, and anew when ProbeRTT does.
  const waits = ups.slice(1).map(up => {
    const before = runs.findLast(each => each.from < up.from && ['up', 'probe-rtt'].includes(each.phase))
    return up.from - before.from - before.ms
  })
  const order = runs.every((each, i) => i === 0 || each.phase !== 'up' || runs[i - 1].phase === 'cruise')
  // 5.3.3.5.3: two to three seconds, or as many rounds as Reno would need (at most 63), whichever is less; then a round of refill.
  const renoMs = Math.min(63, segmentsOf(rttMs)) * rttMs
  const [least, most] = [Math.min(2000, 0.95 * renoMs), Math.min(3000, 1.1 * renoMs) + 3 * rttMs]
  const isWithin = waits.every(wait => wait >= least && wait <= most)
  return {
    figure: `${ups.length} probes in 30 s, after waits of ${Math.min(...waits)}-${Math.max(...waits)} ms`, pass: ups.length >= 5 && order && isWithin,
    note: `model ${Math.round(least)}-${Math.round(most)} ms; up always after refill`,
  }
}

async function probeRtt(rttMs) {
  const runs = phases(await bbr(rttMs)).filter(each => each.phase === 'probe-rtt')
  const gaps = runs.slice(1).map((each, i) => each.from - runs[i].from)
  const lengths = runs.map(each => each.ms)
  const product = segmentsOf(rttMs)
  const [typical, apart] = [median(lengths), median(gaps)]
  const low = median(runs.map(each => Math.min(...each.rows.map(row => row.inFlight)))) / product
  return {
    figure: `${runs.length} in 40 s, ${typical} ms, every ${(apart / 1000).toFixed(1)} s`,
    pass: runs.length >= 5 && apart >= 5000 && apart < 6500 && typical >= 200 && typical <= 220 + 3 * rttMs && low <= 0.55,
    note: `in flight down to ${percent(low)} of the product (5.3.4: half, 200 ms, every 5 s)`,
  }
}

/** Share of the bottleneck that was payload. */
const use = rows => (rows.at(-1).bytes - rows[0].bytes) / ((rows.at(-1).ms - rows[0].ms) / 1000) / PAYLOAD_RATE

async function queue(rttMs) {
  const product = segmentsOf(rttMs)
  const over = rows => mean(rows.map(row => Math.max(0, row.cwnd === 0 ? 0 : row.inFlight / product - 1)))
  const rows = settled(await bbr(rttMs))
  const cubic = settled(await observe({ algorithm: 'cubic', rttMs, seconds: 30, look: () => ({}) }))
  return {
    figure: `${percent(over(rows))} of the product waits, ${percent(use(rows))} used`, pass: over(rows) < 0.25 && use(rows) > 0.93,
    note: `CUBIC: ${percent(over(cubic))} waits, ${percent(use(cubic))} used; buffer of two products`,
  }
}

/**
 * A probe bears loss below 2 % (5.5.10.2): it finds the bandwidth of the path again and again. Between probes each round with a loss
 * lowers the short-term bound by the loss and by what pacing leaves free, 1 % (5.5.10.3): the more rounds, the less full is the pipe.
 */
async function randomLoss(rttMs, loss) {
  const bottleneck = { there: { loss } }
  const rows = settled(await observe({ algorithm: 'bbr', rttMs, seconds: BBR_SECONDS, bottleneck, look: bbrInfo }))
  const cubic = settled(await observe({ algorithm: 'cubic', rttMs, seconds: BBR_SECONDS, bottleneck, look: () => ({}) }))
  const probes = phases(rows).filter(each => each.phase === 'up')
  const found = median(probes.map(each => bandwidthOf(each.rows.at(-1))))
  const [ours, theirs] = [rows, cubic].map(each => use(each) / (1 - loss))
  return {
    figure: `${percent(ours)} used, CUBIC ${percent(theirs)}`, pass: probes.length >= 3 && found > 0.95 && ours > 0.6 && ours > 4 * theirs,
    note: `${probes.length} probes, in the middle they found ${percent(found)} of the bandwidth`,
  }
}

// --- DCTCP

/** RFC 8257 3.3 and the steady state of one flow: W* = (product + K), alpha = sqrt(2 / W*), queue between K - A and K + 1. */
async function dctcp(rttMs) {
  const product = segmentsOf(rttMs)
  const threshold = Math.ceil(product / 7) + 4
  const rows = settled(await observe({
    algorithm: 'dctcp', rttMs, seconds: 30, bottleneck: { limit: Math.ceil(4 * product), mark: threshold }, sysctls: { 'net.ipv4.tcp_ecn': '1' }, look: dctcpInfo,
  }))
  const full = product + threshold
  const alpha = mean(rows.map(row => row.alpha))
  const wanted = Math.sqrt(2 / full)
  const windows = rows.map(row => row.cwnd)
  const swing = Math.max(...windows) - Math.min(...windows)
  const amplitude = full * wanted / 2
  return {
    figure: `alpha ${alpha.toFixed(3)} (model ${wanted.toFixed(3)}), ${percent(use(rows))} used`,
    pass: alpha > 0.5 * wanted && alpha < 2 * wanted && use(rows) > 0.95 && swing < 3 * amplitude + 4,
    note: `window ${Math.min(...windows)}-${Math.max(...windows)}, model swings ${amplitude.toFixed(1)} below ${full.toFixed(0)}; K ${threshold}`,
  }
}

export const checks = [
  ...[20, 40, 100].flatMap(rttMs => [
    { name: `BBR, ${rttMs} ms: Startup fills the pipe, Drain empties the queue`, run: () => startup(rttMs) },
    { name: `BBR, ${rttMs} ms: bandwidth and round trip of the path`, run: () => model(rttMs) },
    { name: `BBR, ${rttMs} ms: the cycle of ProbeBW`, run: () => cycle(rttMs) },
    { name: `BBR, ${rttMs} ms: ProbeRTT`, run: () => probeRtt(rttMs) },
    { name: `BBR, ${rttMs} ms: a full pipe and a short queue`, run: () => queue(rttMs) },
    { name: `BBR, ${rttMs} ms, 1 % random loss`, run: () => randomLoss(rttMs, 0.01) },
  ]),
  ...[5, 10, 20].map(rttMs => ({ name: `DCTCP, ${rttMs} ms: alpha and window by the model`, run: () => dctcp(rttMs) })),
]
