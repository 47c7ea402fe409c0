// dns.lookup and lookupService over a host's own names. Node's own functions judge the arguments and answer what needs no
// network (addresses, the empty name); only a name goes to the host.

import { isIP } from 'node:net'
import { ALL, V4MAPPED } from 'node:dns'
import { NATIVE_DNS, NATIVE_DNS_PROMISES } from '../facade/native-modules.ts'
import { classicAddress } from './classic-address.ts'
import { asResource } from '../facade/dispatcher.ts'
import type { LookupAddress, Resolve } from '../facade/node-stack.ts'

export interface LookupOptions {
  family?: number | 'IPv4' | 'IPv6' | undefined
  hints?: number
  all?: boolean
  verbatim?: boolean
  order?: string
}

type Callback = (error: Error | null, address?: string | LookupAddress[], family?: number) => void
type ServiceCallback = (error: Error | null, hostname?: string, service?: string) => void

export type DnsLookup = (hostname: string, options: LookupOptions | number | Callback, callback?: Callback) => object

type AnyFunction = (...args: unknown[]) => unknown

/** What a call answers, and what its callback is called on: programs see its class and what it was asked. */
class GetAddrInfoReqWrap {
  readonly callback: Callback
  readonly family: number
  readonly hostname: string
  readonly oncomplete: (found: LookupAddress[] | string) => void

  constructor(callback: Callback, { family, all }: Question, hostname: string) {
    this.callback = callback
    this.family = family
    this.hostname = hostname
    this.oncomplete = asResource('GETADDRINFOREQWRAP', (found: LookupAddress[] | string) => {
      if (typeof found === 'string') this.callback(dnsException(found, 'getaddrinfo', hostname))
      else if (all) this.callback(null, found)
      else this.callback(null, found[0].address, found[0].family)
    })
  }
}

class GetNameInfoReqWrap {
  readonly callback: ServiceCallback
  readonly hostname: string
  readonly port: number
  readonly oncomplete: (name: string) => void

  constructor(callback: ServiceCallback, hostname: string, port: number) {
    this.callback = callback
    this.hostname = hostname
    this.port = port
    const tell = (name: string): void => { this.callback(null, name, serviceName(port)) }
    this.oncomplete = asResource('GETNAMEINFOREQWRAP', tell)
  }
}

/** libuv's numbers of getaddrinfo's errors. */
const NUMBERS: Readonly<Record<string, number>> = {
  ENOTFOUND: -3008, EAI_AGAIN: -3001, EAI_FAIL: -3004, EAI_ADDRFAMILY: -3000, EINVAL: -22,
}
/** libuv's place for a name. */
const LONGEST_NAME = 255
/** An address with which Node's own function judges the other arguments and asks nobody. */
const HARMLESS = '127.0.0.1'
/** What getnameinfo says of ports: the names everybody's services file begins with. */
const SERVICES: Readonly<Record<number, string>> = {
  7: 'echo', 9: 'discard', 13: 'daytime', 19: 'chargen', 21: 'ftp', 22: 'ssh', 23: 'telnet', 25: 'smtp', 53: 'domain', 80: 'http', 110: 'pop3',
  123: 'ntp', 143: 'imap2', 443: 'https', 993: 'imaps', 995: 'pop3s', 1883: 'mqtt', 3306: 'mysql', 5432: 'postgresql', 6379: 'redis',
}

/** Node: DNSException. */
export function dnsException(code: string, syscall: string, hostname: string): Error {
  return Object.assign(new Error(`${syscall} ${code} ${hostname}`), { errno: NUMBERS[code], code, syscall, hostname })
}

interface Question { readonly family: 0 | 4 | 6, readonly hints: number, readonly all: boolean, readonly order: string }

/** Options that Node's own function has found good. */
function question(options: unknown): Question {
  const given: LookupOptions = typeof options === 'number' ? { family: options } : typeof options === 'object' && options !== null ? options : {}
  const family = given.family === 'IPv4' ? 4 : given.family === 'IPv6' ? 6 : given.family ?? 0
  const byVerbatim = given.verbatim === undefined || given.verbatim === null ? undefined : given.verbatim ? 'verbatim' : 'ipv4first'
  return {
    family: family as 0 | 4 | 6, hints: (given.hints ?? 0) >>> 0, all: given.all === true,
    order: given.order ?? byVerbatim ?? NATIVE_DNS.getDefaultResultOrder(),
  }
}

