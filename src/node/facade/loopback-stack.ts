// One host with nothing but its loopback device, on the real clock: what suites, REPLs and first tries need.

import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { Trace } from '../../base/trace.ts'
import { createHost } from '../../kernel/host.ts'
import type { Host } from '../../kernel/host.ts'
import { PacketMemory } from '../../wire/packet-memory.ts'
import { cryptoRandomSource } from '../crypto-random.ts'
import { wasmPlatform } from '../packet-platform.ts'
import { RealClock } from '../real-clock.ts'
import { KeepAlive } from './dispatcher.ts'
import type { LookupAddress, NodeStack, Resolve, SocketPaths } from './node-stack.ts'

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
    clock: new RealClock(undefined, false),
    random: cryptoRandomSource(),
    memory: new PacketMemory({ bytes: MEMORY_BYTES, platform: wasmPlatform }),
    trace: new Trace(),
  })
}

/** The host's file system with the real one's folders in it as they are needed. */
export function socketPaths(host: Host): SocketPaths {
  return {
    prepareBind(path) {
      const folder = dirname(path)
      if (!existsSync(folder)) return
      const names = folder.split('/').filter(each => each !== '')
      names.forEach((_, i) => { host.files.mkdir(`/${names.slice(0, i + 1).join('/')}`, '/') })
    },
    missing: path => existsSync(path) ? 'ECONNREFUSED' : 'ENOENT',
    unlink(path) { host.files.unlink(path, '/') },
  }
}

export function createLoopbackStack(): NodeStack {
  const host = createLoopbackHost()
  return { process: host.spawn('node'), resolve: resolveLocalhost, keepAlive: new KeepAlive(), files: socketPaths(host) }
}
