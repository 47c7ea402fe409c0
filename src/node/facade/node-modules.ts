// Node's networking modules bound to one host.

import type * as nodeDgram from 'node:dgram'
import type * as nodeDns from 'node:dns'
import type * as nodeNet from 'node:net'
import { createDgram } from '../dgram/dgram.ts'
import { createDns } from '../dns/dns.ts'
import type { DnsLookup } from '../dns/lookup.ts'
import { createNet } from '../net/net.ts'
import type { NodeStack } from './node-stack.ts'

export interface NodeModules { net: typeof nodeNet, dgram: typeof nodeDgram, dns: typeof nodeDns }

export function createNodeModules(stack: NodeStack): NodeModules {
  const { secret } = stack.process.state.kernel.namespace.random
  // dns asks by dgram and net, and these resolve by dns: they are made before it is asked.
  const { dns } = createDns(stack, { dgram: () => dgram, net: () => net, stub: stack.nameStub }, () => secret.below(65536))
  // What programs put in its place is asked, as of Node's own.
  const lookup = (...args: Parameters<DnsLookup>): object => (dns.lookup as unknown as DnsLookup)(...args)
  const dgram = createDgram(stack, () => dns.lookup)
  const net = createNet(stack, lookup)
  return { net, dgram, dns }
}
