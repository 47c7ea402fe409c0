// Our stack on a TAP device against the kernel's own two stacks over a veth pair, alternately, by the same iperf3 on the
// same cores. "in" is what we receive, "out" what we send.

import { fileURLToPath } from 'node:url'
import { hasProgram, Namespaces, whyNoNamespaces } from './netns.ts'
import { median } from './result.ts'
import type { Figure, Row, Section } from './result.ts'

const ROUNDS = 3
const SERVER_CPU = 0
const CLIENT_CPU = 1
const SOCKEYE = fileURLToPath(new URL('../cli/main.js', import.meta.url))
const PEER = fileURLToPath(new URL('../../bench/tap-peer.mjs', import.meta.url))

interface Setting { readonly name: string, readonly namespace: string, readonly host: string, readonly echoPort: number }

async function iperf(namespaces: Namespaces, setting: Setting, isOut: boolean, seconds: number): Promise<number> {
  const command = ['iperf3', '-c', setting.host, '-t', String(seconds), '-J', ...isOut ? ['-R'] : []]
  const text = await namespaces.run(setting.namespace, CLIENT_CPU, command, (seconds + 15) * 1000)
  const answer = JSON.parse(text) as { end: { sum_received: { bits_per_second: number } } }
  return answer.end.sum_received.bits_per_second / 1e9
}

async function roundTrips(namespaces: Namespaces, setting: Setting, kind: 'rr' | 'crr', seconds: number): Promise<number> {
  const command = [process.execPath, PEER, kind, setting.host, String(setting.echoPort), String(seconds)]
  return Number(await namespaces.run(setting.namespace, CLIENT_CPU, command, (seconds + 15) * 1000))
}

async function kernelPair(namespaces: Namespaces): Promise<Setting> {
  const [near, far] = [namespaces.make('a'), namespaces.make('b')]
  namespaces.join(near, far, '198.18.0.1/24', '198.18.0.2/24')
  await namespaces.start(far, SERVER_CPU, ['iperf3', '-s', '--forceflush'], 'listening')
  await namespaces.start(far, SERVER_CPU, [process.execPath, PEER, 'echo', '7'], 'ready')
  return { name: 'kernel veth', namespace: near, host: '198.18.0.2', echoPort: 7 }
}

async function ourHost(namespaces: Namespaces, label: string, options: readonly string[]): Promise<Setting> {
  const namespace = namespaces.make(label)
  await namespaces.start(namespace, SERVER_CPU, [
    process.execPath, SOCKEYE, 'up', '--tap', 't0', '--host-address', '198.18.1.1/24', '--address', '198.18.1.2/24', '--iperf', '--echo', ...options,
  ], 'ready')
  return { name: label, namespace, host: '198.18.1.2', echoPort: 7 }
}

type Measure = (setting: Setting) => Promise<number>

/** Alternately, so that what the machine does meanwhile hits both. */
async function compare(ours: Setting, kernel: Setting, measure: Measure): Promise<{ ours: number, kernel: number }> {
  const figures = { ours: [] as number[], kernel: [] as number[] }
  for (let round = 0; round < ROUNDS; round++) {
    figures.kernel.push(await measure(kernel))
    figures.ours.push(await measure(ours))
  }
  return { ours: median(figures.ours), kernel: median(figures.kernel) }
}

export async function tap(seconds: number): Promise<Section> {
  const title = 'TAP against the kernel'
  const reason = whyNoNamespaces() ?? ['iperf3', 'taskset'].filter(name => !hasProgram(name)).map(name => `needs the program ${name}`)[0]
  if (reason !== undefined) return { title, rows: [{ name: title, skipped: reason }] }
  const namespaces = new Namespaces()
  const rows: Row[] = []
  const add = async (name: string, unit: Figure['unit'], ours: Setting, kernel: Setting, measure: Measure, least?: number): Promise<void> => {
    try {
      const found = await compare(ours, kernel, measure)
      rows.push({
        name, unit, value: found.ours, against: { name: kernel.name, value: found.kernel },
        ...least === undefined ? {} : { bar: { of: 'ratio', least } },
      })
    } catch (error) {
      rows.push({ name, skipped: error instanceof Error ? error.message : String(error) })
    }
  }
  try {
    const kernel = await kernelPair(namespaces)
    const fast = await ourHost(namespaces, 'c', [])
    const plain = await ourHost(namespaces, 'd', ['--no-offload'])
    const bulk = (isOut: boolean): Measure => setting => iperf(namespaces, setting, isOut, seconds)
    await add('bulk in, offload', 'Gbit/s', fast, kernel, bulk(false), 0.5)
    await add('bulk out, offload', 'Gbit/s', fast, kernel, bulk(true), 0.5)
    await add('bulk in, no offload', 'Gbit/s', plain, kernel, bulk(false))
    await add('bulk out, no offload', 'Gbit/s', plain, kernel, bulk(true))
    await add('round trips', 'round trips/s', fast, kernel, setting => roundTrips(namespaces, setting, 'rr', seconds))
    await add('connections', 'connections/s', fast, kernel, setting => roundTrips(namespaces, setting, 'crr', Math.min(2, seconds)))
  } finally {
    namespaces.close()
  }
  return { title, rows }
}
