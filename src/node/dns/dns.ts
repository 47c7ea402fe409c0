// The drop-in `dns` over one host: Node's own Resolver classes on channels of ours, lookups by the host's own names.

import type nodeDns from 'node:dns'
import { allAsNative } from '../facade/as-native.ts'
import { NATIVE_DNS, NATIVE_DNS_PROMISES } from '../facade/native-modules.ts'
import type { NodeStack } from '../facade/node-stack.ts'
import { DnsChannel, serverOf } from './channel.ts'
import type { ChannelOptions } from './channel.ts'
import type { Carriers } from './exchange.ts'
import { createLookup, createLookupPromise, createLookupService, createLookupServicePromise } from './lookup.ts'
import type { ReverseNames } from './lookup.ts'

export interface NodeDns { readonly dns: typeof nodeDns }

type ResolverClass = new (options?: ChannelOptions) => { setServers(servers: readonly string[]): void, _handle: DnsChannel }
type AnyFunction = (...args: unknown[]) => unknown

/** Functions of the module that are methods of one resolver. */
const METHODS = [
  'getServers', 'resolve', 'resolve4', 'resolve6', 'resolveAny', 'resolveCaa', 'resolveCname', 'resolveMx', 'resolveNaptr', 'resolveNs', 'resolvePtr',
  'resolveSoa', 'resolveSrv', 'resolveTlsa', 'resolveTxt', 'reverse',
]

/** Node's class, given a channel of ours. The native one has asked nobody yet. */
function resolverClass(Native: ResolverClass, channel: (options?: ChannelOptions) => DnsChannel): ResolverClass {
  return class Resolver extends Native {
    constructor(options?: ChannelOptions) {
      super(options)
      this._handle = channel({ ...options })
    }
  }
}

/** Methods of a resolver as functions of the module. */
function bound(resolver: object): Record<string, AnyFunction> {
  const methods = resolver as Record<string, AnyFunction | undefined>
  return Object.fromEntries(METHODS.flatMap(name => {
    const method = methods[name]
    return method === undefined ? [] : [[name, (...args: unknown[]) => method.apply(resolver, args)]]
  }))
}

/** As with c-ares: where none is configured, this machine is asked. */
const DEFAULT_SERVERS: readonly string[] = ['127.0.0.1']

const loopbackName: ReverseNames = address => Promise.resolve(address === '127.0.0.1' || address === '::1' ? 'localhost' : undefined)

export function createDns(stack: NodeStack, carriers: Carriers, randomId: () => number): NodeDns {
  const { resolve } = stack
  const servers = (stack.nameServers ?? DEFAULT_SERVERS).map(serverOf)
  const channel = (options?: ChannelOptions): DnsChannel => new DnsChannel(carriers, servers, randomId, options)
  const names: ReverseNames = stack.reverse ?? loopbackName
  const Resolver = resolverClass(NATIVE_DNS.Resolver as unknown as ResolverClass, channel)
  const PromisesResolver = resolverClass(NATIVE_DNS_PROMISES.Resolver as unknown as ResolverClass, channel)
  const promises: Record<string, unknown> = {
    ...NATIVE_DNS_PROMISES, lookup: createLookupPromise(resolve),
    lookupService: createLookupServicePromise(names), Resolver: PromisesResolver,
  }
  const dns: Record<string, unknown> = {
    ...NATIVE_DNS, lookup: createLookup(resolve),
    lookupService: createLookupService(names), Resolver, promises,
  }
  const bind = (...lists: (readonly string[])[]): void => {
    const shared = new Resolver()
    for (const list of lists) shared.setServers(list)
    const sharedPromises = new PromisesResolver()
    sharedPromises._handle = shared._handle
    Object.assign(dns, allAsNative(bound(shared), NATIVE_DNS))
    Object.assign(promises, allAsNative(bound(sharedPromises), NATIVE_DNS_PROMISES))
  }
  // One function each: their names and the notes on them are those of Node's.
  dns.setServers = (list: readonly string[]) => { bind(list) }
  promises.setServers = (list: readonly string[]) => { bind(list) }
  bind()
  allAsNative(dns, NATIVE_DNS)
  allAsNative(promises, NATIVE_DNS_PROMISES)
  return { dns: dns as unknown as typeof nodeDns }
}
