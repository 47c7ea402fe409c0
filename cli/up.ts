// `sockeye up`: a host on a device, with services, until Ctrl-C.

import { Command } from 'commander'
import { setFlagsFromString } from 'node:v8'
import type { Errno, Service, SocketAddress } from '../src/entry/main.ts'
import {
  chargenTcp, chargenUdp, daytimeTcp, daytimeUdp, discardTcp, discardUdp, echoTcp, echoUdp, httpd, IpAddress, IperfFailure, serveIperf,
} from '../src/entry/main.ts'
import { staticSite } from '../src/entry/node.ts'
import { ControlServer } from './control-server.ts'
import { Failure, setup, usage } from './failure.ts'
import { iperfMachine } from './iperf.ts'
import { addStackOptions } from './stack-options.ts'
import type { StackOptionTexts } from './stack-options.ts'
import { runOnStack } from './stack.ts'
import type { Stack } from './stack.ts'

interface UpOptions extends StackOptionTexts {
  readonly serve: readonly string[]
  readonly echo?: true
  readonly discard?: true
  readonly chargen?: true
  readonly daytime?: true
  readonly iperf?: true
  readonly verbose?: true
}

function wildcard(port: number): SocketAddress {
  return { family: 'AF_INET6', address: IpAddress.ANY6, port, flowinfo: 0, scopeId: 0 }
}

/** `DIR[:PORT]`; a colon that no port follows belongs to the name. */
export function parseServe(text: string): { folder: string, port: number } {
  const match = /^(.+):(\d{1,5})$/.exec(text)
  const port = match === null ? 80 : Number(match[2])
  if (text === '' || port < 1 || port > 65535) throw usage(`--serve ${text}: write it like ./public or ./public:8080`)
  return { folder: match === null ? text : match[1], port }
}

async function serve(stack: Stack, text: string, verbose: boolean): Promise<void> {
  const { folder, port } = parseServe(text)
  const site = await staticSite(folder).catch((error: NodeJS.ErrnoException) => {
    throw new Failure(`--serve ${folder}: ${error.code ?? 'EIO'}: this folder cannot be served`, 2)
  })
  const log = (method: string, target: string, status: number, bytes: number): void => { console.log(`${status} ${bytes} ${method} ${target}`) }
  started(`--serve ${text}`, httpd(stack.spawn('httpd'), {
    site, address: wildcard(port), date: () => new Date().toUTCString(), ...verbose ? { onAnswer: log } : {},
  }))
}

function started(what: string, service: Service | Errno): void {
  if (typeof service === 'string') throw setup(what, service, service === 'EADDRINUSE' ? 'another service has this port' : '')
}

function startSmallServices(stack: Stack, options: UpOptions): void {
  const now = (): string => new Date().toUTCString()
  if (options.echo) {
    started('--echo', echoTcp(stack.spawn('echo'), wildcard(7)))
    started('--echo', echoUdp(stack.spawn('echo'), wildcard(7)))
  }
  if (options.discard) {
    started('--discard', discardTcp(stack.spawn('discard'), wildcard(9)))
    started('--discard', discardUdp(stack.spawn('discard'), wildcard(9)))
  }
  if (options.daytime) {
    started('--daytime', daytimeTcp(stack.spawn('daytime'), wildcard(13), now))
    started('--daytime', daytimeUdp(stack.spawn('daytime'), wildcard(13), now))
  }
  if (options.chargen) {
    started('--chargen', chargenTcp(stack.spawn('chargen'), wildcard(19)))
    started('--chargen', chargenUdp(stack.spawn('chargen'), wildcard(19)))
  }
}

async function startIperf(stack: Stack): Promise<void> {
  let isListening = false
  const serving = serveIperf(iperfMachine(stack), { onReady: () => { isListening = true } })
  if (isListening) return
  const failed = await serving
  if (failed instanceof IperfFailure) throw new Failure(`--iperf: ${failed.errno ?? 'EIO'}: ${failed.what}`, 2)
}

async function up(options: UpOptions): Promise<number> {
  // Some seconds after the last packet V8 would tidy the heap of a host at rest, for 40 ms (its memory reducer, which works
  // by incremental marking). Our heap is small: it is marked at once, when it has grown.
  setFlagsFromString('--no-incremental-marking')
  return runOnStack(options, async stack => {
    const control = await ControlServer.start(stack)
    stack.atClose(() => { control.close() })
    for (const text of options.serve) await serve(stack, text, options.verbose === true)
    startSmallServices(stack, options)
    if (options.iperf) await startIperf(stack)
    console.log('ready')
    await stack.interrupted
    return 0
  })
}

export function upCommand(): Command {
  return addStackOptions(new Command('up'))
    .description('be a host until Ctrl-C; prints `ready` when it is')
    .option('--serve <dir[:port]>', 'serve this folder over HTTP (port 80; repeatable)', (value: string, before: readonly string[]) => [...before, value], [])
    .option('--echo', 'echo service, port 7')
    .option('--discard', 'discard service, port 9')
    .option('--daytime', 'daytime service, port 13')
    .option('--chargen', 'character generator, port 19')
    .option('--iperf', 'the iperf3 protocol, port 5201')
    .option('-v, --verbose', 'print a line for each answer')
    .action(async (options: UpOptions) => { process.exitCode = await up(options) })
}
