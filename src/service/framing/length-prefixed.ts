// Messages with their length in front. The length is the peer's word: it is looked at before a byte of the body is
// waited for, and one over the limit ends the stream.

import { Framer } from './framer.ts'
import type { Cut } from './framer.ts'

export interface LengthPrefix {
  /** Bytes of the length. */
  readonly size: 1 | 2 | 4 | 8
  /** Default: network order. */
  readonly littleEndian?: boolean
  /** Does the length count its own bytes? */
  readonly includesPrefix?: boolean
  /** Longest body. */
  readonly most: number
}

/** Numbers over 2^53 stay over every limit. */
function readLength(bytes: Uint8Array, littleEndian: boolean): number {
  let length = 0
  for (let i = 0; i < bytes.length; i++) length = length * 256 + bytes[littleEndian ? bytes.length - 1 - i : i]
  return length
}

export class LengthPrefixedFramer extends Framer {
  private readonly prefix: LengthPrefix

  constructor(prefix: LengthPrefix) {
    super()
    this.prefix = prefix
  }

  protected override cut(): Cut<Uint8Array> {
    const { size, littleEndian = false, includesPrefix = false, most } = this.prefix
    if (this.bytes.length < size) return undefined
    const length = readLength(this.bytes.peek(size), littleEndian) - (includesPrefix ? size : 0)
    if (length < 0) return 'bad-length'
    if (length > most) return 'message-too-long'
    if (this.bytes.length < size + length) return undefined
    this.bytes.skip(size)
    return { message: this.bytes.take(length) }
  }
}

/** The message with its length in front; a RangeError when it is longer than the prefix may say. */
export function encodeLengthPrefixed(message: Uint8Array, prefix: LengthPrefix): Uint8Array {
  const { size, littleEndian = false, includesPrefix = false, most } = prefix
  let length = message.length + (includesPrefix ? size : 0)
  if (message.length > most || length >= 256 ** size) throw new RangeError(`a message of ${message.length} bytes is too long`)
  const framed = new Uint8Array(size + message.length)
  for (let i = 0; i < size; i++) {
    framed[littleEndian ? i : size - 1 - i] = length % 256
    length = Math.floor(length / 256)
  }
  framed.set(message, size)
  return framed
}

/** The message and its delimiter; a RangeError when the delimiter would be found before its end. */
export function encodeDelimited(message: Uint8Array, delimiter: Uint8Array): Uint8Array {
  const framed = new Uint8Array(message.length + delimiter.length)
  framed.set(message)
  framed.set(delimiter, message.length)
  for (let at = 0; at < message.length; at++) {
    if (delimiter.every((each, i) => framed[at + i] === each)) throw new RangeError('the message holds its own delimiter')
  }
  return framed
}
