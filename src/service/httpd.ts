// A static HTTP/1.1 server on the socket layer (RFC 9110, 9112): GET and HEAD, single ranges, conditional requests,
// connections kept alive, every length and time bounded. What it serves comes in as an HttpSite. Used by `sockeye up
// --serve` and by simulated worlds.

import type { Errno } from '../base/errno.ts'
import { parseRange } from './http/byte-range.ts'
import { RequestReader } from './http/request.ts'
import type { HttpRequest } from './http/request.ts'
import { encodeHead, REASON, sendAll, sendEntity } from './http/response.ts'
import type { Fields } from './http/response.ts'
import { decodeTarget, memoryEntity } from './http/site.ts'
import type { HttpEntity, HttpSite } from './http/site.ts'
import { latin1Bytes } from './http/message-head.ts'
import { closeGently, listenTcp } from './stream-service.ts'
import type { Program, Service, SocketAddress } from './program.ts'

export interface HttpdOptions {
  readonly site: HttpSite
  readonly address: SocketAddress
  /** The value of the Date field; without a clock none is sent (RFC 9110 6.6.1). */
  readonly date?: () => string
  readonly idleMs?: number
  readonly maxConnections?: number
  /** Told of every answer. */
  readonly onAnswer?: (method: string, target: string, status: number, bodyBytes: number) => void
}

const DEFAULT_IDLE_MS = 15_000
const DEFAULT_MAX_CONNECTIONS = 1000
const MAX_REQUESTS_PER_CONNECTION = 10_000

export function httpd(program: Program, options: HttpdOptions): Service | Errno {
  return listenTcp(program, {
    name: 'http',
    address: options.address,
    maxConnections: options.maxConnections ?? DEFAULT_MAX_CONNECTIONS,
    connection: fd => serveConnection(program, fd, options),
  })
}

async function serveConnection(program: Program, fd: number, options: HttpdOptions): Promise<void> {
  const reader = new RequestReader(program, fd, options.idleMs ?? DEFAULT_IDLE_MS)
  const answer = new Answer(program, fd, options)
  for (let count = 1; count <= MAX_REQUESTS_PER_CONNECTION; count++) {
    const request = await reader.next()
    if (request === 'closed') break
    if (typeof request === 'number') {
      await answer.fault(undefined, request, false)
      break
    }
    const keep = request.keepAlive && !request.mustClose && count < MAX_REQUESTS_PER_CONNECTION
    if (!await answer.to(request, keep) || !keep) break
  }
  await closeGently(program, fd)
}

class Answer {
  private readonly program: Program
  private readonly fd: number
  private readonly options: HttpdOptions

  constructor(program: Program, fd: number, options: HttpdOptions) {
    this.program = program
    this.fd = fd
    this.options = options
  }

  /** False when the connection cannot be used further. */
  async to(request: HttpRequest, keep: boolean): Promise<boolean> {
    if (request.method !== 'GET' && request.method !== 'HEAD') return this.fault(request, 405, keep, [['Allow', 'GET, HEAD']])
    const path = decodeTarget(request.target)
    if (path === undefined) return this.fault(request, 400, keep)
    const found = await this.options.site.open(path)
    if (typeof found === 'number') return this.fault(request, found, keep)
    if ('redirect' in found) return this.fault(request, 301, keep, [['Location', found.redirect]])
    try {
      return await this.entity(request, found, keep)
    } finally {
      found.close()
    }
  }

  private async entity(request: HttpRequest, entity: HttpEntity, keep: boolean): Promise<boolean> {
    const validators: Fields = [
      ...entity.etag === undefined ? [] : [['ETag', entity.etag] as const],
      ...entity.lastModified === undefined ? [] : [['Last-Modified', entity.lastModified] as const],
    ]
    if (isUnchanged(request, entity)) return this.send(request, 304, validators, undefined, 0, 0, keep)
    const range = request.method === 'GET' && mayUseRange(request, entity) ? parseRange(request.fields.get('range'), entity.sizeBytes) : undefined
    if (range === 'unsatisfiable') return this.fault(request, 416, keep, [['Content-Range', `bytes */${entity.sizeBytes}`]])
    const { from, to } = range ?? { from: 0, to: entity.sizeBytes }
    const fields: Fields = [
      ['Content-Type', entity.contentType], ['Content-Length', String(to - from)], ['Accept-Ranges', 'bytes'], ...validators,
      ...range === undefined ? [] : [['Content-Range', `bytes ${from}-${to - 1}/${entity.sizeBytes}`] as const],
    ]
    return this.send(request, range === undefined ? 200 : 206, fields, entity, from, to, keep)
  }

  async fault(request: HttpRequest | undefined, status: number, keep: boolean, fields: Fields = []): Promise<boolean> {
    const text = `${status} ${REASON[status] ?? ''}`
    const body = latin1Bytes(`<!doctype html><title>${text}</title><h1>${text}</h1>\n`)
    const entity = memoryEntity(body, 'text/html; charset=utf-8')
    const all: Fields = [['Content-Type', entity.contentType], ['Content-Length', String(body.length)], ...fields]
    return this.send(request, status, all, entity, 0, body.length, keep)
  }

  private async send(request: HttpRequest | undefined, status: number, fields: Fields, entity: HttpEntity | undefined,
    from: number, to: number, keep: boolean): Promise<boolean> {
    const date = this.options.date?.()
    const head = encodeHead(status, [
      ['Server', 'sockeye'], ...date === undefined ? [] : [['Date', date] as const], ...fields, ['Connection', keep ? 'keep-alive' : 'close'],
    ])
    const hasBody = entity !== undefined && request?.method !== 'HEAD'
    this.options.onAnswer?.(request?.method ?? '-', request?.target ?? '-', status, hasBody ? to - from : 0)
    return hasBody ? sendEntity(this.program, this.fd, head, entity, from, to) : sendAll(this.program, this.fd, head)
  }
}

/** RFC 9110 13.1.2 and 13.1.3: the entity tag, where given, decides alone; dates are compared as text, as nginx does. */
function isUnchanged(request: HttpRequest, entity: HttpEntity): boolean {
  const noneMatch = request.fields.get('if-none-match')
  if (noneMatch !== undefined) {
    return noneMatch.trim() === '*' || entity.etag !== undefined && noneMatch.split(',').some(each => each.trim().replace(/^W\//, '') === entity.etag)
  }
  const since = request.fields.get('if-modified-since')
  return since !== undefined && since === entity.lastModified
}

/** RFC 9110 13.1.5: a range of something that has changed since is no use to anybody. */
function mayUseRange(request: HttpRequest, entity: HttpEntity): boolean {
  const condition = request.fields.get('if-range')
  return condition === undefined || condition === entity.etag || condition === entity.lastModified
}
