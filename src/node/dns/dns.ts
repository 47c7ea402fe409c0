// The drop-in `dns` over one host. Names are resolved by the host (its hosts table, later its resolver); the record queries of
// c-ares are not offered until the resolver service is there and fail as a host without servers does.

import nodeDns from 'node:dns'
import type { Resolve } from '../facade/node-stack.ts'
import { createLookup } from './lookup.ts'
import type { DnsLookup, LookupOptions } from './lookup.ts'

export interface NodeDns { readonly dns: typeof nodeDns, readonly lookup: DnsLookup }

export function createDns(resolve: Resolve): NodeDns {
  const lookup = createLookup(resolve)
  const lookupPromise = (hostname: string, options: LookupOptions | number = {}): Promise<unknown> => new Promise((done, fail) => {
    lookup(hostname, options, (error, address, family) => {
      if (error !== null) fail(error)
      else done(Array.isArray(address) ? address : { address, family })
    })
  })
  const promises = { ...nodeDns.promises, lookup: lookupPromise }
  return { dns: { ...nodeDns, lookup, promises } as unknown as typeof nodeDns, lookup }
}
