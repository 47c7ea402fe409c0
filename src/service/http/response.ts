// Puts one response on a connection: status line, fields, and the body straight from the entity, the next piece being
// read while the last one is sent.

import { MSG_NOSIGNAL } from '../../base/posix.ts'
import type { Program } from '../program.ts'
import { latin1Bytes } from './message-head.ts'
import type { HttpEntity } from './site.ts'

export const REASON: Readonly<Record<number, string>> = {
  200: 'OK', 206: 'Partial Content', 301: 'Moved Permanently', 304: 'Not Modified', 400: 'Bad Request', 403: 'Forbidden', 404: 'Not Found',
  405: 'Method Not Allowed', 408: 'Request Timeout', 412: 'Precondition Failed', 414: 'URI Too Long', 416: 'Range Not Satisfiable',
  431: 'Request Header Fields Too Large', 500: 'Internal Server Error', 501: 'Not Implemented', 503: 'Service Unavailable',
  505: 'HTTP Version Not Supported',
}

const PIECE_BYTES = 256 * 1024

export type Fields = readonly (readonly [name: string, value: string])[]

export function encodeHead(status: number, fields: Fields): Uint8Array {
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return latin1Bytes(`HTTP/1.1 ${status} ${REASON[status] ?? ''}\r\n${lines}\r\n`)
}

/** True when every byte was handed to the socket. */
export async function sendAll(program: Program, fd: number, bytes: Uint8Array, length: number = bytes.length): Promise<boolean> {
  let sent = 0
  while (sent < length) {
    const count = await program.send(fd, bytes, sent, length - sent, MSG_NOSIGNAL)
    if (typeof count === 'string') return false
    sent += count
  }
  return true
}

/** Head and entity[from, to). False when the connection broke or the entity ended early: nothing more can be sent then. */
export async function sendEntity(
  program: Program, fd: number, head: Uint8Array, entity: HttpEntity, from: number, to: number): Promise<boolean> {
  const firstBytes = Math.min(PIECE_BYTES, to - from)
  let piece = new Uint8Array(head.length + firstBytes)
  piece.set(head)
  const firstRead = await readFully(entity, from, piece.subarray(head.length))
  let length = head.length + firstRead
  let at = from + firstRead
  let spare = to - at > 0 ? new Uint8Array(Math.min(PIECE_BYTES, to - at)) : piece
  for (;;) {
    const wanted = Math.min(spare.length, to - at)
    const ahead = wanted > 0 ? readFully(entity, at, spare.subarray(0, wanted)) : undefined
    const isSent = await sendAll(program, fd, piece, length)
    const got = ahead === undefined ? 0 : await ahead
    if (!isSent) return false
    if (got === 0) return at === to
    at += got
    length = got
    const done = piece
    piece = spare
    spare = done.length >= PIECE_BYTES ? done : new Uint8Array(PIECE_BYTES)
  }
}

async function readFully(entity: HttpEntity, position: number, into: Uint8Array): Promise<number> {
  let got = 0
  while (got < into.length) {
    const count = await entity.read(position + got, got === 0 ? into : into.subarray(got))
    if (count === 0) break
    got += count
  }
  return got
}
