// HTTP/2 is a native engine that takes a socket's handle for itself, if that is a native stream; over any other it puts a socket of its
// own between, which programs can tell. It asks a handle whether it is one. Ours answer that they are, and are one from then on.

import { noteHttp2, prepareHttp2 } from './http2-turns.ts'
import { bridge } from './native-bridge.ts'
import { ownerOf } from './owner-reads.ts'
import { SYMBOLS } from './internals.ts'
import type { InnerSocket } from './internals.ts'
import { StreamHandle } from './stream-handle.ts'

/** HTTP/1's server asks the same, for the parser that it has given the socket before. */
function isForHttp1(socket: InnerSocket): boolean { return ((socket as { parser?: object | null }).parser ?? null) !== null }

/** Puts a native stream on `handle` into its place. */
export function makeNative(socket: InnerSocket, handle: StreamHandle): void {
  const stream = bridge(handle, socket, { wrap: null, writesAtOnce: true })
  stream[SYMBOLS.owner] = socket
  stream.onread = handle.onread
  stream.reading = handle.reading
  socket._handle = stream
}

Object.defineProperty(StreamHandle.prototype, 'isStreamBase', {
  configurable: true,
  get(this: StreamHandle): boolean {
    const socket = ownerOf(this)
    if (socket === undefined || socket._handle !== this || isForHttp1(socket)) return false
    prepareHttp2()
    makeNative(socket, this)
    return true
  },
})

/** The engine of TLS is one already. */
export function watchTlsHandle(handle: object): void {
  const prototype = Object.getPrototypeOf(handle) as object
  if (watched.has(prototype)) return
  watched.add(prototype)
  Object.defineProperty(prototype, 'isStreamBase', {
    configurable: true,
    get(this: object): boolean {
      const socket = ownerOf(this)
      if (socket !== undefined && !isForHttp1(socket)) noteHttp2(socket)
      return true
    },
  })
}

const watched = new WeakSet<object>()
