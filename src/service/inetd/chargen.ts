// Character generator (RFC 864): lines of 72 printable characters, each beginning one further, until the peer closes;
// on UDP one datagram of them for each that arrives.

import type { Errno } from '../../base/errno.ts'
import { listenUdp } from '../datagram-service.ts'
import { sendAll } from '../http/response.ts'
import type { Program, Service, SocketAddress } from '../program.ts'
import { listenTcp } from '../stream-service.ts'
import { isServicePort } from './echo.ts'

const FIRST = 32
const COUNT = 95
const LINE_CHARS = 72
const LINE_BYTES = LINE_CHARS + 2
const UDP_LINES = 6
const MAX_CONNECTIONS = 100
/** Lines repeat after 95; several rounds make one write worth its call. */
const ROUNDS = 8

export function chargenLines(count: number): Uint8Array {
  const bytes = new Uint8Array(count * LINE_BYTES)
  let at = 0
  for (let line = 0; line < count; line++) {
    for (let i = 0; i < LINE_CHARS; i++) {
      bytes[at] = FIRST + (line + i) % COUNT
      at++
    }
    bytes[at] = 13
    bytes[at + 1] = 10
    at += 2
  }
  return bytes
}

export function chargenTcp(program: Program, address: SocketAddress): Service | Errno {
  const lines = chargenLines(COUNT * ROUNDS)
  return listenTcp(program, {
    name: 'chargen',
    address,
    maxConnections: MAX_CONNECTIONS,
    connection: async fd => {
      while (await sendAll(program, fd, lines, lines.length)) { /* until the peer has enough */ }
      program.sys.close(fd)
    },
  })
}

export function chargenUdp(program: Program, address: SocketAddress): Service | Errno {
  const lines = chargenLines(UDP_LINES)
  return listenUdp(program, 'chargen', address, (_question, _length, from) => isServicePort(from) ? undefined : lines)
}
