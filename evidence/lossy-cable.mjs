// 1 GB between two simulated hosts over a cable with 5 % loss, reordering, duplication and corruption: intact, with the same trace
// hash twice for one seed and another for another. SOCKEYE_EVIDENCE_MB makes it shorter.
import { AF_INET, PacketMemory, SHUT_WR, SOCK_STREAM, parseIp } from '../dist/src/entry/main.js'
import { nativeSha256, wasmPlatform } from '../dist/src/entry/node.js'
import { World } from '../dist/src/entry/sim.js'

const BYTES = Number(process.env.SOCKEYE_EVIDENCE_MB ?? 1000) * 1e6
const CHUNK = 262_144
const IMPAIR = 'delay 1ms loss 5% reorder 1% duplicate 1% corrupt 1%'

// The byte at a position follows from the position alone, with a period that is no power of two.
const PERIOD = 65_521
const pattern = Uint8Array.from({ length: PERIOD + CHUNK }, (_, i) => (i % PERIOD) * 31 + (i % PERIOD >>> 8))

const at = (text, port) => ({ family: 'AF_INET', address: parseIp(text), port })

function must(result, call) {
  if (typeof result === 'string') throw new Error(`${call}: ${result}`)
  return result
}

async function send(host) {
  const p = host.spawn('send')
  const fd = must(p.sys.socket(AF_INET, SOCK_STREAM, 0), 'socket')
  must(await p.connect(fd, at('10.0.0.2', 5001)), 'connect')
  for (let sent = 0; sent < BYTES;) {
    const length = Math.min(CHUNK, BYTES - sent)
    sent += must(await p.write(fd, pattern, sent % PERIOD, length), 'write')
  }
  must(p.sys.shutdown(fd, SHUT_WR), 'shutdown')
  must(await p.read(fd, new Uint8Array(1), 0, 1), 'read')
  p.exit(0)
}

async function receive(host) {
  const p = host.spawn('receive')
  const listener = must(p.sys.socket(AF_INET, SOCK_STREAM, 0), 'socket')
  must(p.sys.bind(listener, at('0.0.0.0', 5001)), 'bind')
  must(p.sys.listen(listener, 1), 'listen')
  const fd = must(await p.accept(listener), 'accept')
  const buffer = new Uint8Array(CHUNK)
  let received = 0
  for (;;) {
    const length = must(await p.read(fd, buffer, 0, CHUNK), 'read')
    if (length === 0) break
    const wanted = Buffer.from(pattern.buffer, received % PERIOD, length)
    if (wanted.compare(buffer, 0, length) !== 0) throw new Error(`a wrong byte between ${received} and ${received + length}`)
    received += length
  }
  p.exit(0)
  return received
}

async function transfer(seed, frameCheckSequence) {
  const world = new World({ seed, sha256: nativeSha256, memory: new PacketMemory({ platform: wasmPlatform }) })
  const [a, b] = [world.host('a'), world.host('b')]
  world.cable(a, b, { impair: IMPAIR, frameCheckSequence, addresses: ['10.0.0.1/24', '10.0.0.2/24'] })
  const started = performance.now()
  const receiving = receive(b)
  const [received] = await world.runUntilDone(Promise.all([receiving, send(a)]))
  const took = (performance.now() - started) / 1000
  const drops = new Map([...a.namespace.drops, ...b.namespace.drops])
  const result = { received, hash: world.traceHash(), took, virtual: world.now() / 1e6, drops }
  world.close()
  const leaks = world.memory.leakReport()
  if (leaks.length > 0) throw new Error(`${leaks.length} packets leaked: ${leaks[0]}`)
  return result
}

const runs = new Map()

function check(name, key, seed, frameCheckSequence) {
  return {
    name,
    run: async () => {
      const run = await transfer(seed, frameCheckSequence)
      runs.set(key, run)
      const lost = run.drops.get('impair-loss') ?? 0
      const damaged = run.drops.get(frameCheckSequence ? 'frame-check-sequence' : 'tcp-checksum') ?? 0
      return {
        figure: `${(run.received / 1e6).toFixed(0)} MB in ${run.took.toFixed(1)} s`,
        pass: run.received === BYTES && lost > 0 && damaged > 0,
        note: `virtual ${run.virtual.toFixed(0)} s, lost ${lost}, damaged and found ${damaged}, hash ${run.hash.slice(0, 16)}`,
      }
    },
  }
}

export const checks = [
  check('every byte arrives, seed 1, frame check sequence', 'first', 1, true),
  check('the same again', 'again', 1, true),
  check('seed 2', 'other', 2, true),
  {
    name: 'same seed, same trace hash; another seed, another',
    run: () => {
      const [first, again, other] = ['first', 'again', 'other'].map(key => runs.get(key)?.hash)
      return { figure: first === again ? 'equal' : 'different', pass: first !== undefined && first === again && first !== other, note: '' }
    },
  },
  check('without a frame check sequence TCP finds the damage', 'noFcs', 3, false),
]
