// What a dns.Resolver stands on (Node: ChannelWrap, c-ares), over a host's own UDP and TCP: queries in the wire format of the
// dns-packet library, with c-ares' time-outs, server rotation and error codes, and answers in the shapes Node expects.

import { isIP } from 'node:net'
import { domainToASCII } from 'node:url'
import dnsPacket from 'dns-packet'
import type { Answer, Packet, RecordType } from 'dns-packet'
import { parseIp } from '../../base/address/ip.ts'
import { asResource } from '../facade/dispatcher.ts'
import { shapeAnswers } from './answers.ts'
import { askByDatagram, askByStream } from './exchange.ts'
import type { Carriers, Locals, Server } from './exchange.ts'

/** Node's QueryReqWrap, as far as its owner looks at it. */
export interface QueryRequest { oncomplete: (error: string | null, result?: unknown, ttls?: number[]) => void }

export interface ChannelOptions { readonly timeout?: number, readonly tries?: number }

interface Query {
  readonly hostname: string
  readonly type: RecordType
  readonly done: QueryRequest['oncomplete']
  readonly id: number
  readonly bytes: Buffer
  attempt: number
  /** Ends the exchange under way. */
  hangUp: (() => void) | undefined
  timer: NodeJS.Timeout | undefined
}

export const DNS_PORT = 53
const UV_EINVAL = -22
/** Node: DNS_ESETSRVPENDING */
const SERVERS_IN_USE = -1000
/** c-ares waited five seconds before 1.20. */
const FIRST_TIMEOUT_MS = Number((process.versions.ares ?? '1.34').split('.')[1]) < 20 ? 5000 : 2000
const TRIES = 4
const RCODES: Readonly<Record<string, string>> = { FORMERR: 'EFORMERR', SERVFAIL: 'ESERVFAIL', NXDOMAIN: 'ENOTFOUND', NOTIMP: 'ENOTIMP', REFUSED: 'EREFUSED' }

/** What c-ares takes for a host's name. */
const HOST_NAME = /^[-A-Za-z0-9_/*.]*$/

/** Method of the handle to record type. */
const QUERIES: Readonly<Record<string, string>> = Object.freeze({
  queryA: 'A', queryAaaa: 'AAAA', queryAny: 'ANY', queryCaa: 'CAA', queryCname: 'CNAME', queryMx: 'MX', queryNaptr: 'NAPTR', queryNs: 'NS',
  queryPtr: 'PTR', querySoa: 'SOA', querySrv: 'SRV', queryTlsa: 'TLSA', queryTxt: 'TXT',
})

/** `127.0.0.1`, `127.0.0.1:5353`, `[::1]:5353`: checked by whoever configured the host. */
export function serverOf(text: string): Server {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text)
  const withPort = isIP(text) === 0 ? /^([^:]+):(\d+)$/.exec(text) : null
  return { address: bracketed?.[1] ?? withPort?.[1] ?? text, port: Number(bracketed?.[2] ?? withPort?.[2] ?? DNS_PORT) }
}

/** `randomId` gives query identifiers that cannot be guessed. */
export class DnsChannel {
  private readonly carriers: Carriers
  private readonly timeoutMs: number
  private readonly tries: number
  private readonly randomId: () => number
  private servers: readonly Server[]
  private locals: Locals = { v4: undefined, v6: undefined }
  private readonly pending = new Set<Query>()

  constructor(carriers: Carriers, servers: readonly Server[], randomId: () => number, options: ChannelOptions = {}) {
    this.carriers = carriers
    this.servers = servers
    this.randomId = randomId
    this.timeoutMs = options.timeout === undefined || options.timeout < 0 ? FIRST_TIMEOUT_MS : options.timeout
    this.tries = options.tries ?? TRIES
    for (const [method, type] of Object.entries(QUERIES)) {
      const query = (request: QueryRequest, name: string): number => this.query(request, name, type as RecordType)
      Object.assign(this, { [method]: query })
    }
  }

  getServers(): [address: string, port: number][] { return this.servers.map(({ address, port }) => [address, port]) }

  setServers(servers: readonly (readonly [family: number, address: string, port: number])[]): number {
    if (this.pending.size > 0) return SERVERS_IN_USE
    // c-ares: each server once, its address as inet_ntop writes it, ports of 16 bits, zones forgotten.
    const made = servers.map(([, address, port]) => ({ address: written(address.replace(/%.*/, '')), port: port & 0xffff }))
    this.servers = made.filter((each, i) => made.findIndex(other => other.address === each.address && other.port === each.port) === i)
    return 0
  }

  setLocalAddress(first: string, second?: string): void {
    const families = [first, ...second === undefined ? [] : [second]].map(each => isIP(each))
    const bad = families.indexOf(0)
    if (bad >= 0) throw Object.assign(new TypeError('Invalid IP address.'), { code: 'ERR_INVALID_ARG_VALUE' })
    if (families.length === 2 && families[0] === families[1]) {
      throw Object.assign(new TypeError(`Cannot specify two IPv${families[0]} addresses.`), { code: 'ERR_INVALID_ARG_VALUE' })
    }
    const of = (family: number): string | undefined => [first, second][families.indexOf(family)]
    this.locals = { v4: of(4), v6: of(6) }
  }

