// One request out of a connection: its head within bounds, its body skipped. The reader keeps what came behind it, so
// that requests sent ahead are answered in turn (RFC 9112 9.3.2).

import type { Errno } from '../../base/errno.ts'
import type { Program } from '../program.ts'
import { POLLIN } from '../../base/posix.ts'
import { contentLength, hasToken, headEnd, latin1, MAX_HEAD_BYTES, parseHead } from './message-head.ts'

export interface HttpRequest {
  readonly method: string
  /** As sent: path and query, or the absolute form. */
  readonly target: string
  readonly version: '1.0' | '1.1'
  readonly fields: ReadonlyMap<string, string>
  /** What the client asked for: 1.1 keeps the connection unless told otherwise. */
  readonly keepAlive: boolean
  /** A body that is not worth skipping follows: answer and close. */
  readonly mustClose: boolean
}

/** 'closed': the peer is done or gone. A number: the status to answer with before closing. */
export type RequestFault = 'closed' | 400 | 408 | 414 | 431 | 501 | 505

const MAX_SKIPPED_BODY_BYTES = 65536
const MAX_TARGET_CHARS = 8000

export class RequestReader {
  private readonly program: Program
  private readonly fd: number
  private readonly idleMs: number
  private readonly bytes = new Uint8Array(MAX_HEAD_BYTES)
  private filled = 0
  private skip = 0

  constructor(program: Program, fd: number, idleMs: number) {
    this.program = program
    this.fd = fd
    this.idleMs = idleMs
  }

  async next(): Promise<HttpRequest | RequestFault> {
    const end = await this.fillHead()
    if (typeof end !== 'number' || end < 0) return end === -408 ? 408 : end === -431 ? 431 : 'closed'
    const text = latin1(this.bytes, 0, end)
    this.consume(end)
    const request = parseRequest(text)
    if (typeof request === 'number') return request
    this.skip = request.mustClose ? 0 : bodyLength(request)
    return request
  }

  /** Where the head ends; -408 after too long a silence within it, -431 when it is too long. */
  private async fillHead(): Promise<number | 'closed'> {
    for (;;) {
      this.skipBody()
      if (this.skip === 0) {
        this.skipEmptyLines()
        const end = headEnd(this.bytes, 0, this.filled)
        if (end > 0) return end
        if (this.filled === this.bytes.length) return -431
      }
      const got = await this.receive()
      if (got === 'ETIMEDOUT') return this.filled > 0 ? -408 : 'closed'
      if (typeof got === 'string' || got === 0) return 'closed'
      this.filled += got
    }
  }

  private async receive(): Promise<number | Errno> {
    const { sys } = this.program
    const room = this.bytes.length - this.filled
    const fds = [{ fd: this.fd, events: POLLIN, revents: 0 }]
    const ready = sys.poll(fds) === 1 ? 1 : await this.program.poll(fds, this.idleMs)
    if (typeof ready === 'string') return ready
    return ready === 0 ? 'ETIMEDOUT' : this.program.recv(this.fd, this.bytes, this.filled, room, 0)
  }

  private skipBody(): void {
    const count = Math.min(this.skip, this.filled)
    if (count === 0) return
    this.consume(count)
    this.skip -= count
  }

  /** RFC 9112 2.2: an empty line before a request is ignored. */
  private skipEmptyLines(): void {
    let count = 0
    while (count < this.filled && (this.bytes[count] === 13 || this.bytes[count] === 10)) count++
    if (count > 0) this.consume(count)
  }

  private consume(count: number): void {
    this.bytes.copyWithin(0, count, this.filled)
    this.filled -= count
  }
}

function bodyLength(request: HttpRequest): number {
  const length = contentLength(request.fields)
  return typeof length === 'number' ? length : 0
}

export function parseRequest(text: string): HttpRequest | Exclude<RequestFault, 'closed'> {
  const head = parseHead(text)
  if (typeof head === 'string') return head === 'malformed' ? 400 : 431
  const match = /^([!-~]{1,32}) ([!-~\x80-\xff]+) HTTP\/([0-9])\.([0-9])$/.exec(head.startLine)
  if (match === null) return 400
  const [, method, target, major, minor] = match
  if (major !== '1') return 505
  if (target.length > MAX_TARGET_CHARS) return 414
  const version = minor === '0' ? '1.0' : '1.1'
  // RFC 9112 3.2: exactly one Host in a 1.1 request.
  const host = head.fields.get('host')
  if (version === '1.1' && (host === undefined || host.includes(','))) return 400
  const connection = head.fields.get('connection')
  const keepAlive = version === '1.1' ? !hasToken(connection, 'close') : hasToken(connection, 'keep-alive')
  const length = contentLength(head.fields)
  if (length === 'malformed') return 400
  const mustClose = head.fields.has('transfer-encoding') || (length ?? 0) > MAX_SKIPPED_BODY_BYTES
  return { method, target, version, fields: head.fields, keepAlive, mustClose }
}
