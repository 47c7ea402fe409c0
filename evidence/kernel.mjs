// The Berkeley layer's costs and its company: epoll, wake-ups, a fork server for the real `ab`, a ping without privilege, a
// capture beside the real tcpdump, and a million calls with nonsense.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { AF_INET, AF_UNIX, SOCK_STREAM, parseIp } from '../dist/src/entry/main.js'
import { World } from '../dist/src/entry/sim.js'
import { readCapture } from '../dist/src/entry/wire.js'
import { KERNEL_SIDE, OUR_SIDE, ROOT, inNamespace, lacks, skip } from './support/lab.mjs'

const EPOLL_CTL_ADD = 1
const EPOLLIN = 1
const WATCHED = 100_000
const READY = 10

function epollCost() {
  const world = new World()
  const host = world.host('h')
  const program = host.spawn('p')
  const { sys } = program
  const epoll = sys.epoll_create()
  const writers = []
  for (let i = 0; i < WATCHED; i++) {
    const [reader, writer] = sys.socketpair(AF_UNIX, SOCK_STREAM, 0)
    const added = sys.epoll_ctl(epoll, EPOLL_CTL_ADD, reader, { events: EPOLLIN, data: i })
    if (added !== 0) throw new Error(`epoll_ctl: ${added}`)
    writers.push(writer)
  }
  for (let i = 0; i < READY; i++) sys.send(writers[i * 9973], Uint8Array.of(1), 0, 1, 0)
  let visited = 0
  const stop = world.trace.listen(event => { if (event.name === 'ready-list' && event.action === 'visited') visited++ })
  const events = []
  const began = performance.now()
  const count = sys.epoll_wait(epoll, events, 100)
  const microseconds = (performance.now() - began) * 1000
  stop()
  world.close()
  return { figure: `${visited} visited of ${WATCHED.toLocaleString('en')}`, pass: count === READY && visited === READY, note: `${count} ready, ${microseconds.toFixed(0)} us` }
}

/** 64 processes sleep in accept; one connection comes. */
async function wokenByOne(thunderingHerd) {
  const world = new World()
  const host = world.host('h')
  host.thunderingHerd = thunderingHerd
  const parent = host.spawn('parent')
  const at = { family: 'AF_INET', address: parseIp('127.0.0.1'), port: 80 }
  const listener = parent.sys.socket(AF_INET, SOCK_STREAM, 0)
  parent.sys.bind(listener, at)
  parent.sys.listen(listener, 128)
  let accepted = 0
  for (let i = 0; i < 64; i++) {
    parent.fork(async child => {
      const fd = await child.accept(listener)
      if (typeof fd === 'number') accepted++
      await child.sleep(1000)
    })
  }
  await world.runFor(10)
  let woken = 0
  const stop = world.trace.listen(event => { if (event.name === 'wake' && event.call === 'accept') woken++ })
  const client = host.spawn('client')
  const fd = client.sys.socket(AF_INET, SOCK_STREAM, 0)
  await world.runUntilDone(client.connect(fd, at))
  await world.runFor(10)
  stop()
  world.close()
  return { woken, accepted }
}

async function herd() {
  const [one, old] = [await wokenByOne(false), await wokenByOne(true)]
  return {
    figure: `${one.woken} woken of 64`, pass: one.woken === 1 && one.accepted === 1 && old.woken === 64 && old.accepted === 1,
    note: `with thunderingHerd: ${old.woken}`,
  }
}

let tapRun
/** The host of support/berkeley-host.mjs, `ab` against it, its ping, and tcpdump beside it: once for three claims. */
function onTap() {
  tapRun ??= inNamespace(async space => {
    const output = join(space.folder, 'seen.json')
    const pcap = join(space.folder, 'tcpdump.pcap')
    const host = await space.start([process.execPath, 'evidence/support/berkeley-host.mjs', KERNEL_SIDE, OUR_SIDE, output], { ready: 'ready' })
    const tcpdump = await space.start(['tcpdump', '-i', 'sk0', '-w', pcap, '-U', '-B', '65536', '-s', '0', '-Z', 'root'], { ready: 'listening on' })
    const ab = await space.try(['ab', '-n', '1000', '-c', '32', '-s', '20', `http://${OUR_SIDE}/`], { limitMs: 120_000 })
    process.kill(Number((await space.run(['pgrep', '-f', `berkeley-host.mjs ${KERNEL_SIDE}.*${output}`])).out.split('\n').filter(Boolean).at(-1)), 'SIGUSR2')
    for (let tries = 0; tries < 100 && !host.output().includes('pinged'); tries++) await new Promise(resolve => setTimeout(resolve, 50))
    await new Promise(resolve => setTimeout(resolve, 500))
    await tcpdump.stop()
    await host.stop()
    const seen = existsSync(output) ? JSON.parse(readFileSync(output, 'utf8')) : undefined
    return { ab: ab.out, abError: ab.err, seen, capture: existsSync(pcap) ? readCapture(readFileSync(pcap)) : undefined }
  })
  return tapRun
}

