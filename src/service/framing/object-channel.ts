// Requests and replies over one stream, as serialised objects with a number each, many in flight (row J2). Replies may
// come in another order than their requests.

import type { Errno } from '../../base/errno.ts'
import type { Program } from '../program.ts'
import type { FramingFailure } from './framer.ts'
import { LengthPrefixedFramer, encodeLengthPrefixed } from './length-prefixed.ts'
import type { LengthPrefix } from './length-prefixed.ts'

/** How objects become bytes: JSON and UTF-8 belong to the platform, which lends them. */
export interface ObjectCodec {
  encode(value: unknown): Uint8Array
  /** undefined where the bytes are no object. */
  decode(bytes: Uint8Array): unknown
}

export interface ObjectChannelOptions {
  readonly codec: ObjectCodec
  /** Longest object in bytes. */
  readonly most: number
  /** Answers the peer's requests; without it they are a failure. */
  readonly onRequest?: (value: unknown) => Promise<unknown>
}

export type ChannelEnd = FramingFailure | Errno | 'ended' | 'bad-object'

interface Envelope { readonly id: number, readonly kind: 'request' | 'reply', readonly value: unknown }

function isEnvelope(value: unknown): value is Envelope {
  if (typeof value !== 'object' || value === null || !('id' in value) || !('kind' in value)) return false
  return typeof value.id === 'number' && (value.kind === 'request' || value.kind === 'reply')
}

export class ObjectChannel {
  /** Why it ended, when it has. */
  readonly ended: Promise<ChannelEnd>
  private readonly program: Program
  private readonly fd: number
  private readonly options: ObjectChannelOptions
  private readonly prefix: LengthPrefix
  private readonly waiting = new Map<number, (result: { value: unknown } | ChannelEnd) => void>()
  private lastId = 0
  /** Frames are written one after another, never within each other. */
  private writing: Promise<unknown> = Promise.resolve()
  private end: ChannelEnd | undefined = undefined

  constructor(program: Program, fd: number, options: ObjectChannelOptions) {
    this.program = program
    this.fd = fd
    this.options = options
    this.prefix = { size: 4, most: options.most }
    this.ended = this.receive()
  }

  get inFlight(): number { return this.waiting.size }

  /** The reply, or why there will be none. */
  request(value: unknown): Promise<{ value: unknown } | ChannelEnd> {
    if (this.end !== undefined) return Promise.resolve(this.end)
    this.lastId++
    const id = this.lastId
    const reply = new Promise<{ value: unknown } | ChannelEnd>(resolve => this.waiting.set(id, resolve))
    this.write({ id, kind: 'request', value })
    return reply
  }

  private write(envelope: Envelope): void {
    const frame = encodeLengthPrefixed(this.options.codec.encode(envelope), this.prefix)
    this.writing = this.writing.then(() => this.program.sendall(this.fd, frame))
  }

  private async receive(): Promise<ChannelEnd> {
    const framer = new LengthPrefixedFramer(this.prefix)
    const buffer = new Uint8Array(16_384)
    for (;;) {
      const count = await this.program.read(this.fd, buffer)
      if (typeof count === 'string') return this.finish(count)
      if (count === 0) return this.finish(framer.end() ?? 'ended')
      for (const message of framer.push(buffer.subarray(0, count))) {
        if (!this.take(message)) return this.finish('bad-object')
      }
      if (framer.failure !== undefined) return this.finish(framer.failure)
    }
  }

  private take(message: Uint8Array): boolean {
    const envelope = this.options.codec.decode(message)
    if (!isEnvelope(envelope)) return false
    const { id, kind, value } = envelope
    if (kind === 'reply') {
      this.waiting.get(id)?.({ value })
      return this.waiting.delete(id)
    }
    if (this.options.onRequest === undefined) return false
    void this.options.onRequest(value).then(answer => { this.write({ id, kind: 'reply', value: answer }) })
    return true
  }

  private finish(end: ChannelEnd): ChannelEnd {
    this.end = end
    for (const resolve of this.waiting.values()) resolve(end)
    this.waiting.clear()
    return end
  }
}
