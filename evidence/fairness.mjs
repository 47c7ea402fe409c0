// npm run evidence -- fairness: flows of one algorithm on a bottleneck of 100 Mbit/s, round trips of 40 ms +-10 %, one bandwidth-delay
// product of drop-tail buffer, starts spread over 5 s: how much of it they use, and Jain's index over the second half of the run; and
// CUBIC beside Reno against what RFC 9438 5.1 predicts. In virtual time. Access links add up to half a packet's time at the bottleneck by
// chance, which reorders nothing: with none at all it is the exact phase of the packets that decides who meets a full queue (Floyd and
// Jacobson 1992), and two flows of Reno share by Jain's 0.89 to 1.00 from seed to seed.
//
// SOCKEYE_FAIRNESS_SECONDS (120) and SOCKEYE_FAIRNESS_FLOWS (2,10,50) change the runs.
import { AF_INET, parseIp, SOCK_STREAM, SOL_TCP, TCP_CONGESTION } from '../dist/src/entry/main.js'
import { dumbbell, World } from '../dist/src/entry/sim.js'

const SECONDS = Number(process.env.SOCKEYE_FAIRNESS_SECONDS ?? 120)
const FLOWS = (process.env.SOCKEYE_FAIRNESS_FLOWS ?? '2,10,50').split(',').map(Number)
const RATE = 100e6
const BUFFER_PACKETS = 333
const SEGMENT_BYTES = 1448
const CHUNK = 262_144
const GOODPUT_LIMIT = RATE * SEGMENT_BYTES / 1514
const LEAST_JAIN = { reno: 0.95, cubic: 0.95, bbr: 0.9 }

const at = (text, port) => ({ family: 'AF_INET', address: parseIp(text), port })

function must(result, call) {
  if (typeof result === 'string') throw new Error(`${call}: ${result}`)
  return result
}

function sink(host) {
  const p = host.spawn('sink')
  const count = { received: 0 }
  const listener = must(p.sys.socket(AF_INET, SOCK_STREAM, 0), 'socket')
  must(p.sys.bind(listener, at('0.0.0.0', 80)), 'bind')
  must(p.sys.listen(listener, 8), 'listen')
  const serve = async () => {
    const fd = must(await p.accept(listener), 'accept')
    const buffer = new Uint8Array(CHUNK)
    for (let got = 1; got > 0;) {
      got = await p.read(fd, buffer, 0, CHUNK)
      if (typeof got === 'number') count.received += got
      else return
    }
  }
  void serve()
  return count
}

function source(host, to, algorithm) {
  const p = host.spawn('source')
  const fd = must(p.sys.socket(AF_INET, SOCK_STREAM, 0), 'socket')
  must(p.sys.setsockopt(fd, SOL_TCP, TCP_CONGESTION, new TextEncoder().encode(algorithm)), 'setsockopt')
  const data = new Uint8Array(CHUNK)
  const run = async () => {
    must(await p.connect(fd, at(to, 80)), 'connect')
    while (typeof await p.write(fd, data, 0, CHUNK) === 'number');
  }
  void run()
}

/** Of each flow over the second half: bits a second, segments sent, and how often it met with loss. `algorithms` has one name a flow. */
async function run(algorithms, seed) {
  const flows = algorithms.length
  const world = new World({ seed, hashes: false })
  // Round trips from 36 to 44 ms: 33 of the middle and the far side, the rest by the near and far access.
  const spread = index => ({ delay: `${750 + Math.round(2000 * index / Math.max(1, flows - 1))}us`, back: { jitter: '60us' } })
  const { left, right } = dumbbell(world, flows, { rate: RATE, delay: '16500us', limit: BUFFER_PACKETS }, spread)
  const sinks = right.map(sink)
  for (const [i, host] of left.entries()) {
    source(host, `10.2.${i + 1}.2`, algorithms[i])
    await world.runFor(5000 / flows)
  }
  await world.runFor(SECONDS * 500 - 5000)
  const look = () => sinks.map((each, i) => {
    const { tcp, tcpExt } = left[i].namespace.mib
    return { received: each.received, segments: tcp.OutSegs, losses: tcpExt.TCPSackRecovery + tcpExt.TCPTimeouts }
  })
  const before = look()
  await world.runFor(SECONDS * 500)
  const measured = look().map((now, i) => ({
    rate: (now.received - before[i].received) * 8 / (SECONDS / 2),
    segments: now.segments - before[i].segments,
    losses: now.losses - before[i].losses,
  }))
  world.close()
  return measured
}

const sum = values => values.reduce((a, b) => a + b, 0)

/** Few flows depend on luck: the median of three seeds. */
async function share(algorithm, flows) {
  const seen = []
  for (let seed = 1; seed <= (flows <= 2 ? 3 : 1); seed++) {
    const rates = (await run(Array(flows).fill(algorithm), seed)).map(each => each.rate)
    seen.push({ use: sum(rates) / GOODPUT_LIMIT, jain: sum(rates) ** 2 / (flows * sum(rates.map(rate => rate ** 2))) })
  }
  seen.sort((a, b) => a.jain - b.jain)
  const { use, jain } = seen[seen.length >> 1]
  const note = `${(100 * use).toFixed(1)} % of the bottleneck used${seen.length > 1 ? `; seeds ${seen.map(each => each.jain.toFixed(3)).join(' ')}` : ''}`
  return { figure: `Jain ${jain.toFixed(3)}`, pass: use > 0.9 && jain >= LEAST_JAIN[algorithm], note }
}

/**
 * RFC 9438 5.1: a window answers to the rate p of loss events its flow sees: Reno's is sqrt(1.5 / p), CUBIC's 1.054 (RTT / p)^0.75 and
 * never less than what Reno would have (4.3). Reno's window and rate tell the round trip.
 */
async function besideReno(pairs) {
  const measured = await run(Array.from({ length: 2 * pairs }, (_, i) => i % 2 === 0 ? 'cubic' : 'reno'), 1)
  const [cubic, reno] = [0, 1].map(odd => {
    const flows = measured.filter((_, i) => i % 2 === odd)
    const lossRate = sum(flows.map(each => each.losses)) / sum(flows.map(each => each.segments))
    return { rate: sum(flows.map(each => each.rate)) / pairs, lossRate }
  })
  const renoWindow = Math.sqrt(1.5 / reno.lossRate)
  const rttS = renoWindow * 8 * SEGMENT_BYTES / reno.rate
  const cubicWindow = Math.max(Math.sqrt(1.5 / cubic.lossRate), 1.054 * (rttS / cubic.lossRate) ** 0.75)
  const predicted = cubicWindow / renoWindow
  const ratio = cubic.rate / reno.rate
  return {
    figure: `${ratio.toFixed(2)} : 1`, pass: ratio > 0.67 * predicted && ratio < 1.5 * predicted,
    note: `predicted ${predicted.toFixed(2)} : 1 from loss events of ${cubic.lossRate.toExponential(1)} and ${reno.lossRate.toExponential(1)}, `
      + `RTT ${(1000 * rttS).toFixed(0)} ms`,
  }
}

export const checks = [
  ...Object.keys(LEAST_JAIN).flatMap(algorithm => FLOWS.map(flows => ({ name: `${flows} flows of ${algorithm} share a bottleneck`, run: () => share(algorithm, flows) }))),
  ...[1, 5].map(pairs => ({ name: `${pairs} CUBIC beside ${pairs} Reno`, run: () => besideReno(pairs) })),
]
