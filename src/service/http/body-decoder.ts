// The body of a response out of the bytes that follow its head (RFC 9112 6.3, 7.1): counted, chunked, or until the
// connection ends. Decodes in place, so that nothing is copied but the gaps between chunks.

import { contentLength } from './message-head.ts'

type Framing = 'none' | 'length' | 'chunked' | 'close'
type ChunkState = 'size' | 'data' | 'data-end' | 'trailer' | 'done'

const MAX_LINE_CHARS = 4096
const LF = 10

export class BodyDecoder {
  private readonly framing: Framing
  private readonly totalBytes: number
  private bodyBytes = 0
  private chunkState: ChunkState = 'size'
  private chunkLeft = 0
  private line = ''

  private constructor(framing: Framing, totalBytes: number) {
    this.framing = framing
    this.totalBytes = totalBytes
  }

  /** A text says what is wrong with the head. */
  static forResponse(method: string, status: number, fields: ReadonlyMap<string, string>): BodyDecoder | string {
    if (method === 'HEAD' || status === 204 || status === 304) return new BodyDecoder('none', 0)
    const coding = fields.get('transfer-encoding')
    if (coding !== undefined) {
      return coding.trim().toLowerCase() === 'chunked' ? new BodyDecoder('chunked', -1) : `unknown transfer coding ${coding}`
    }
    const length = contentLength(fields)
    if (length === 'malformed') return 'the content length is malformed'
    return length === undefined ? new BodyDecoder('close', -1) : new BodyDecoder('length', length)
  }

  get isDone(): boolean {
    if (this.framing === 'none') return true
    if (this.framing === 'length') return this.bodyBytes === this.totalBytes
    return this.framing === 'chunked' && this.chunkState === 'done'
  }

  /** Leaves the body's bytes of bytes[0, length) at its front; how many, or what is wrong. Bytes behind the end are ignored. */
  take(bytes: Uint8Array, length: number): number | string {
    if (this.framing === 'none') return 0
    if (this.framing === 'chunked') return this.takeChunked(bytes, length)
    const count = this.framing === 'close' ? length : Math.min(length, this.totalBytes - this.bodyBytes)
    this.bodyBytes += count
    return count
  }

  /** The connection ended: `undefined` when that is the end of the body, otherwise what is missing. */
  end(): string | undefined {
    return this.isDone || this.framing === 'close' ? undefined : `the connection ended early: ${this.progress()}`
  }

  progress(): string {
    return this.framing === 'length' ? `${this.bodyBytes} of ${this.totalBytes} bytes` : `${this.bodyBytes} bytes`
  }

  private takeChunked(bytes: Uint8Array, length: number): number | string {
    let out = 0
    let at = 0
    while (at < length && this.chunkState !== 'done') {
      if (this.chunkState === 'data') {
        const count = Math.min(this.chunkLeft, length - at)
        if (at !== out) bytes.copyWithin(out, at, at + count)
        out += count
        at += count
        this.chunkLeft -= count
        if (this.chunkLeft === 0) this.chunkState = 'data-end'
        continue
      }
      const byte = bytes[at]
      at++
      if (byte !== LF) {
        if (this.line.length >= MAX_LINE_CHARS) return 'a chunk line is too long'
        this.line += String.fromCharCode(byte)
        continue
      }
      const wrong = this.takeLine(this.line.endsWith('\r') ? this.line.slice(0, -1) : this.line)
      this.line = ''
      if (wrong !== undefined) return wrong
    }
    this.bodyBytes += out
    return out
  }

  private takeLine(line: string): string | undefined {
    if (this.chunkState === 'size') {
      const match = /^([0-9a-f]{1,12})[ \t]*(;.*)?$/i.exec(line)
      if (match === null) return 'a chunk size is malformed'
      this.chunkLeft = Number.parseInt(match[1], 16)
      this.chunkState = this.chunkLeft === 0 ? 'trailer' : 'data'
    } else if (this.chunkState === 'data-end') {
      if (line !== '') return 'a chunk is longer than its size says'
      this.chunkState = 'size'
    } else if (line === '') {
      this.chunkState = 'done'
    }
    return undefined
  }
}
