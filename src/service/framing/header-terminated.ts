// Messages with a header of any length that ends at a terminator and says how long the body is, as HTTP has them.

import { Framer } from './framer.ts'
import type { Cut } from './framer.ts'

export interface HeaderedMessage { readonly header: Uint8Array, readonly body: Uint8Array }

export interface HeaderFormat {
  readonly terminator: Uint8Array
  readonly mostHeader: number
  readonly mostBody: number
  /** Length of the body that the header announces; NaN when it says nonsense. */
  bodyLength(header: Uint8Array): number
}

export class HeaderTerminatedFramer extends Framer<HeaderedMessage> {
  private readonly format: HeaderFormat
  private header: Uint8Array | undefined = undefined
  private bodyLength = 0
  private searched = 0

  constructor(format: HeaderFormat) {
    super()
    if (format.terminator.length === 0) throw new RangeError('a terminator must have a byte')
    this.format = format
  }

  override get pending(): number { return (this.header?.length ?? 0) + super.pending }

  override end() { return this.header === undefined ? super.end() : this.endWithin() }

  protected override cut(): Cut<HeaderedMessage> {
    if (this.header === undefined) {
      const refused = this.cutHeader()
      if (refused !== undefined) return refused
    }
    if (this.header === undefined || this.bytes.length < this.bodyLength) return undefined
    const { header } = this
    this.header = undefined
    return { message: { header, body: this.bytes.take(this.bodyLength) } }
  }

  private cutHeader(): 'message-too-long' | 'bad-length' | undefined {
    const { terminator, mostHeader, mostBody } = this.format
    const at = this.bytes.indexOf(terminator, this.searched)
    if (at === -1) {
      this.searched = Math.max(0, this.bytes.length - terminator.length + 1)
      return this.searched > mostHeader ? 'message-too-long' : undefined
    }
    if (at > mostHeader) return 'message-too-long'
    const header = this.bytes.take(at)
    this.bytes.skip(terminator.length)
    this.searched = 0
    const length = this.format.bodyLength(header)
    if (!Number.isInteger(length) || length < 0) return 'bad-length'
    if (length > mostBody) return 'message-too-long'
    this.header = header
    this.bodyLength = length
    return undefined
  }

  /** A header whose body never came. */
  private endWithin() {
    this.header = undefined
    this.bytes.push(this.format.terminator)
    return super.end()
  }
}

const CRLF_CRLF = Uint8Array.of(13, 10, 13, 10)

/** HTTP/1.1's form: lines up to an empty one, and Content-Length. Two different lengths are nonsense (RFC 9112 6.3). */
export function contentLengthFormat(mostHeader: number, mostBody: number): HeaderFormat {
  return {
    terminator: CRLF_CRLF, mostHeader, mostBody,
    bodyLength(header) {
      let text = ''
      for (const each of header) text += String.fromCharCode(each)
      const lengths = new Set([...text.matchAll(/^content-length:[ \t]*(.*?)[ \t]*\r?$/gim)].map(each => each[1]))
      if (lengths.size === 0) return 0
      const [length] = lengths
      return lengths.size === 1 && /^\d{1,15}$/.test(length) ? Number(length) : NaN
    },
  }
}
