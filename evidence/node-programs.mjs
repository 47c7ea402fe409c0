// The test kit's promises: a big world in little time, a thousand seeds over all cores, the same trace in every run and every Node,
// own servers for the same name, and reports that name host, socket and line. SOCKEYE_EVIDENCE_MINUTES (default 10) and
// SOCKEYE_EVIDENCE_SEEDS (default 1000) make it shorter; SOCKEYE_EVIDENCE_NODES lists further Node programs, else npm's `node` package
// is installed into a temporary folder for the other major version.
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { availableParallelism, loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createWorld, explore, inWorld } from '../dist/src/entry/test.js'
import { versionOf, withNode } from './support/other-node.mjs'

const MINUTES = Number(process.env.SOCKEYE_EVIDENCE_MINUTES ?? 10)
const SEEDS = Number(process.env.SOCKEYE_EVIDENCE_SEEDS ?? 1000)
const LIMIT_SECONDS = 20
const here = name => fileURLToPath(new URL(`support/${name}`, import.meta.url))
const load = () => `load ${loadavg()[0].toFixed(1)} on ${availableParallelism()} cores`

function bigWorld() {
  const result = JSON.parse(execFileSync(process.execPath, [here('chat-run.mjs'), String(MINUTES)], { encoding: 'utf8' }))
  const { seconds, cpuSeconds, deliveries, open } = result
  return {
    figure: `${seconds.toFixed(1)} s`, pass: seconds < LIMIT_SECONDS && deliveries > 900 * MINUTES * 60,
    note: `${MINUTES} virtual minutes, 50 hosts, ${open} sockets, ${deliveries} messages delivered, ${cpuSeconds.toFixed(1)} s of processor, ${load()}`,
  }
}

async function manySeeds() {
  const folder = mkdtempSync(join(tmpdir(), 'sockeye-'))
  try {
    const found = await explore({ seeds: SEEDS, scenario: here('explore-scenario.mjs'), artifacts: folder })
    const files = found.smallest?.folder === undefined ? [] : readdirSync(found.smallest.folder)
    return {
      figure: `${found.ran} seeds in ${found.seconds.toFixed(1)} s`, pass: found.ran === SEEDS && found.smallest !== undefined && files.includes('world.pcapng'),
      note: `${availableParallelism()} workers; ${found.failures.length} failed, the smallest is ${found.smallest?.seed}; saved: ${files.join(', ')}; ${load()}`,
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function hashWith(node, seed) {
  const { stdout, stderr, status } = spawnSync(node, [here('mixed-world.mjs'), String(seed)], { encoding: 'utf8', timeout: 120_000 })
  if (status !== 0) throw new Error(stderr.slice(-500))
  return stdout.trim()
}

function sameTwice() {
  const [first, again, other] = [1, 1, 2].map(seed => hashWith(process.execPath, seed))
  return { figure: first.slice(0, 16), pass: first === again && first !== other, note: 'two processes, seed 1; seed 2 differs' }
}

function acrossNodes() {
  const compare = others => {
    const hashes = [process.execPath, ...others].map(node => [versionOf(node), hashWith(node, 1)])
    return { figure: hashes[0][1].slice(0, 16), pass: hashes.every(([, hash]) => hash === hashes[0][1]), note: hashes.map(([version]) => version).join(', ') }
  }
  const given = (process.env.SOCKEYE_EVIDENCE_NODES ?? '').split(',').filter(each => each !== '')
  return given.length > 0 ? compare(given) : withNode(process.version.startsWith('v24') ? 20 : 24, node => compare([node]))
}

async function ownServers() {
  const world = await createWorld({ seed: 1 })
  try {
    const [a, b, one, two] = ['a', 'b', 'one', 'two'].map(name => world.host(name))
    world.lan([a, b, one, two], 'delay 1ms')
    const serve = ({ http, host }) => { http.createServer((_, response) => response.end(host.name)).listen(80) }
    for (const server of [one, two]) await server.run(serve)
    a.names.set('api.example', 'one')
    b.names.set('api.example', 'two')
    const ask = async () => (await fetch('http://api.example/')).text()
    const answers = await Promise.all([a.run(ask), b.run(ask)])
    return { figure: answers.join(', '), pass: answers.join() === 'one,two', note: 'fetch(\'http://api.example/\') on two hosts' }
  } finally {
    await world.close()
  }
}

/** Runs a bad program; the first line that names its line of this file. */
async function reportOf(body, noLeaks = false) {
  try {
    await inWorld({ artifacts: '', tells: false, noLeaks }, body)
  } catch (error) {
    return error.message
  }
  return 'nothing was told'
}

function reported(name, body, pattern, noLeaks) {
  return {
    name: `a program that ${name} is told with host, place and line`,
    run: async () => {
      const report = await reportOf(body, noLeaks)
      return { figure: pattern.test(report) ? 'told' : 'not told', pass: pattern.test(report), note: report.split('\n').slice(0, 1).join('').slice(0, 140) }
    },
  }
}

const pairOf = world => {
  const [server, client] = [world.host('server'), world.host('client')]
  world.link(server, client)
  return { server, client }
}

export const checks = [
  { name: `50 hosts, 1,000 connections, ${MINUTES} virtual minutes of chat, 3 partitions, in ${LIMIT_SECONDS} s`, run: bigWorld },
  { name: `${SEEDS} seeds over all cores`, run: manySeeds },
  { name: 'the same trace hash in two runs', run: sameTwice },
  { name: 'the same trace hash on Node 20 and 24', run: acrossNodes },
  { name: 'two hosts that fetch the same name get their own servers', run: ownServers },
  reported('hangs', async world => {
    const { server, client } = pairOf(world)
    await server.run(({ net }) => { net.createServer().listen(80) })
    await client.run(({ net }) => new Promise(resolve => { net.connect(80, 'server').on('data', resolve) }))
  }, /host client hangs[^]*socket TCP 10\.0\.0\.2:\d+ -> 10\.0\.0\.1:80, opened at .*node-programs\.mjs:\d+/),
  reported('throws', async world => {
    await world.host('h').run(() => { setTimeout(() => { throw new Error('oh no') }, 1000) })
    await world.runFor('2s')
  }, /host h threw: Error: oh no[^]*node-programs\.mjs:\d+/),
  reported('leaks a socket', async world => {
    await world.host('h').run(({ dgram }) => { dgram.createSocket('udp4').bind(53) })
    await world.runFor('1s')
  }, /1 sockets were left open\nhost h: UDP 0\.0\.0\.0:53, opened at .*node-programs\.mjs:\d+/, true),
  reported('exits early', async world => {
    await world.host('h').run(() => new Promise(() => undefined))
  }, /waits in .*node-programs\.mjs:\d+[^]*Node would exit here, early, with code 13/),
]
