// What a whole program stands on: one process of a host, names as the machine knows them, and Node kept running while the
// program waits for the network.

import { createAskServers } from '../dns/ask-servers.ts'
import { createHostNames } from '../dns/host-names.ts'
import type { Host } from '../../kernel/host.ts'
import { ActiveHandles } from './active-handles.ts'
import { diskPaths } from './disk-paths.ts'
import { hostInterfaces } from './host-interfaces.ts'
import { KeepAlive, resourceOf } from './dispatcher.ts'
import type { NodeStack } from './node-stack.ts'

export interface ProgramStackOptions {
  readonly name?: string
  /** `ADDRESS`, `ADDRESS:PORT`, `[ADDRESS]:PORT`; none: names come from the hosts file only. */
  readonly nameServers?: readonly string[]
}

export function createProgramStack(host: Host, options: ProgramStackOptions = {}): NodeStack {
  const servers = options.nameServers ?? []
  const has6 = (): boolean => host.ip.addresses().some(({ address }) => address.family === 6 && !address.isLinkLocal && !address.isLoopback)
  const handles = new ActiveHandles()
  const stack: NodeStack = {
    process: host.spawn(options.name ?? 'node', { hasStandardStreams: true }),
    ...createHostNames(servers.length === 0 ? undefined : createAskServers(() => stack, servers), has6),
    keepAlive: new KeepAlive(),
    origin: resourceOf('PROGRAM'),
    files: diskPaths(host),
    interfaces: () => hostInterfaces(host),
    handles,
    onHandle: handles.onHandle,
    ...servers.length === 0 ? {} : { nameServers: servers },
  }
  return stack
}
