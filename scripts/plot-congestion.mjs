// Draws docs/plots/congestion.svg: window, smoothed round trip and goodput of one flow of NewReno, CUBIC and BBR over the same
// bottleneck in virtual time. node scripts/plot-congestion.mjs (after npm run build); the same figures each time.
import { mkdirSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as vega from 'vega'
import { compile } from 'vega-lite'
import { AF_INET, parseIp, readTcpInfo, SOCK_STREAM, SOL_TCP, TCP_CONGESTION } from '../dist/src/entry/main.js'
import { dumbbell, World } from '../dist/src/entry/sim.js'

const OUT = fileURLToPath(new URL('../docs/plots/', import.meta.url))
const ALGORITHMS = { reno: 'NewReno', cubic: 'CUBIC', bbr: 'BBR' }
const SECONDS = 40
const STEP_MS = 100
const CHUNK = 65_536
/** 20 Mbit/s and 40 ms: 66 packets of product, as many of buffer. */
const BOTTLENECK = { rate: '20mbit', delay: '19ms', limit: 66 }

const at = text => ({ family: 'AF_INET', address: parseIp(text), port: 80 })

function must(result, call) {
  if (typeof result === 'string') throw new Error(`${call}: ${result}`)
  return result
}

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

async function flow(algorithm) {
  const world = new World({ seed: 1, hashes: false })
  const { left, right } = dumbbell(world, 1, BOTTLENECK, { delay: '500us' })
  const count = { bytes: 0 }
  const [sender, receiver] = [left[0].spawn('source'), right[0].spawn('sink')]
  void sink(receiver, count)
  const fd = must(sender.sys.socket(AF_INET, SOCK_STREAM, 0), 'socket')
  must(sender.sys.setsockopt(fd, SOL_TCP, TCP_CONGESTION, new TextEncoder().encode(algorithm)), 'setsockopt')
  void source(sender, fd)
  const rows = []
  for (let ms = STEP_MS; ms <= SECONDS * 1000; ms += STEP_MS) {
    const before = count.bytes
    await world.runFor(STEP_MS)
    const info = must(readTcpInfo(sender.sys, fd), 'TCP_INFO')
    const row = (figure, value) => { rows.push({ algorithm: ALGORITHMS[algorithm], seconds: ms / 1000, figure, value }) }
    row('cwnd (segments)', info.cwndSegs)
    row('srtt (ms)', info.rttUs / 1000)
    row('goodput (Mbit/s)', (count.bytes - before) * 8 / STEP_MS / 1000)
  }
  world.close()
  return rows
}

const values = (await Promise.all(Object.keys(ALGORITHMS).map(flow))).flat()
const { spec } = compile({
  data: { values },
  title: 'One flow through 20 Mbit/s, 40 ms, one bandwidth-delay product of drop-tail buffer',
  facet: {
    row: { field: 'figure', title: null, sort: ['cwnd (segments)', 'srtt (ms)', 'goodput (Mbit/s)'] },
    column: { field: 'algorithm', title: null, sort: Object.values(ALGORITHMS) },
  },
  spec: {
    width: 280, height: 130,
    mark: { type: 'line', strokeWidth: 1.2 },
    encoding: {
      x: { field: 'seconds', type: 'quantitative', title: 's' },
      y: { field: 'value', type: 'quantitative', title: null },
    },
  },
  resolve: { scale: { y: 'independent' } },
  config: { background: 'white' },
})
mkdirSync(OUT, { recursive: true })
writeFileSync(`${OUT}congestion.svg`, `${await new vega.View(vega.parse(spec), { renderer: 'none' }).toSVG()}\n`)
