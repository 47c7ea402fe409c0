// One transfer through one bottleneck, inside a network namespace of the caller's: two ends of the kernel with our impaired link
// between their TAPs, or our stack at one end. Prints one line of JSON. Called by goodput.mjs:
//   node goodput-run.mjs '{"ends": "kernel" | "sender" | "receiver", "impair": TEXT, "seed": N, "algorithm": NAME, "seconds": N,
//     "here": NAMESPACE, "there": NAMESPACE, "uml": true where ends of the kernel are user-mode Linuxes, with DCTCP}'
import { spawn, spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import {
  AF_INET, createHost, impair, MacAddress, PacketMemory, parseImpair, parseIp, Prefix, seededSource, SOCK_STREAM, SOL_TCP,
  TCP_CONGESTION, Trace,
} from '../../dist/src/entry/main.js'
import { loadLibc, openTap, raiseInliningBudget, RealClock, wasmPlatform } from '../../dist/src/entry/node.js'
import { Bridge } from '../../dist/src/entry/sim.js'

const PEER = fileURLToPath(new URL('goodput_peer.py', import.meta.url))
const UML_INIT = fileURLToPath(new URL('uml_init.py', import.meta.url))
const [HERE, THERE, PORT] = ['198.18.0.1', '198.18.0.2', 9000]
const PERIOD = 65537
const SLACK_MS = 25_000

function must(result, call) {
  if (typeof result === 'string') throw new Error(`${call}: ${result}`)
  return result
}

function ip(...words) {
  const { status, stderr } = spawnSync('ip', words, { encoding: 'utf8' })
  if (status !== 0) throw new Error(`ip ${words.join(' ')}: ${stderr.trim()}`)
}

/** Twice the pattern: any window of a period is a slice. */
function pattern() {
  const twice = new Uint8Array(2 * PERIOD)
  for (let i = 0; i < twice.length; i++) twice[i] = Math.imul(i % PERIOD, 2654435761) >>> 24
  return twice
}

const inKernel = (_address, words) => ['python3', PEER, ...words]
/** A machine of its own behind the TAP `uml0`, whose program's words may hold no commas. */
const inUml = (address, words) => [
  'linux.uml', 'root=/dev/root', 'rootfstype=hostfs', 'rootflags=/', 'ro', `init=${UML_INIT}`, 'mem=128M', 'quiet', 'loglevel=0',
  'vec0:transport=tap,ifname=uml0,depth=128,gro=0', 'con=null', 'con0=null,fd:1', `ADDRESS=${address}/24`, `SCRIPT=${PEER}`, `PEER=${words.join(',')}`,
]

/** The TAP `name` becomes the interface of the kernel, or the wire to a user-mode Linux. */
function attachKernel(name, namespace, address) {
  ip('-n', namespace, 'addr', 'add', `${address}/24`, 'dev', name)
  ip('-n', namespace, 'link', 'set', name, 'up')
}

function attachUml(name, namespace) {
  ip('-n', namespace, 'tuntap', 'add', 'uml0', 'mode', 'tap')
  ip('-n', namespace, 'link', 'add', 'umlbr', 'type', 'bridge')
  for (const port of [name, 'uml0']) ip('-n', namespace, 'link', 'set', port, 'master', 'umlbr')
  for (const each of [name, 'uml0', 'umlbr']) ip('-n', namespace, 'link', 'set', each, 'up')
}

/** A program of the kernel's side; its first line of output, and its last. */
function program(command, namespace, address, ...words) {
  const child = spawn('ip', ['netns', 'exec', namespace, ...command(address, words)], { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  const ready = new Promise(resolve => child.stdout.on('data', piece => { output += piece; if (output.includes('ready')) resolve() }))
  const ended = new Promise(resolve => child.on('close', () => { resolve(/^\{.*\}/m.exec(output)?.[0] ?? JSON.stringify({ error: output.slice(-500) })) }))
  return { child, ready: Promise.race([ready, ended]), ended }
}

async function sendFromUs(process, algorithm) {
  const fd = must(process.sys.socket(AF_INET, SOCK_STREAM, 0), 'socket')
  must(process.sys.setsockopt(fd, SOL_TCP, TCP_CONGESTION, new TextEncoder().encode(algorithm)), 'setsockopt')
  must(await process.connect(fd, { family: 'AF_INET', address: parseIp(THERE), port: PORT }), 'connect')
  const twice = pattern()
  for (let total = 0; ;) {
    const written = await process.send(fd, twice, total % PERIOD, PERIOD, 0)
    if (typeof written === 'string') return
    total += written
  }
}

async function receiveByUs(process, algorithm, seconds, onListening) {
  const listener = must(process.sys.socket(AF_INET, SOCK_STREAM, 0), 'socket')
  must(process.sys.setsockopt(listener, SOL_TCP, TCP_CONGESTION, new TextEncoder().encode(algorithm)), 'setsockopt')
  must(process.sys.bind(listener, { family: 'AF_INET', address: parseIp(HERE), port: PORT }), 'bind')
  must(process.sys.listen(listener, 1), 'listen')
  onListening()
  const fd = must(await process.accept(listener), 'accept')
  const result = { bytes: 0, intact: true }
  const twice = Buffer.from(pattern().buffer)
  const buffer = Buffer.alloc(PERIOD)
  const read = async () => {
    for (;;) {
      const got = await process.recv(fd, buffer, 0, PERIOD, 0)
      if (typeof got === 'string' || got === 0) return
      const at = result.bytes % PERIOD
      result.intact &&= buffer.compare(twice, at, at + got, 0, got) === 0
      result.bytes += got
    }
  }
  await Promise.race([read(), new Promise(resolve => setTimeout(resolve, seconds * 1000))])
  return { ...result }
}

async function main({ ends, impair: text, seed, algorithm, seconds, here, there, uml = false }) {
  const [command, attach] = uml ? [inUml, attachUml] : [inKernel, attachKernel]
  raiseInliningBudget()
  const libc = await loadLibc()
  const clock = new RealClock(libc)
  const trace = new Trace()
  let drops = 0
  trace.listen(event => { if (event.name === 'drop' && event.reason === 'impair-queue-full') drops++ })
  const memory = new PacketMemory({ bytes: 256 << 20, platform: wasmPlatform })
  const random = seededSource(seed)
  const plan = parseImpair(text)
  if (typeof plan === 'string') throw new Error(plan)
  const openEnd = name => openTap({ name, kind: 'tap', memory, clock, libc, offload: false, mtu: 1500, address: MacAddress.of(0x0200, seed) })
  // The data's direction draws from the same stream whoever sends.
  const streams = [seededSource(`${seed} data`).public, seededSource(`${seed} acknowledgments`).public]
  const far = openEnd('gpthere')
  ip('link', 'set', 'gpthere', 'netns', there)
  attach('gpthere', there, THERE)
  const env = { host: 'bottleneck', trace, now: () => clock.now() }
  const link = impair(far, plan, { clock, random: ends === 'receiver' ? streams.toReversed() : streams, env })
  let result
  if (ends === 'kernel') {
    const near = openEnd('gphere')
    attach('gphere', here, HERE)
    const bridge = new Bridge({ env })
    bridge.addPort(near)
    bridge.addPort(link)
    const receiver = program(command, there, THERE, 'recv', PORT, seconds)
    await receiver.ready
    const sender = program(command, here, HERE, 'send', THERE, PORT, seconds, algorithm)
    result = JSON.parse(await receiver.ended)
    sender.child.kill()
  } else {
    const host = createHost({ name: 'here', clock, random, memory, trace })
    host.addDevice(link)
    must(host.ip.addAddress(link, Prefix.parse(`${HERE}/24`) ?? 'EINVAL', { noDad: true }), 'address')
    const own = host.spawn('goodput')
    if (ends === 'sender') {
      const receiver = program(command, there, THERE, 'recv', PORT, seconds)
      await receiver.ready
      void sendFromUs(own, algorithm)
      result = JSON.parse(await receiver.ended)
    } else {
      let sender
      result = await receiveByUs(own, algorithm, seconds, () => {
        sender = program(command, there, THERE, 'send', HERE, PORT, seconds, algorithm)
      })
      sender.child.kill()
    }
  }
  console.log(JSON.stringify({ ...result, drops }))
}

const task = JSON.parse(process.argv[2])
setTimeout(() => { console.error('goodput: no end in sight'); process.exit(1) }, task.seconds * 1000 + SLACK_MS).unref()
await main(task)
process.exit(0)
