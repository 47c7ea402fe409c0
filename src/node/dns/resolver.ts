// dns.Resolver over a host's own UDP: queries in the wire format of the dns-packet library, with c-ares' time-outs, server
// rotation and error codes, and Node's shapes of answers.

import type * as nodeDgram from 'node:dgram'
import { isIP } from 'node:net'
import dnsPacket from 'dns-packet'
import type { Answer, Packet, RecordType } from 'dns-packet'
import { shapeAnswers } from './answers.ts'

export type ResolveCallback = (error: Error | null, answers?: unknown) => void

export interface ResolverOptions { timeout?: number, tries?: number }

interface Server { readonly address: string, readonly port: number }

interface Query {
  readonly hostname: string
  readonly type: RecordType
  readonly options: { ttl?: boolean }
  readonly callback: ResolveCallback
  readonly id: number
  attempt: number
  socket: nodeDgram.Socket | undefined
  timer: NodeJS.Timeout | undefined
}

const DNS_PORT = 53
const FIRST_TIMEOUT_MS = 5000
const TRIES = 4
const RCODES: Readonly<Record<string, string>> = { FORMERR: 'EFORMERR', SERVFAIL: 'ESERVFAIL', NXDOMAIN: 'ENOTFOUND', NOTIMP: 'ENOTIMP', REFUSED: 'EREFUSED' }

/** Node: DNSException of a c-ares query. */
export function queryException(code: string, type: string, hostname: string): Error {
  const syscall = `query${type[0].toUpperCase()}${type.slice(1).toLowerCase()}`
  return Object.assign(new Error(`${syscall} ${code} ${hostname}`), { errno: undefined, code, syscall, hostname })
}

function parseServer(text: string): Server {
  const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(text)
  const withPort = /^([^:]+):(\d+)$/.exec(text)
  const address = bracketed?.[1] ?? withPort?.[1] ?? text
  const port = Number(bracketed?.[2] ?? withPort?.[2] ?? DNS_PORT)
  if (isIP(address) === 0) throw Object.assign(new TypeError(`Invalid IP address: ${text}`), { code: 'ERR_INVALID_IP_ADDRESS' })
  return { address, port }
}

/** The class for one host. `randomId` gives query identifiers that cannot be guessed. */
export class HostResolver {
  private readonly dgram: typeof nodeDgram
  private readonly timeoutMs: number
  private readonly tries: number
  private readonly randomId: () => number
  private servers: readonly Server[]
  private readonly pending = new Set<Query>()

  constructor(dgram: typeof nodeDgram, servers: readonly string[], randomId: () => number, options: ResolverOptions = {}) {
    this.dgram = dgram
    this.servers = servers.map(parseServer)
    this.randomId = randomId
    this.timeoutMs = options.timeout === undefined || options.timeout < 0 ? FIRST_TIMEOUT_MS : options.timeout
    this.tries = options.tries ?? TRIES
  }

  setServers(servers: readonly string[]): void { this.servers = servers.map(parseServer) }

  getServers(): string[] {
    return this.servers.map(({ address, port }) => port === DNS_PORT ? address : isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`)
  }

  /** Every query under way fails with ECANCELLED. */
  cancel(): void {
    for (const query of [...this.pending]) this.finish(query, 'ECANCELLED')
  }

  query(hostname: string, type: RecordType, options: { ttl?: boolean }, callback: ResolveCallback): void {
    const query: Query = { hostname, type, options, callback, id: this.randomId(), attempt: 0, socket: undefined, timer: undefined }
    this.pending.add(query)
    if (this.servers.length === 0) setImmediate(() => { this.finish(query, 'ECONNREFUSED') })
    else this.send(query)
  }

  private send(query: Query): void {
    const server = this.servers[query.attempt % this.servers.length]
    const round = Math.floor(query.attempt / this.servers.length)
    const socket = this.dgram.createSocket(isIP(server.address) === 6 ? 'udp6' : 'udp4')
    query.socket = socket
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
    const { hostname, type, callback, options } = query
    const shaped = code === undefined ? shapeAnswers(type, answers, options) : []
    const failure = code ?? (shaped.length === 0 ? 'ENODATA' : undefined)
    if (failure !== undefined) callback(queryException(failure, type, hostname))
    else callback(null, type === 'SOA' ? shaped[0] : shaped)
  }
}