async function forkServer() {
  const reason = lacks('ab', 'tcpdump', 'pgrep')
  if (reason !== undefined) return skip(reason)
  const { ab, abError, seen } = await onTap()
  const complete = Number(/Complete requests:\s+(\d+)/.exec(ab)?.[1] ?? 0)
  const failed = Number(/Failed requests:\s+(\d+)/.exec(ab)?.[1] ?? -1)
  const perSecond = /Requests per second:\s+([\d.]+)/.exec(ab)?.[1] ?? '?'
  const pass = complete === 1000 && failed === 0 && seen?.served >= 1000
  return { figure: `${complete} served, ${failed} failed`, pass, note: pass ? `${perSecond} a second, 32 at once, a process each` : abError.slice(-200) }
}

async function unprivilegedPing() {
  const reason = lacks('ab', 'tcpdump', 'pgrep')
  if (reason !== undefined) return skip(reason)
  const [raw, kind, ...answered] = (await onTap()).seen?.pings ?? []
  const right = answered.filter(Boolean).length
  return { figure: `${right} of 5 answered`, pass: raw === 'EPERM' && kind === 'number' && right === 5, note: `uid 1000; its raw socket: ${raw}` }
}

async function sameAsTcpdump() {
  const reason = lacks('ab', 'tcpdump', 'pgrep')
  if (reason !== undefined) return skip(reason)
  const { seen, capture } = await onTap()
  if (seen === undefined || capture === undefined) return { figure: '', pass: false, note: 'nothing was captured' }
  const theirs = capture.packets.map(({ bytes, data }) => Buffer.from(bytes ?? data).toString('hex'))
  // The two directions are shown in an order of each side's own; within one it is the same. tcpdump began after us and ended before.
  const ours = seen.frames
  const bySource = frames => {
    const found = new Map()
    for (const frame of frames) found.set(frame.slice(12, 24), [...found.get(frame.slice(12, 24)) ?? [], frame])
    return found
  }
  const [mine, its] = [bySource(ours), bySource(theirs)]
  let equal = 0
  const problems = []
  for (const [source, frames] of its) {
    const list = mine.get(source) ?? []
    const first = list.indexOf(frames[0])
    if (first < 0 || frames.some((frame, at) => list[first + at] !== frame)) problems.push(`frames of ${source} differ`)
    else equal += frames.length
  }
  const pass = problems.length === 0 && equal > 5000
  return { figure: `${equal.toLocaleString('en')} frames equal`, pass, note: problems.join('; ') || `ours ${ours.length}, tcpdump ${theirs.length}` }
}

function fuzz() {
  const began = performance.now()
  const { stdout, stderr } = spawnSync('npx', ['vitest', 'run', 'test/fuzz/sys-calls.test.ts'], {
    cwd: ROOT, encoding: 'utf8', env: { ...process.env, FUZZ_CALLS: '340000' }, maxBuffer: 1 << 26, timeout: 1_800_000,
  })
  const pass = /3 passed/.test(stdout)
  return {
    figure: pass ? '1,020,000 calls' : 'a failure', pass,
    note: pass ? `no exception, hang or leak; ${((performance.now() - began) / 1000).toFixed(0)} s` : (stdout + stderr).slice(-300),
  }
}

export const checks = [
  { name: 'epoll: entries visited equal entries ready, 100,000 watched', run: epollCost },
  { name: 'accept with 64 sleeping processes wakes one', run: herd },
  { name: 'a fork server over TAP serves 1,000 connections of ab', run: forkServer },
  { name: 'ping from an unprivileged ping socket, answered by Linux', run: unprivilegedPing },
  { name: 'AF_PACKET sees what tcpdump sees, frame by frame', run: sameAsTcpdump },
  { name: 'fuzzed system calls', run: fuzz },
]
