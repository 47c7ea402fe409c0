// What a dns.Resolver stands on (Node: ChannelWrap, c-ares), over a host's own UDP: queries in the wire format of the
// dns-packet library, with c-ares' time-outs, server rotation and error codes, and answers in the shapes Node expects.

import type * as nodeDgram from 'node:dgram'
import { isIP } from 'node:net'
import dnsPacket from 'dns-packet'
import type { Answer, Packet, RecordType } from 'dns-packet'
import { parseIp } from '../../base/address/ip.ts'
import { shapeAnswers } from './answers.ts'

/** Node's QueryReqWrap, as far as its owner looks at it. */
export interface QueryRequest { oncomplete: (error: string | null, result?: unknown, ttls?: number[]) => void }

export interface ChannelOptions { readonly timeout?: number, readonly tries?: number }

export interface Server { readonly address: string, readonly port: number }

interface Query {
  readonly hostname: string
  readonly type: RecordType
  readonly done: QueryRequest['oncomplete']
  readonly id: number
  attempt: number
  socket: nodeDgram.Socket | undefined
  timer: NodeJS.Timeout | undefined
}

export const DNS_PORT = 53
const UV_EINVAL = -22
const FIRST_TIMEOUT_MS = 5000
const TRIES = 4
const RCODES: Readonly<Record<string, string>> = { FORMERR: 'EFORMERR', SERVFAIL: 'ESERVFAIL', NXDOMAIN: 'ENOTFOUND', NOTIMP: 'ENOTIMP', REFUSED: 'EREFUSED' }

/** Method of the handle to record type. */
const QUERIES: Readonly<Record<string, string>> = Object.freeze({
  queryA: 'A', queryAaaa: 'AAAA', queryAny: 'ANY', queryCaa: 'CAA', queryCname: 'CNAME', queryMx: 'MX', queryNaptr: 'NAPTR', queryNs: 'NS',
  queryPtr: 'PTR', querySoa: 'SOA', querySrv: 'SRV', queryTxt: 'TXT',
})

/** `127.0.0.1`, `127.0.0.1:5353`, `[::1]:5353`: checked by whoever configured the host. */
export function serverOf(text: string): Server {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text)
  const withPort = isIP(text) === 0 ? /^([^:]+):(\d+)$/.exec(text) : null
  return { address: bracketed?.[1] ?? withPort?.[1] ?? text, port: Number(bracketed?.[2] ?? withPort?.[2] ?? DNS_PORT) }
}

/** `randomId` gives query identifiers that cannot be guessed. */
export class DnsChannel {
  private readonly dgram: () => typeof nodeDgram
  private readonly timeoutMs: number
  private readonly tries: number
  private readonly randomId: () => number
  private servers: readonly Server[]
  private local: { v4: string | undefined, v6: string | undefined } = { v4: undefined, v6: undefined }
  private readonly pending = new Set<Query>()

  constructor(dgram: () => typeof nodeDgram, servers: readonly Server[], randomId: () => number, options: ChannelOptions = {}) {
    this.dgram = dgram
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
    // c-ares: each server once, ports of 16 bits.
    const made = servers.map(([, address, port]) => ({ address, port: port & 0xffff }))
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
    this.local = { v4: of(4), v6: of(6) }
  }

  /** Every query under way fails with ECANCELLED. */
  cancel(): void {
    for (const query of [...this.pending]) this.finish(query, 'ECANCELLED')
  }

  getHostByAddr(request: QueryRequest, address: string): number {
    const family = isIP(address)
    if (family === 0) return UV_EINVAL
    return this.query(request, reverseName(address, family), 'PTR')
  }

  query(request: QueryRequest, hostname: string, type: RecordType): number {
    const done: QueryRequest['oncomplete'] = (...args) => { request.oncomplete(...args) }
    const query: Query = { hostname, type, done, id: this.randomId(), attempt: 0, socket: undefined, timer: undefined }
    this.pending.add(query)
    if (this.servers.length === 0) setImmediate(() => { this.finish(query, 'ECONNREFUSED') })
    else if (!isName(hostname)) setImmediate(() => { this.finish(query, 'EBADNAME') })
    else this.send(query)
    return 0
  }

  private send(query: Query): void {
    const server = this.servers[query.attempt % this.servers.length]
    const round = Math.floor(query.attempt / this.servers.length)
    const socket = this.dgram().createSocket(isIP(server.address) === 6 ? 'udp6' : 'udp4')
    query.socket = socket
    const local = isIP(server.address) === 6 ? this.local.v6 : this.local.v4
    if (local !== undefined) socket.bind(0, local)
    socket.on('error', () => { this.again(query, 'ECONNREFUSED') })
    socket.on('message', bytes => { this.receive(query, bytes) })
    socket.connect(server.port, server.address, () => {
      if (query.socket !== socket) return
      const flags = dnsPacket.RECURSION_DESIRED
      socket.send(dnsPacket.encode({ type: 'query', id: query.id, flags, questions: [{ type: query.type, name: query.hostname }] }), (error) => {
        if (error !== null && query.socket === socket) this.again(query, 'ECONNREFUSED')
      })
    })
    query.timer = setTimeout(() => { this.again(query, 'ETIMEOUT') }, this.timeoutMs * 2 ** round)
  }

  private receive(query: Query, bytes: Buffer): void {
    let answer: Packet & { rcode?: string }
    try {
      answer = dnsPacket.decode(bytes)
    } catch {
      this.finish(query, 'EBADRESP')
      return
    }
    if (answer.id !== query.id || answer.type !== 'response') return
    const rcode = answer.rcode ?? 'NOERROR'
    if (rcode !== 'NOERROR') {
      if (rcode === 'SERVFAIL' || rcode === 'NOTIMP' || rcode === 'REFUSED') this.again(query, RCODES[rcode])
      else this.finish(query, RCODES[rcode] ?? 'EBADRESP')
      return
    }
    this.finish(query, undefined, answer.answers ?? [])
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
    const { socket } = query
    query.socket = undefined
    socket?.removeAllListeners()
    socket?.close()
  }

  private finish(query: Query, code: string | undefined, answers: readonly Answer[] = []): void {
    if (!this.pending.delete(query)) return
    this.rest(query)
    const { type, done } = query
    const { values, ttls } = code === undefined ? shapeAnswers(type, answers) : { values: [], ttls: undefined }
    const failure = code ?? (values.length === 0 ? 'ENODATA' : undefined)
    if (failure !== undefined) done(failure)
    else done(null, type === 'SOA' ? values[0] : values, ttls)
  }
}

/** Labels of at most 63 octets, at most 255 in all. */
function isName(name: string): boolean {
  return Buffer.byteLength(name) <= 254 && name.replace(/\.$/, '').split('.').every(label => (label !== '' || name === '.' || name === '') && Buffer.byteLength(label) < 64)
}

function reverseName(address: string, family: number): string {
  if (family === 4) return `${address.split('.').reverse().join('.')}.in-addr.arpa`
  const bytes = new Uint8Array(16)
  parseIp(address)?.write16(bytes, 0)
  return `${[...Buffer.from(bytes).toString('hex')].reverse().join('.')}.ip6.arpa`
}
