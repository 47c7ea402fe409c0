// Messages out of a byte stream (row J1). A stream keeps no boundaries: one read may bring half a message or five. A
// framer takes bytes as they come and gives whole messages; what it holds is bounded, and what a peer sends can end it
// with a failure, never harm it.

import { ByteQueue } from './byte-queue.ts'

/** A message over the limit; a length that cannot be; the end in the middle of a message. */
export type FramingFailure = 'message-too-long' | 'bad-length' | 'truncated'

/** What one attempt to cut a message off came to; undefined: more bytes are needed. */
export type Cut<T> = { readonly message: T } | FramingFailure | undefined

export abstract class Framer<T = Uint8Array> {
  protected readonly bytes = new ByteQueue()
  private failed: FramingFailure | undefined = undefined

  /** Why it gives no more messages. */
  get failure(): FramingFailure | undefined { return this.failed }

  /** Bytes that wait for the rest of their message. */
  get pending(): number { return this.bytes.length }

  /** Takes what a read brought and gives the messages that are whole now. After a failure it takes nothing. */
  push(more: Uint8Array): T[] {
    const messages: T[] = []
    if (this.failed !== undefined) return messages
    this.bytes.push(more)
    for (;;) {
      const cut = this.cut()
      if (cut === undefined) return messages
      if (typeof cut === 'string') {
        this.fail(cut)
        return messages
      }
      messages.push(cut.message)
    }
  }

  /** The stream has ended: within a message that is a failure. */
  end(): FramingFailure | undefined {
    if (this.failed === undefined && this.bytes.length > 0) this.fail('truncated')
    return this.failed
  }

  protected abstract cut(): Cut<T>

  private fail(failure: FramingFailure): void {
    this.failed = failure
    this.bytes.skip(this.bytes.length)
  }
}

/** Every message has the same length. */
export class FixedLengthFramer extends Framer {
  private readonly size: number

  constructor(size: number) {
    super()
    if (!(size > 0) || !Number.isInteger(size)) throw new RangeError('a message must have a positive length')
    this.size = size
  }

  protected override cut(): Cut<Uint8Array> {
    return this.bytes.length < this.size ? undefined : { message: this.bytes.take(this.size) }
  }
}

/** Messages end with a delimiter that cannot occur within them; it is taken off. */
export class DelimitedFramer extends Framer {
  private readonly delimiter: Uint8Array
  private readonly most: number
  /** Looked through already. */
  private searched = 0

  constructor(delimiter: Uint8Array, most: number) {
    super()
    if (delimiter.length === 0) throw new RangeError('a delimiter must have a byte')
    this.delimiter = delimiter
    this.most = most
  }

  protected override cut(): Cut<Uint8Array> {
    const at = this.bytes.indexOf(this.delimiter, this.searched)
    if (at === -1) {
      this.searched = Math.max(0, this.bytes.length - this.delimiter.length + 1)
      return this.searched > this.most ? 'message-too-long' : undefined
    }
    if (at > this.most) return 'message-too-long'
    const message = this.bytes.take(at)
    this.bytes.skip(this.delimiter.length)
    this.searched = 0
    return { message }
  }
}