  /** Every query under way fails with ECANCELLED, in a later turn. */
  cancel(): void {
    for (const query of [...this.pending]) {
      this.pending.delete(query)
      this.rest(query)
      setImmediate(() => { query.done('ECANCELLED') })
    }
  }

  getHostByAddr(request: QueryRequest, address: string): number {
    const family = isIP(address)
    if (family === 0) return UV_EINVAL
    // gethostbyaddr knows no difference between no name and no such name.
    return this.query({ oncomplete: (code, ...rest) => { request.oncomplete(code === 'ENODATA' ? 'ENOTFOUND' : code, ...rest) } }, reverseName(address, family), 'PTR')
  }

  query(request: QueryRequest, given: string, type: RecordType): number {
    const done = asResource('QUERYWRAP', (...args: Parameters<QueryRequest['oncomplete']>) => { request.oncomplete(...args) })
    const hostname = asked(given)
    const id = this.randomId()
    const isGood = isName(hostname)
    const bytes = isGood ? dnsPacket.encode({ type: 'query', id, flags: dnsPacket.RECURSION_DESIRED, questions: [{ type, name: hostname }] }) : Buffer.alloc(0)
    const query: Query = { hostname, type, done, id, bytes, attempt: 0, hangUp: undefined, timer: undefined }
    this.pending.add(query)
    if (this.servers.length === 0) setImmediate(() => { this.finish(query, 'ECONNREFUSED') })
    else if (!isGood) setImmediate(() => { this.finish(query, 'EBADNAME') })
    else this.send(query)
    return 0
  }

  private send(query: Query, ask: typeof askByDatagram = askByDatagram): void {
    const server = this.servers[query.attempt % this.servers.length]
    const round = Math.floor(query.attempt / this.servers.length)
    query.timer = setTimeout(() => { this.again(query, 'ETIMEOUT') }, this.timeoutMs * 2 ** round)
    query.hangUp = ask(this.carriers, server, this.locals, query.bytes, answer => {
      if (typeof answer === 'string') this.again(query, answer)
      else this.receive(query, answer, ask === askByStream)
    })
  }

  private receive(query: Query, bytes: Buffer, isStream: boolean): void {
    let answer: Packet & { rcode?: string }
    try {
      answer = dnsPacket.decode(bytes)
    } catch {
      this.again(query, 'EBADRESP')
      return
    }
    if (answer.id !== query.id || answer.type !== 'response' || !isAbout(query, answer)) return
    if ((answer as { flag_tc?: boolean }).flag_tc === true && !isStream) {
      this.rest(query)
      this.send(query, askByStream)
      return
    }
    const code = RCODES[answer.rcode ?? 'NOERROR']
    // A server's failure is an answer (Node sets ARES_FLAG_NOCHECKRESP); codes without a name count as no data.
    if (code === undefined && (answer.questions ?? []).length === 0) this.finish(query, 'EBADRESP')
    else if (code === undefined) this.finish(query, undefined, answer.answers ?? [])
    else this.finish(query, code)
  }

  /** The next server, or the next round; the error when all rounds are over. */
  private again(query: Query, code: string): void {
    this.rest(query)
    query.attempt++
    if (query.attempt >= this.tries * this.servers.length || (code === 'ECONNREFUSED' && query.attempt >= this.servers.length)) this.finish(query, code)
    else if (this.pending.has(query)) this.send(query)
  }

  private rest(query: Query): void {
    clearTimeout(query.timer)
    const { hangUp } = query
    query.hangUp = undefined
    hangUp?.()
  }

  private finish(query: Query, code: string | undefined, answers: readonly Answer[] = []): void {
    if (!this.pending.delete(query)) return
    this.rest(query)
    const { type, done } = query
    const { values, ttls } = code === undefined ? shapeAnswers(type, answers) : { values: [], ttls: undefined }
    // An alias that leads nowhere is an answer to those who asked for addresses.
    const isAlias = (type === 'A' || type === 'AAAA') && answers.some(each => each.type === 'CNAME')
    const failure = code ?? (values.length === 0 && !isAlias ? 'ENODATA' : undefined)
    if (failure !== undefined) done(failure)
    else done(null, type === 'SOA' ? values[0] : values, ttls)
  }
}

/** Node asks in small letters; to c-ares a name ends where a string of C does. */
function asked(given: string): string {
  const [name] = given.split('\0', 1)
  return /[^\0-\x7f]/.test(name) ? domainToASCII(name) : name.toLowerCase()
}

function isAbout({ hostname, type }: Query, { questions }: Packet): boolean {
  const question = questions?.at(0)
  return question === undefined
    || (question.type === type && question.name.toLowerCase().replace(/\.$/, '') === hostname.toLowerCase().replace(/\.$/, ''))
}

/** Labels of at most 63 octets, at most 255 in all. */
function isName(name: string): boolean {
  return HOST_NAME.test(name) && Buffer.byteLength(name) <= 254 && name.replace(/\.$/, '').split('.').every(label => (label !== '' || name === '.' || name === '') && Buffer.byteLength(label) < 64)
}

function written(address: string): string { return parseIp(address)?.toString() ?? address }

function reverseName(address: string, family: number): string {
  if (family === 4) return `${address.split('.').reverse().join('.')}.in-addr.arpa`
  const bytes = new Uint8Array(16)
  parseIp(address)?.write16(bytes, 0)
  return `${[...Buffer.from(bytes).toString('hex')].reverse().join('.')}.ip6.arpa`
}
