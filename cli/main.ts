// The `sockeye` command: its subcommands, and the one place where failures become a line on stderr and an exit code
// (0 done, 1 failed at run time, 2 wrong call or set-up).

import { Command, CommanderError } from 'commander'
import { readFileSync } from 'node:fs'
import { raiseInliningBudget } from '../src/entry/node.ts'
import { Failure } from './failure.ts'

interface Entry {
  readonly summary: string
  /** Loads the command's own file: the others cost a start nothing. */
  readonly load: () => Promise<Command>
}

/** One line a command. */
const COMMANDS: Readonly<Record<string, Entry>> = {
  start: { summary: 'two simulated hosts and a page that tells how it came to your browser', load: async () => (await import('./start.ts')).startCommand() },
  up: { summary: 'be a host on a TAP or TUN device until Ctrl-C, with services', load: async () => (await import('./up.ts')).upCommand() },
  run: { summary: 'run a Node program on our network', load: async () => (await import('./run.ts')).runCommand() },
  get: { summary: 'download over HTTP through our stack', load: async () => (await import('./get.ts')).getCommand() },
  ping: { summary: 'send ICMP echo requests from our stack', load: async () => (await import('./ping.ts')).pingCommand() },
  iperf: { summary: 'measure throughput with the iperf3 protocol', load: async () => (await import('./iperf.ts')).iperfCommand() },
  nc: { summary: 'stdin to a connection and back', load: async () => (await import('./nc.ts')).ncCommand() },
  tcpdump: { summary: 'frames of an instance, as lines or pcapng', load: async () => (await import('./tcpdump.ts')).tcpdumpCommand() },
  drill: { summary: 'run packetdrill scripts against the stack, in virtual time', load: async () => (await import('./drill.ts')).drillCommand() },
  example: { summary: 'play an example program in a simulated world', load: async () => (await import('./example.ts')).exampleCommand() },
  ss: { summary: 'sockets of a running instance', load: async () => (await import('./ss.ts')).ssCommand() },
  netstat: { summary: 'counters of a running instance', load: async () => (await import('./ss.ts')).netstatCommand() },
  ip: { summary: 'addresses, routes, neighbours, links of a running instance', load: async () => (await import('./ss.ts')).ipCommand() },
  sysctl: { summary: 'settings of a running instance', load: async () => (await import('./ss.ts')).sysctlCommand() },
}

function version(): string {
  for (const path of ['../../package.json', '../package.json']) {
    try {
      return (JSON.parse(readFileSync(new URL(path, import.meta.url), 'utf8')) as { version: string }).version
    } catch { /* from dist it stands one higher than from the sources */ }
  }
  return 'unknown'
}

async function build(wanted: string | undefined): Promise<Command> {
  const program = new Command('sockeye')
    .description('A whole TCP/IP socket system in TypeScript: a host of its own on a TAP or TUN device, and tools on it.')
    .version(version())
    .helpCommand(false)
    .enablePositionalOptions()
  for (const [name, { summary, load }] of Object.entries(COMMANDS)) {
    program.addCommand((name === wanted ? await load() : new Command(name)).summary(summary))
  }
  for (const command of [program, ...program.commands]) {
    command.exitOverride().configureOutput({ outputError: () => { /* printed once, below */ } })
  }
  return program
}

function report(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0
    if (error.code === 'commander.help') return 2
    console.error(`sockeye: EINVAL: ${error.message.replace(/^error: /, '').replaceAll('\n', ' ')}; see sockeye ${Object.hasOwn(COMMANDS, process.argv[2] ?? '') ? `${process.argv[2]} ` : ''}--help`)
    return 2
  }
  if (error instanceof Failure) {
    console.error(`sockeye: ${error.message}`)
    return error.exitCode
  }
  console.error(error)
  return 1
}

/** From then on the process is the program's: its streams, its signals, its end. */
const isProgram = process.argv[2] === 'run'

// A reader that has seen enough (`| head`) is no failure of ours.
if (!isProgram) process.stdout.on('error', () => { process.exit(0) })

try {
  raiseInliningBudget()
  await (await build(process.argv[2])).parseAsync()
} catch (error) {
  process.exit(report(error))
}
if (!isProgram) process.exit()
