// `sockeye iperf`: the iperf3 protocol on our sockets, as a server or a client; the other side may be iperf3 itself.

import { Command } from 'commander'
import type { ClientOptions, IperfMachine } from '../src/entry/main.ts'
import { IPERF_PORT, IperfFailure, JsonReport, parseIp, runIperfClient, serveIperf, TextReport } from '../src/entry/main.ts'
import type { TestReport } from '../src/entry/main.ts'
import { Failure, setup, usage } from './failure.ts'
import { addStackOptions } from './stack-options.ts'
import type { StackOptionTexts } from './stack-options.ts'
import { runOnStack } from './stack.ts'
import type { Stack } from './stack.ts'

interface IperfOptions extends StackOptionTexts {
  readonly server?: true
  readonly client?: string
  readonly port: string
  readonly one?: true
  readonly udp?: true
  readonly reverse?: true
  readonly bidir?: true
  readonly parallel: string
  readonly time?: string
  readonly bytes?: string
  readonly blockcount?: string
  readonly bitrate?: string
  readonly length?: string
  readonly interval: string
  readonly omit: string
  readonly window?: string
  readonly setMss?: string
  readonly noDelay?: true
  readonly congestion?: string
  readonly json?: true
}

/** `10M`, `1.5G`, `128K`: binary multiples for bytes, decimal ones for rates, as iperf3. */
export function parseAmount(text: string, option: string, unit: 1000 | 1024): number {
  const match = /^(\d+(?:\.\d+)?)([kmgt]?)$/i.exec(text)
  if (match === null) throw usage(`${option} ${text}: write a number such as 500, 64K, 10M or 1G`)
  return Math.round(Number(match[1]) * unit ** ' kmgt'.indexOf(match[2] === '' ? ' ' : match[2].toLowerCase()))
}

function seconds(text: string, option: string): number {
  const value = Number(text)
  if (text.trim() === '' || !(value >= 0 && value <= 86_400)) throw usage(`${option} ${text}: must be seconds from 0 to 86400`)
  return value
}

function portOf(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port < 1 || port > 65535) throw usage(`-p ${text}: must be a port from 1 to 65535`)
  return port
}

/** Also for `sockeye up --iperf`. */
export function iperfMachine(stack: Stack): IperfMachine {
  const { namespace } = stack.host
  return {
    process: stack.spawn('iperf'),
    now: () => namespace.now(),
    random: below => namespace.random.secret.below(below),
    cpuSeconds: () => {
      const { user, system } = process.cpuUsage()
      return { user: user / 1e6, system: system / 1e6 }
    },
  }
}

function reportOf(options: IperfOptions): TestReport {
  return options.json ? new JsonReport(text => { console.log(text) }) : new TextReport(line => { console.log(line) })
}

async function serve(stack: Stack, options: IperfOptions): Promise<number> {
  const port = portOf(options.port)
  const result = await Promise.race([stack.interrupted, serveIperf(iperfMachine(stack), {
    port, oneTest: options.one === true, intervalSec: seconds(options.interval, '-i'), report: () => reportOf(options),
    onReady: () => { if (!options.json) console.log(`Server listening on ${port}`) },
  })])
  if (result instanceof IperfFailure) {
    throw result.errno === 'EADDRINUSE' ? setup(`port ${port}`, result.errno, 'another service has it') : new Failure(`iperf: ${result.toString()}`, 1)
  }
  return 0
}

function clientOptions(options: IperfOptions, host: string): ClientOptions {
  const address = parseIp(host)
  if (address === undefined) throw usage(`-c ${host}: that is no IP address`)
  const amount = (text: string | undefined, option: string, unit: 1000 | 1024 = 1024): number | undefined => (
    text === undefined ? undefined : parseAmount(text, option, unit))
  const given = {
    timeSec: options.time === undefined ? undefined : seconds(options.time, '-t'),
    bytes: amount(options.bytes, '-n'), blocks: amount(options.blockcount, '-k'), bitsPerSec: amount(options.bitrate, '-b', 1000),
    blockBytes: amount(options.length, '-l'), windowBytes: amount(options.window, '-w'), mss: amount(options.setMss, '-M'),
    congestion: options.congestion,
  }
  return {
    host: address, port: portOf(options.port), udp: options.udp === true, reverse: options.reverse === true,
    bidirectional: options.bidir === true, parallel: parseAmount(options.parallel, '-P', 1000), omitSec: seconds(options.omit, '-O'),
    intervalSec: seconds(options.interval, '-i'), noDelay: options.noDelay === true, report: reportOf(options),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  }
}

async function measure(stack: Stack, options: IperfOptions, host: string): Promise<number> {
  const outcome = await Promise.race([stack.interrupted, runIperfClient(iperfMachine(stack), clientOptions(options, host))])
  if (outcome === 'interrupted') return 1
  if (outcome instanceof IperfFailure) throw new Failure(`iperf: ${outcome.toString()}`, 1)
  if (!options.json) console.log('\niperf Done.')
  return 0
}

async function iperf(options: IperfOptions): Promise<number> {
  const { client } = options
  if ((client === undefined) === (options.server === undefined)) throw usage('iperf: say -s to serve or -c ADDRESS to measure')
  if (client !== undefined) clientOptions(options, client)
  return runOnStack(options, stack => (client === undefined ? serve(stack, options) : measure(stack, options, client)))
}

export function iperfCommand(): Command {
  return addStackOptions(new Command('iperf'))
    .description('measure throughput with the iperf3 protocol; iperf3 itself can be the other side')
    .option('-s, --server', 'wait for clients')
    .option('-c, --client <address>', 'run a test against this server')
    .option('-p, --port <number>', 'control port', String(IPERF_PORT))
    .option('-1, --one', 'as a server: end after one test')
    .option('-u, --udp', 'UDP instead of TCP')
    .option('-R, --reverse', 'the server sends')
    .option('--bidir', 'both send')
    .option('-P, --parallel <count>', 'so many streams', '1')
    .option('-t, --time <seconds>', 'how long (default 10)')
    .option('-n, --bytes <amount>', 'so many bytes instead')
    .option('-k, --blockcount <count>', 'so many blocks instead')
    .option('-b, --bitrate <rate>', 'target bits per second and stream (UDP: 1M), 0 for none')
    .option('-l, --length <bytes>', 'block size (TCP 128K, UDP 1448)')
    .option('-i, --interval <seconds>', 'between reports', '1')
    .option('-O, --omit <seconds>', 'leave out the first seconds', '0')
    .option('-w, --window <bytes>', 'socket buffers')
    .option('-M, --set-mss <bytes>', 'maximum segment size')
    .option('-N, --no-delay', 'no Nagle')
    .option('-C, --congestion <name>', 'congestion control')
    .option('-J, --json', 'iperf3\'s JSON')
    .action(async (options: IperfOptions) => { process.exitCode = await iperf(options) })
}
