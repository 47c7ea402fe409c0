// One host with nothing but its loopback device, on the real clock: what suites, REPLs and first tries need.

import { Trace } from '../../base/trace.ts'
import { createHost } from '../../kernel/host.ts'
import type { Host } from '../../kernel/host.ts'
import { PacketMemory } from '../../wire/packet-memory.ts'
import { cryptoRandomSource } from '../crypto-random.ts'
import { wasmPlatform } from '../packet-platform.ts'
import { RealClock } from '../real-clock.ts'
import { KeepAlive } from './dispatcher.ts'
import type { LookupAddress, NodeStack, Resolve } from './node-stack.ts'

const MEMORY_BYTES = 256 * 1024 * 1024

/** `localhost` in both families; nothing else has a name here. */
const resolveLocalhost: Resolve = (hostname, family) => {
  if (hostname.toLowerCase() !== 'localhost') return Promise.resolve('ENOTFOUND')
  const known: LookupAddress[] = [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }]
  return Promise.resolve(known.filter(each => family === 0 || each.family === family))
}

export function createLoopbackHost(): Host {
  return createHost({
    name: 'localhost',
    clock: new RealClock(),
    random: cryptoRandomSource(),
    memory: new PacketMemory({ bytes: MEMORY_BYTES, platform: wasmPlatform }),
    trace: new Trace(),
  })
}

export function createLoopbackStack(): NodeStack {
  return { process: createLoopbackHost().spawn('node'), resolve: resolveLocalhost, keepAlive: new KeepAlive() }
}
