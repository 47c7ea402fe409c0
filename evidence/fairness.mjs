// Flows of one algorithm on a bottleneck of 100 Mbit/s, 40 ms +-10 % of round trip, one bandwidth-delay product of drop-tail buffer,
// starts spread over 5 s: how much of it they use and Jain's index. SOCKEYE_EVIDENCE_SECONDS (default 120, the second half is measured)
// and SOCKEYE_EVIDENCE_FLOWS (default 1,2,10) change the runs.
import { AF_INET, SOCK_STREAM, SOL_TCP, TCP_CONGESTION, parseIp } from '../dist/src/entry/main.js'
import { World, dumbbell } from '../dist/src/entry/sim.js'

const SECONDS = Number(process.env.SOCKEYE_EVIDENCE_SECONDS ?? 120)
const FLOWS = (process.env.SOCKEYE_EVIDENCE_FLOWS ?? '1,2,10').split(',').map(Number)
const ALGORITHMS = (process.env.SOCKEYE_EVIDENCE_ALGORITHMS ?? 'reno,cubic,bbr').split(',')
const RATE = 100e6
const BUFFER_PACKETS = 333
const CHUNK = 262_144
// Payload of a full frame with timestamps.
const GOODPUT_LIMIT = RATE * 1448 / 1514
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

async function share(algorithm, flows) {
  const world = new World({ seed: flows, hashes: false })
  const { left, right } = dumbbell(world, flows, { rate: RATE, delay: '18ms', limit: BUFFER_PACKETS }, { delay: '500us' })
  const sinks = right.map(sink)
  for (const [i, host] of left.entries()) {
    source(host, `10.2.${i + 1}.2`, algorithm)
    await world.runFor(5000 / flows)
  }
  await world.runFor(SECONDS * 500 - 5000)
  const before = sinks.map(each => each.received)
  await world.runFor(SECONDS * 500)
  const rates = sinks.map((each, i) => (each.received - before[i]) * 8 / (SECONDS / 2))
  world.close()
  const total = rates.reduce((sum, rate) => sum + rate, 0)
  return { use: total / GOODPUT_LIMIT, jain: total ** 2 / (flows * rates.reduce((sum, rate) => sum + rate ** 2, 0)) }
}

let failed = false
for (const algorithm of ALGORITHMS) {
  for (const flows of FLOWS) {
    const started = performance.now()
    const { use, jain } = await share(algorithm, flows)
    const ok = use > 0.9 && jain >= LEAST_JAIN[algorithm]
    failed ||= !ok
    console.log(`${ok ? 'pass' : 'FAIL'} ${algorithm.padEnd(6)} ${String(flows).padStart(2)} flows: ${(100 * use).toFixed(1)} % used, `
      + `Jain ${jain.toFixed(3)} (${((performance.now() - started) / 1000).toFixed(1)} s)`)
  }
}
process.exitCode = failed ? 1 : 0
