// `sockeye start`, which is `npm start`: two simulated hosts on the real clock, a web page from one of them through our
// TCP to a real browser, and the page tells how it came.

import { Command } from 'commander'
import { parseImpair } from '../src/entry/main.ts'
import { usage } from './failure.ts'
import { simulatedNetwork } from './start/demo-network.ts'
import { tapNetwork } from './start/tap-network.ts'
import { Terminal } from './start/terminal.ts'

interface StartOptions {
  readonly port: string
  readonly impair: string
  readonly tap?: string
  readonly all?: true
  readonly quiet?: true
}

function readPort(text: string): number {
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65535) throw usage(`--port ${text}: must be a number from 0 to 65535`)
  return port
}

function untilInterrupted(): Promise<void> {
  return new Promise(resolve => {
    let count = 0
    const onSignal = (): void => {
      count++
      if (count > 1) process.exit(1)
      resolve()
    }
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal).on('SIGHUP', onSignal)
  })
}

async function start(options: StartOptions): Promise<number> {
  const port = readPort(options.port)
  const plan = parseImpair(options.impair)
  if (typeof plan === 'string') throw usage(`--impair: ${plan}`)
  const interrupted = untilInterrupted()
  const network = options.tap === undefined
    ? await simulatedNetwork(plan, options.impair, port)
    : await tapNetwork(options.tap, plan, options.impair, port)
  const terminal = options.quiet ? undefined : new Terminal(network.story, options.all === true)
  const [first, ...others] = network.urls
  const [client, server] = network.story.hosts
  console.log(`
  Sockeye is up: ${client} ══ ${network.story.link} ══ ${server}

  Open   ${first}${others.length > 0 ? `   (or ${others.join(', ')})` : ''}
  or     curl ${first}story.txt

  Every packet that crosses the cable is printed here. Ctrl-C ends it.
`)
  await interrupted
  terminal?.close()
  await network.close()
  console.log('\nSockeye is down.')
  return 0
}

export function startCommand(): Command {
  return new Command('start')
    .description('two simulated hosts, a web page through our TCP to your browser, and the page tells how it came')
    .option('--port <number>', 'the port of 127.0.0.1 that leads in (0: any free one)', '8080')
    .option('--impair <spec>', 'what the cable does, each way', 'delay 20ms loss 1%')
    .option('--tap <name>', 'be on a TAP device instead, with this machine\'s kernel in pc\'s place (needs root)')
    .option('--all', 'print the packets of the page\'s live feed too')
    .option('--quiet', 'print no packets')
    .action(async (options: StartOptions) => { process.exitCode = await start(options) })
}
