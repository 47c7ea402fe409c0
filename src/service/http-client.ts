// One HTTP/1.1 exchange as a client (RFC 9112): connect, ask, hand the body on as it comes, and know whether all of it
// came. Redirects and names are the caller's. Used by `sockeye get` and by worlds.

import type { Errno } from '../base/errno.ts'
import { AF_INET, AF_INET6, MSG_NOSIGNAL, SOCK_STREAM } from '../base/posix.ts'
import { BodyDecoder } from './http/body-decoder.ts'
import { headEnd, latin1, latin1Bytes, MAX_HEAD_BYTES, parseHead } from './http/message-head.ts'
import { sendAll } from './http/response.ts'
import type { Fields } from './http/response.ts'
import type { Program, SocketAddress } from './program.ts'

export interface HttpExchange {
  readonly address: SocketAddress
  /** The Host field. */
  readonly host: string
  /** Path and query. */
  readonly target: string
  readonly method?: 'GET' | 'HEAD'
  readonly fields?: Fields
}

export interface HttpResponseHead {
  readonly status: number
  readonly reason: string
  readonly fields: ReadonlyMap<string, string>
}

export interface HttpSink {
  /** False: the body is of no interest, end the exchange here. */
  head(head: HttpResponseHead): boolean
  /** bytes[0, length) is the caller's during the call (and its promise) only. */
  body(bytes: Uint8Array, length: number): void | Promise<void>
}

/** What went wrong: an errno of the call that failed, or a breach of the protocol in words. */
export interface HttpFailure { readonly call: 'socket' | 'connect' | 'send' | 'recv' | 'http', readonly errno: Errno, readonly detail: string }

const RECEIVE_BYTES = 256 * 1024

function failure(call: HttpFailure['call'], errno: Errno, detail = ''): HttpFailure { return { call, errno, detail } }

export async function httpExchange(program: Program, exchange: HttpExchange, sink: HttpSink): Promise<HttpResponseHead | HttpFailure> {
  const fd = program.sys.socket(exchange.address.family === 'AF_INET' ? AF_INET : AF_INET6, SOCK_STREAM, 0)
  if (typeof fd === 'string') return failure('socket', fd)
  try {
    const connected = await program.connect(fd, exchange.address)
    if (typeof connected === 'string') return failure('connect', connected)
    if (!await sendAll(program, fd, encodeRequest(exchange))) return failure('send', 'EPIPE')
    return await receiveResponse(program, fd, exchange.method ?? 'GET', sink)
  } finally {
    program.sys.close(fd)
  }
}

function encodeRequest(exchange: HttpExchange): Uint8Array {
  const fields: Fields = [
    ['Host', exchange.host], ['User-Agent', 'sockeye'], ['Accept', '*/*'], ['Connection', 'close'], ...exchange.fields ?? [],
  ]
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return latin1Bytes(`${exchange.method ?? 'GET'} ${exchange.target} HTTP/1.1\r\n${lines}\r\n`)
}

function parseStatus(text: string): HttpResponseHead | undefined {
  const head = parseHead(text)
  if (typeof head === 'string') return undefined
  const match = /^HTTP\/1\.[0-9] ([1-5][0-9][0-9])(?: (.*))?$/.exec(head.startLine)
  return match === null ? undefined : { status: Number(match[1]), reason: match[2] ?? '', fields: head.fields }
}

async function receiveResponse(program: Program, fd: number, method: string, sink: HttpSink): Promise<HttpResponseHead | HttpFailure> {
  const buffer = new Uint8Array(RECEIVE_BYTES)
  let filled = 0
  let head: HttpResponseHead | undefined = undefined
  while (head === undefined) {
    const end = headEnd(buffer, 0, filled)
    if (end < 0) {
      if (filled >= MAX_HEAD_BYTES) return failure('http', 'EPROTO', 'the response head is too long')
      const got = await program.recv(fd, buffer, filled, buffer.length - filled, MSG_NOSIGNAL)
      if (typeof got === 'string') return failure('recv', got)
      if (got === 0) return failure('http', 'EPROTO', filled === 0 ? 'the server closed without an answer' : 'the response head was cut short')
      filled += got
      continue
    }
    const parsed = parseStatus(latin1(buffer, 0, end))
    if (parsed === undefined) return failure('http', 'EPROTO', 'the answer is not HTTP/1.1')
    buffer.copyWithin(0, end, filled)
    filled -= end
    // RFC 9110 15.2: interim responses come before the one that counts.
    if (parsed.status >= 200) head = parsed
  }
  return await receiveBody(program, fd, method, head, sink, buffer, filled) ?? head
}

async function receiveBody(program: Program, fd: number, method: string, head: HttpResponseHead, sink: HttpSink, buffer: Uint8Array,
  filled: number): Promise<HttpFailure | undefined> {
  const decoder = BodyDecoder.forResponse(method, head.status, head.fields)
  if (typeof decoder === 'string') return failure('http', 'EPROTO', decoder)
  if (!sink.head(head)) return undefined
  for (let length = filled; ;) {
    if (length > 0) {
      const body = decoder.take(buffer, length)
      if (typeof body === 'string') return failure('http', 'EPROTO', body)
      if (body > 0) await sink.body(buffer, body)
    }
    if (decoder.isDone) return undefined
    const got = await program.recv(fd, buffer, 0, buffer.length, MSG_NOSIGNAL)
    if (typeof got === 'string') return failure('recv', got, decoder.progress())
    if (got === 0) {
      const cut = decoder.end()
      return cut === undefined ? undefined : failure('http', 'EPROTO', cut)
    }
    length = got
  }
}
