// Node's networking modules bound to one host.

import type * as nodeDgram from 'node:dgram'
import type * as nodeDns from 'node:dns'
import type * as nodeNet from 'node:net'
import { createDgram } from '../dgram/dgram.ts'
import { createDns } from '../dns/dns.ts'
import { createNet } from '../net/net.ts'
import type { NodeStack } from './node-stack.ts'

export interface NodeModules { net: typeof nodeNet, dgram: typeof nodeDgram, dns: typeof nodeDns }

export function createNodeModules(stack: NodeStack): NodeModules {
  const { secret } = stack.process.state.kernel.namespace.random
  // dns queries by dgram, and dgram resolves by dns: the second is made before the first is asked.
  const { dns, lookup } = createDns(stack, () => dgram, () => secret.below(65536))
  const dgram = createDgram(stack, lookup)
  return { net: createNet(stack, lookup), dgram, dns }
}
