// `sockeye nc`: stdin to a connection, the connection to stdout; as a client or listening, TCP or UDP.

import { Command } from 'commander'
import type { Process, SocketAddress } from '../src/entry/main.ts'
import { AF_INET, AF_INET6, IpAddress, SHUT_WR, SO_REUSEADDR, SOCK_DGRAM, SOCK_STREAM, SOL_SOCKET } from '../src/entry/main.ts'
import { atRunTime, Failure, setup, usage } from './failure.ts'
import { describeAddress, lookUp, socketAddress } from './names.ts'
import { writeAll } from './output.ts'
import { addStackOptions } from './stack-options.ts'
import type { StackOptionTexts } from './stack-options.ts'
import { runOnStack } from './stack.ts'
import type { Stack } from './stack.ts'

interface NcOptions extends StackOptionTexts {
  readonly listen?: true
  readonly udp?: true
  readonly keep?: true
  readonly zero?: true
  readonly verbose?: true
  readonly sourcePort?: string
  readonly wait?: string
}

const BUFFER_BYTES = 65536

function port(text: string): number {
  const value = Number(text)
  if (!/^\d{1,5}$/.test(text) || value > 65535) throw usage(`port ${text}: must be a number from 0 to 65535`)
  return value
}

/** What stands on the command line: `HOST PORT`, or with -l `[ADDRESS] PORT`. */
function target(stack: Stack, operands: readonly string[], isListening: boolean): SocketAddress {
  const [first, second] = operands
  if (second !== undefined) return socketAddress(lookUp(first, stack.options.addresses), port(second))
  if (!isListening) throw usage('nc needs a host and a port')
  return { family: 'AF_INET6', address: IpAddress.ANY6, port: port(first), flowinfo: 0, scopeId: 0 }
}

function openSocket(process: Process, address: SocketAddress, options: NcOptions): number {
  const fd = process.sys.socket(address.family === 'AF_INET' ? AF_INET : AF_INET6, options.udp ? SOCK_DGRAM : SOCK_STREAM, 0)
  if (typeof fd === 'string') throw atRunTime('socket', fd)
  process.sys.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1)
  return fd
}

async function upload(process: Process, fd: number, isStream: boolean): Promise<void> {
  for await (const chunk of globalThis.process.stdin) {
    const sent = await process.sendall(fd, chunk as Uint8Array)
    if (typeof sent === 'string') throw atRunTime('send', sent)
  }
  if (isStream) process.sys.shutdown(fd, SHUT_WR)
}

async function download(process: Process, fd: number, isStream: boolean, waitMs: number): Promise<void> {
  const buffer = new Uint8Array(BUFFER_BYTES)
  for (;;) {
    if (waitMs >= 0 && await process.poll([{ fd, events: 1, revents: 0 }], waitMs) === 0) return
    const got = await process.recv(fd, buffer, 0, buffer.length, 0)
    if (typeof got === 'string') throw atRunTime('recv', got)
    if (got === 0 && isStream) return
    writeAll(1, buffer, got)
  }
}

/** Both ways until the peer is done; what stdin still has is of no use then. */
async function talk(process: Process, fd: number, options: NcOptions): Promise<void> {
  const isStream = options.udp !== true
  const up = upload(process, fd, isStream)
  const failed = new Promise<never>((_resolve, reject) => { up.catch(reject) })
  await Promise.race([download(process, fd, isStream, waitMs(options)), failed])
  process.sys.close(fd)
}

function waitMs(options: NcOptions): number {
  if (options.wait === undefined) return -1
  const seconds = Number(options.wait)
  if (!(seconds > 0 && seconds <= 86400)) throw usage(`-w ${options.wait}: must be a number of seconds`)
  return seconds * 1000
}

async function client(process: Process, address: SocketAddress, options: NcOptions): Promise<void> {
  const fd = openSocket(process, address, options)
  if (options.sourcePort !== undefined) {
    const any = address.family === 'AF_INET' ? IpAddress.ANY4 : IpAddress.ANY6
    const bound = process.sys.bind(fd, socketAddress(any, port(options.sourcePort)))
    if (typeof bound === 'string') throw setup(`-p ${options.sourcePort}`, bound)
  }
  const connected = await process.connect(fd, address)
  if (typeof connected === 'string') throw atRunTime(describeAddress(address), connected)
  if (options.verbose) console.error(`connected to ${describeAddress(address)}`)
  if (options.zero) process.sys.close(fd)
  else await talk(process, fd, options)
}

async function listen(process: Process, address: SocketAddress, options: NcOptions): Promise<void> {
  const fd = openSocket(process, address, options)
  const bound = process.sys.bind(fd, address)
  if (typeof bound === 'string') throw setup(`-l ${describeAddress(address)}`, bound)
  if (options.udp) return listenUdp(process, fd, options)
  const listening = process.sys.listen(fd, 8)
  if (typeof listening === 'string') throw setup(`-l ${describeAddress(address)}`, listening)
  if (options.verbose) console.error(`listening on ${describeAddress(address)}`)
  do {
    const peer = { address: undefined as SocketAddress | undefined }
    const connection = await process.accept(fd, peer)
    if (typeof connection === 'string') throw atRunTime('accept', connection)
    if (options.verbose) console.error(`connection from ${describeAddress(peer.address)}`)
    await talk(process, connection, options)
  } while (options.keep)
}

/** The first one who sends becomes the peer. */
async function listenUdp(process: Process, fd: number, options: NcOptions): Promise<void> {
  const buffer = new Uint8Array(BUFFER_BYTES)
  const from = { address: undefined as SocketAddress | undefined }
  const got = await process.recvfrom(fd, buffer, 0, buffer.length, 0, from)
  if (typeof got === 'string' || from.address === undefined) throw new Failure(`recvfrom: ${String(got)}`, 1)
  writeAll(1, buffer, got)
  const connected = process.sys.connect(fd, from.address)
  if (typeof connected === 'string') throw atRunTime('connect', connected)
  await talk(process, fd, options)
}

async function nc(operands: readonly string[], options: NcOptions): Promise<number> {
  return runOnStack(options, async stack => {
    const address = target(stack, operands, options.listen === true)
    const process = stack.spawn('nc')
    const work = options.listen ? listen(process, address, options) : client(process, address, options)
    return await Promise.race([stack.interrupted, work]) === 'interrupted' ? 1 : 0
  })
}

export function ncCommand(): Command {
  return addStackOptions(new Command('nc'))
    .description('stdin to a connection and back: HOST PORT, or -l [ADDRESS] PORT')
    .argument('<operands...>')
    .option('-l, --listen', 'wait for a connection')
    .option('-u, --udp', 'datagrams')
    .option('-k, --keep', 'with -l: serve one after the other')
    .option('-z, --zero', 'connect only')
    .option('-p, --source-port <port>', 'as a client: our port')
    .option('-w, --wait <seconds>', 'end after so long without data')
    .option('-v, --verbose', 'say who is connected')
    .action(async (operands: string[], options: NcOptions) => { process.exitCode = await nc(operands, options) })
}
