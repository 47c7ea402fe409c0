// One host with nothing but its loopback device, on the real clock: what suites, REPLs and first tries need.

import { Prefix } from '../../base/address/prefix.ts'
import { Trace } from '../../base/trace.ts'
import { createHost } from '../../kernel/host.ts'
import type { Host } from '../../kernel/host.ts'
import { PacketMemory } from '../../wire/packet-memory.ts'
import { cryptoRandomSource } from '../crypto-random.ts'
import { wasmPlatform } from '../packet-platform.ts'
import { RealClock } from '../real-clock.ts'
import { ActiveHandles } from './active-handles.ts'
import { diskPaths } from './disk-paths.ts'
import { KeepAlive, resourceOf } from './dispatcher.ts'
import { hostInterfaces } from './host-interfaces.ts'
import type { LookupAddress, NodeStack, Resolve } from './node-stack.ts'

const MEMORY_BYTES = 256 * 1024 * 1024

/** `localhost` in both families; nothing else has a name here. */
const resolveLocalhost: Resolve = (hostname, family) => {
  if (hostname.toLowerCase() !== 'localhost') return Promise.resolve('ENOTFOUND')
  const known: LookupAddress[] = [{ address: '127.0.0.1', family: 4 }, { address: '::1', family: 6 }]
  return Promise.resolve(known.filter(each => family === 0 || each.family === family))
}

export function createLoopbackHost(): Host {
  const host = createHost({
    name: 'localhost',
    clock: new RealClock(undefined, false),
    random: cryptoRandomSource(),
    memory: new PacketMemory({ bytes: MEMORY_BYTES, platform: wasmPlatform }),
    trace: new Trace(),
  })
  // Groups that name no interface are joined, and sent to, on the only one there is.
  const device = host.namespace.device(1)
  for (const groups of ['224.0.0.0/4', 'ff00::/8']) {
    const destination = Prefix.parse(groups)
    if (device !== undefined && destination !== undefined) host.addRoute({ destination, device })
  }
  return host
}

export function createLoopbackStack(): NodeStack {
  const host = createLoopbackHost()
  const handles = new ActiveHandles()
  return {
    process: host.spawn('node', { hasStandardStreams: true }), resolve: resolveLocalhost, keepAlive: new KeepAlive(), origin: resourceOf('PROGRAM'), files: diskPaths(host),
    interfaces: () => hostInterfaces(host), handles, onHandle: handles.onHandle,
  }
}
