// The drop-in `dns` over one host: lookup by the host's own names, queries by a resolver on its own UDP. Without servers set
// queries fail as on a machine without any: ECONNREFUSED.

import type * as nodeDgram from 'node:dgram'
import nodeDns from 'node:dns'
import type { RecordType } from 'dns-packet'
import type { Resolve } from '../facade/node-stack.ts'
import { createLookup } from './lookup.ts'
import type { DnsLookup, LookupOptions } from './lookup.ts'
import { HostResolver } from './resolver.ts'
import type { ResolveCallback, ResolverOptions } from './resolver.ts'

export interface NodeDns { readonly dns: typeof nodeDns, readonly lookup: DnsLookup }

/** Method name to record type, as Node has them. */
const METHODS: Readonly<Record<string, string>> = Object.freeze({
  resolve4: 'A', resolve6: 'AAAA', resolveAny: 'ANY', resolveCaa: 'CAA', resolveCname: 'CNAME', resolveMx: 'MX', resolveNaptr: 'NAPTR',
  resolveNs: 'NS', resolvePtr: 'PTR', resolveSoa: 'SOA', resolveSrv: 'SRV', resolveTxt: 'TXT',
})

type AnyFunction = (...args: unknown[]) => unknown

function checked(callback: unknown): ResolveCallback {
  if (typeof callback === 'function') return callback as ResolveCallback
  throw Object.assign(new TypeError('The "callback" argument must be of type function.'), { code: 'ERR_INVALID_ARG_TYPE' })
}

/** resolve, resolve4 ... reverse on `target`, all going through `resolver`. */
function addMethods(target: Record<string, AnyFunction>, resolver: () => HostResolver): void {
  const query = (hostname: unknown, type: string, options: unknown, callback: unknown): void => {
    if (typeof hostname !== 'string') {
      throw Object.assign(new TypeError('The "name" argument must be of type string.'), { code: 'ERR_INVALID_ARG_TYPE' })
    }
    resolver().query(hostname, type as RecordType, (typeof options === 'object' ? options ?? {} : {}), checked(callback))
  }
  for (const [method, type] of Object.entries(METHODS)) {
    target[method] = (hostname, options, callback) => { query(hostname, type, options, callback ?? options) }
  }
  target.resolve = (hostname, type, callback) => {
    query(hostname, typeof type === 'string' ? type : 'A', undefined, callback ?? type)
  }
  target.reverse = (address, callback) => {
    query(`${String(address).split('.').reverse().join('.')}.in-addr.arpa`, 'PTR', undefined, callback)
  }
}

export function createDns(resolve: Resolve, dgram: () => typeof nodeDgram, randomId: () => number): NodeDns {
  const lookup = createLookup(resolve)
  const lookupPromise = (hostname: string, options: LookupOptions | number = {}): Promise<unknown> => new Promise((done, fail) => {
    lookup(hostname, options, (error, address, family) => {
      if (error !== null) fail(error)
      else done(Array.isArray(address) ? address : { address, family })
    })
  })
  const make = (options?: ResolverOptions): HostResolver => new HostResolver(dgram(), [], randomId, options)

  class Resolver {
    private readonly host: HostResolver
    constructor(options?: ResolverOptions) {
      this.host = make(options)
      addMethods(this as unknown as Record<string, AnyFunction>, () => this.host)
    }

    setServers(servers: readonly string[]): void { this.host.setServers(servers) }
    getServers(): string[] { return this.host.getServers() }
    cancel(): void { this.host.cancel() }
    setLocalAddress(): void { /* the route chooses */ }
  }

  let shared: HostResolver | undefined
  const own = (): HostResolver => shared ??= make()
  const methods: Record<string, AnyFunction> = {}
  addMethods(methods, own)
  const promises = { ...nodeDns.promises, lookup: lookupPromise }
  const dns = {
    ...nodeDns, ...methods, lookup, promises, Resolver,
    setServers: (servers: readonly string[]) => { own().setServers(servers) },
    getServers: () => own().getServers(),
  }
  return { dns: dns as unknown as typeof nodeDns, lookup }
}