/** Every address in the wanted order, or an error's code. */
async function find(resolve: Resolve, hostname: string, { family, hints, order }: Question): Promise<LookupAddress[] | string> {
  if (isTooLong(hostname)) return 'EINVAL'
  const classic = classicAddress(hostname)
  if (classic !== undefined) return family === 6 ? 'EAI_ADDRFAMILY' : [{ address: classic, family: 4 }]
  const found = await resolve(hostname, family)
  let addresses = typeof found === 'string' ? [] : [...found]
  if (family === 6 && (hints & V4MAPPED) !== 0 && (addresses.length === 0 || (hints & ALL) !== 0)) {
    const mapped = await resolve(hostname, 4)
    if (typeof mapped !== 'string') addresses.push(...mapped.map(each => ({ address: `::ffff:${each.address}`, family: 6 as const })))
  }
  if (addresses.length === 0) return typeof found === 'string' ? found : 'ENOTFOUND'
  if (order !== 'verbatim') {
    const first = order === 'ipv6first' ? 6 : 4
    addresses = [...addresses.filter(each => each.family === first), ...addresses.filter(each => each.family !== first)]
  }
  return addresses
}

function isTooLong(hostname: string): boolean { return Buffer.byteLength(hostname) > LONGEST_NAME }

function needsNobody(hostname: unknown): boolean { return typeof hostname !== 'string' || hostname === '' || isIP(hostname) !== 0 }

export function createLookup(resolve: Resolve): DnsLookup {
  const native = NATIVE_DNS.lookup as unknown as AnyFunction
  return function lookup(...args): object {
    const [hostname, options, given] = args
    if (needsNobody(hostname)) return native(...args) as object
    const callback = typeof options === 'function' ? options : given as Callback
    // Judges the arguments; what it answers is thrown away.
    native(HARMLESS, ...typeof callback === 'function' ? [options === callback ? {} : options, () => undefined] : args.slice(1))
    const asked = question(options)
    if (isTooLong(hostname)) {
      process.nextTick(callback, dnsException('EINVAL', 'getaddrinfo', hostname))
      return {}
    }
    const request = new GetAddrInfoReqWrap(callback, asked, hostname)
    void find(resolve, hostname, asked).then(found => { setImmediate(request.oncomplete, found) })
    return request
  }
}

export function createLookupPromise(resolve: Resolve): AnyFunction {
  const native = NATIVE_DNS_PROMISES.lookup as unknown as AnyFunction
  return function lookup(hostname, options) {
    if (needsNobody(hostname)) return native(hostname, options)
    void native(HARMLESS, options)
    const asked = question(options)
    return find(resolve, hostname as string, asked).then(found => {
      if (typeof found === 'string') throw dnsException(found, 'getaddrinfo', hostname as string)
      return asked.all ? found : found[0]
    })
  }
}

/** Names of an address: those of the host's table. */
export type ReverseNames = (address: string) => Promise<string | undefined>

const isPort = (port: unknown): boolean => (typeof port === 'number' || typeof port === 'string')
  && String(port).trim() !== '' && Number(port) === Number(port) >>> 0 && Number(port) <= 65535

export function createLookupService(names: ReverseNames): AnyFunction {
  const native = NATIVE_DNS.lookupService as unknown as AnyFunction
  return function lookupService(...args) {
    const [address, port, callback] = args
    // Whatever is wrong, Node's own function says so before it asks anybody.
    if (args.length !== 3 || isIP(String(address)) === 0 || !isPort(port) || typeof callback !== 'function') return native(...args)
    const request = new GetNameInfoReqWrap(callback as ServiceCallback, String(address), Number(port))
    void names(request.hostname).then(name => { setImmediate(request.oncomplete, name ?? request.hostname) })
    return request
  }
}

export function createLookupServicePromise(names: ReverseNames): AnyFunction {
  const native = NATIVE_DNS_PROMISES.lookupService as unknown as AnyFunction
  return function lookupService(...args) {
    const [address, port] = args
    if (args.length !== 2 || isIP(String(address)) === 0 || !isPort(port)) return native(...args)
    return names(String(address)).then(name => ({ hostname: name ?? address, service: serviceName(Number(port)) }))
  }
}

function serviceName(port: number): string { return SERVICES[port] ?? String(port) }
