// The network under a whole program: a host on the device that the stack options name, or one with nothing but loopback.
// Node's modules stand on it from here to the process's end, which closes what the program left open.

import { isMainThread } from 'node:worker_threads'
import type { Host } from '../src/entry/main.ts'
import { parseIp } from '../src/entry/main.ts'
import { createLoopbackHost, createProgramStack, installBuiltins, preloadInWorkers } from '../src/entry/node.ts'
import { ControlServer } from './control-server.ts'
import { setup, usage } from './failure.ts'
import { readStackOptions } from './stack-options.ts'
import type { StackOptionTexts } from './stack-options.ts'
import { openStack } from './stack.ts'

export interface ProgramOptionTexts extends StackOptionTexts {
  readonly dns: readonly string[]
}

/** The kernel goes on for minutes with the connections of a program that has ended; we do for a moment. */
const LAST_SEGMENTS_MS = 2000
const LOOK_AGAIN_MS = 10
const ENDING_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

function checkServers(servers: readonly string[]): void {
  for (const text of servers) {
    const bare = /^\[([^\]]+)\](?::\d+)?$/.exec(text)?.[1] ?? /^([^:]+):\d+$/.exec(text)?.[1] ?? text
    if (parseIp(bare) === undefined) throw usage(`--dns ${text}: write it like 198.18.0.1, 198.18.0.1:5353 or [fd00:5eed::1]:53`)
  }
}

/** While connections say goodbye, a program that has nothing left to do waits. */
function lingerAtEnd(host: Host): void {
  const began = { at: 0 }
  const linger = (): void => {
    if (host.closingConnections() === 0) return
    began.at = began.at === 0 ? performance.now() : began.at
    if (performance.now() - began.at < LAST_SEGMENTS_MS) setTimeout(() => undefined, LOOK_AGAIN_MS)
  }
  process.on('beforeExit', linger)
}

/** Peers are told: by what closing sends at once, as nothing runs any more after this event. */
function closeAtExit(host: Host, release: () => void): void {
  process.once('exit', () => {
    for (const each of [...host.processes]) each.exit(0)
    release()
  })
  // A signal that the program does not handle ends it as ever, after its exit event.
  for (const signal of ENDING_SIGNALS) {
    const onSignal = (): void => {
      if (process.listenerCount(signal) > 1) return
      for (const each of [...host.processes]) each.exit(0)
      process.off(signal, onSignal)
      process.kill(process.pid, signal)
    }
    process.on(signal, onSignal)
  }
}

function loopbackOnly(texts: ProgramOptionTexts): Host {
  const stray = (['capture', 'impair', 'mac', 'mtu', 'busyPoll'] as const).find(name => texts[name] !== undefined)
  if (stray !== undefined || texts.hostAddress.length + texts.address.length + texts.gateway.length > 0) {
    throw usage('these options need a device: --tap NAME or --tun NAME; without one the program has loopback only')
  }
  const host = createLoopbackHost()
  for (const text of texts.sysctl) {
    const [name, value = ''] = text.split(/=(.*)/s)
    const result = host.setSysctl(name, value)
    if (typeof result === 'string') throw setup(`--sysctl ${text}`, result)
  }
  return host
}

/** Throws Failure for what is wrong. Worker threads cannot share the device: each has a loopback-only host of its own. */
export async function attachProgram(texts: ProgramOptionTexts, name: string): Promise<void> {
  checkServers(texts.dns)
  preloadInWorkers(new URL('./register.js', import.meta.url).href)
  const hasDevice = isMainThread && (texts.tap !== undefined || texts.tun !== undefined)
  if (!hasDevice) {
    const stack = createProgramStack(isMainThread ? loopbackOnly(texts) : createLoopbackHost(), { name, nameServers: texts.dns })
    installBuiltins(() => stack)
    return
  }
  const attached = await openStack(readStackOptions(texts), false)
  const control = await ControlServer.start(attached)
  attached.atClose(() => { control.close() })
  const stack = createProgramStack(attached.host, { name, nameServers: texts.dns })
  lingerAtEnd(attached.host)
  closeAtExit(attached.host, () => { attached.release() })
  installBuiltins(() => stack)
}
