import type { Socket } from 'node:net'
import { Client, Pool } from 'pg'
import type { QueryResult } from 'pg'
import { expect, it } from 'vitest'
import { closing, onBadLink, payload } from './bad-link.ts'

const SSL_REQUEST = 80_877_103
const TEXT = 25

function message(type: string, ...parts: (Buffer | string | number)[]): Buffer {
  const body = Buffer.concat(parts.map(part => typeof part === 'string' ? Buffer.from(`${part}\0`) : typeof part === 'number' ? int32(part) : part))
  return Buffer.concat([Buffer.from(type), int32(body.length + 4), body])
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

const int16 = (value: number): Buffer => int32(value).subarray(2)
const ready = message('Z', Buffer.from('I'))
const described = message('T', int16(1), 'answer', 0, int16(0), TEXT, int16(-1), -1, int16(0))
const row = (text: string): Buffer => message('D', int16(1), text.length, Buffer.from(text))

/** One session of a server that knows few queries: protocol 3.0, simple and extended. */
class Session {
  private pending = Buffer.alloc(0)
  private hasStarted = false
  private query = ''
  private readonly socket: Socket
  private readonly large: string

  constructor(socket: Socket, large: string) {
    this.socket = socket
    this.large = large
    socket.on('data', bytes => { this.take(bytes) }).on('error', () => undefined)
  }

  private take(bytes: Buffer): void {
    this.pending = Buffer.concat([this.pending, bytes])
    for (;;) {
      const header = this.hasStarted ? 1 : 0
      if (this.pending.length < header + 4) return
      const end = header + this.pending.readInt32BE(header)
      if (this.pending.length < end) return
      const type = this.hasStarted ? String.fromCharCode(this.pending[0]) : ''
      const body = this.pending.subarray(header + 4, end)
      this.pending = this.pending.subarray(end)
      this.handle(type, body)
    }
  }

  private handle(type: string, body: Buffer): void {
    if (type === '') this.start(body.readInt32BE(0))
    else if (type === 'Q') this.socket.write(Buffer.concat([described, ...this.answer(body.subarray(0, -1).toString()), ready]))
    else if (type === 'P') {
      this.query = body.toString('utf8', body.indexOf(0) + 1, body.indexOf(0, body.indexOf(0) + 1))
      this.socket.write(message('1'))
    } else if (type === 'B') {
      const values = body.indexOf(0, body.indexOf(0) + 1) + 1
      const at = values + 2 + 2 * body.readInt16BE(values) + 2
      this.query = body.toString('utf8', at + 4, at + 4 + body.readInt32BE(at))
      this.socket.write(message('2'))
    } else if (type === 'D') this.socket.write(described)
    else if (type === 'E') this.socket.write(Buffer.concat(this.answer(this.query)))
    else if (type === 'S') this.socket.write(ready)
    else if (type === 'X') this.socket.end()
  }

  private start(version: number): void {
    if (version === SSL_REQUEST) {
      this.socket.write('N')
      return
    }
    this.hasStarted = true
    this.socket.write(Buffer.concat([message('R', 0), message('S', 'server_encoding', 'UTF8'), ready]))
  }

  private answer(query: string): Buffer[] {
    if (query.includes('nothing')) return [message('E', Buffer.from('SERROR\0C42P01\0Mno such table\0'), Buffer.alloc(1))]
    return [row(query.includes('large') ? this.large : query), message('C', 'SELECT 1')]
  }
}

it('pg: a client and a pool, simple and extended queries, a large value, an error, the end', () => onBadLink(18, async ({ server, client }) => {
  const large = payload().toString('hex')
  const stop = await server.run(({ net }) => closing(net.createServer(socket => new Session(socket, large)).listen(5432)))
  const seen = await client.run(async () => {
    const only = ({ rows }: QueryResult<{ answer: string }>): string => rows.map(each => each.answer).join()
    const one = new Client({ host: 'server', user: 'postgres', database: 'shop' })
    await one.connect()
    const simple = only(await one.query('select 1'))
    const error = await one.query('select nothing').catch((reason: unknown) => reason) as { code: string }
    const isWhole = only(await one.query('select large')) === large
    await one.end()
    const pool = new Pool({ host: 'server', user: 'postgres', database: 'shop', max: 3 })
    const bound = await Promise.all(Array.from({ length: 12 }, async (_, i) => only(await pool.query('select $1', [`value ${i}`]))))
    await pool.end()
    return [simple, error.code, isWhole, bound]
  })
  expect(seen).toEqual(['select 1', '42P01', true, Array.from({ length: 12 }, (_, i) => `value ${i}`)])
  await server.run(stop)
}))
