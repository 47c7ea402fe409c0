// dns.lookup over a host's own name resolution, with Node's argument forms, orders and errors.

import type { LookupAddress, Resolve } from '../facade/node-stack.ts'
import { ADDRCONFIG, ALL, V4MAPPED } from 'node:dns'
import { isIP } from 'node:net'

export interface LookupOptions { family?: number | 'IPv4' | 'IPv6' | undefined, hints?: number, all?: boolean, verbatim?: boolean, order?: string }

type Callback = (error: Error | null, address?: string | LookupAddress[], family?: number) => void

export type DnsLookup = (hostname: string, options: LookupOptions | number | Callback, callback?: Callback) => object

const FAMILIES: Readonly<Record<string, 0 | 4 | 6>> = { IPv4: 4, IPv6: 6, 0: 0, 4: 4, 6: 6 }

/** Node: DNSException for getaddrinfo. */
export function lookupException(code: string, hostname: string): Error {
  const numbers: Readonly<Record<string, number>> = { ENOTFOUND: -3008, EAI_AGAIN: -3001, EAI_FAIL: -3004 }
  return Object.assign(new Error(`getaddrinfo ${code} ${hostname}`), { errno: numbers[code] ?? -3008, code, syscall: 'getaddrinfo', hostname })
}

function invalid(name: string, value: unknown): Error {
  const error = new TypeError(`The argument '${name}' must be one of: 0, 4, 6. Received ${String(value)}`)
  return Object.assign(error, { code: 'ERR_INVALID_ARG_VALUE' })
}

export function createLookup(resolve: Resolve): DnsLookup {
  return function lookup(hostname, optionsOrCallback, maybeCallback) {
    const callback = (typeof optionsOrCallback === 'function' ? optionsOrCallback : maybeCallback)
    if (typeof callback !== 'function') {
      throw Object.assign(new TypeError('The "callback" argument must be of type function. Received undefined'), { code: 'ERR_INVALID_ARG_TYPE' })
    }
    const options: LookupOptions = typeof optionsOrCallback === 'number' ? { family: optionsOrCallback }
      : typeof optionsOrCallback === 'object' && optionsOrCallback !== null ? optionsOrCallback : {}
    const family = FAMILIES[String(options.family ?? 0)]
    if (family === undefined) throw invalid('family', options.family)
    if (((options.hints ?? 0) & ~(ADDRCONFIG | ALL | V4MAPPED)) !== 0) {
      const error = new TypeError(`The argument 'hints' is invalid. Received ${options.hints}`)
      throw Object.assign(error, { code: 'ERR_INVALID_ARG_VALUE' })
    }
    const answer = (addresses: readonly LookupAddress[]): void => {
      if (options.all === true) callback(null, [...addresses])
      else callback(null, addresses[0].address, addresses[0].family)
    }
    const literal = isIP(hostname)
    if (!hostname) {
      process.nextTick(() => {
        if (options.all === true) callback(null, [])
        else callback(null, null as unknown as string, family === 6 ? 6 : 4)
      })
    } else if (literal !== 0) {
      process.nextTick(answer, [{ address: hostname, family: literal as 4 | 6 }])
    } else {
      void resolve(hostname, family).then(found => {
        setImmediate(() => {
          if (typeof found === 'string' || found.length === 0) callback(lookupException(typeof found === 'string' ? found : 'ENOTFOUND', hostname))
          else answer(found)
        })
      })
    }
    return {}
  }
}
