// Native engines (TLS, HTTP/2) sit on native streams. A native JSStream, whose calls come back to JavaScript, carries them here: what the
// engine writes goes to our handle, what arrives on our handle goes into the engine. Names, options and connecting are asked of the
// JSStream and answered by our handle.

import { UV_EOF } from '../facade/node-errors.ts'
import { feed, isUnderHttp2 } from './http2-turns.ts'
import type { InnerSocket } from './internals.ts'
import { newJsStream } from './js-stream.ts'
import type { JsStream } from './js-stream.ts'
import { statusException } from './owner-reads.ts'
import { StreamHandle } from './stream-handle.ts'
import type { ShutdownRequest } from './stream-handle.ts'

/** What is asked of the handle below the engine. */
const FORWARDED = [
  'ref', 'unref', 'bind', 'bind6', 'connect', 'connect6', 'getsockname', 'getpeername', 'setNoDelay', 'setKeepAlive', 'setSimultaneousAccepts',
  'setPendingInstances', 'fchmod', 'getAsyncId', 'hasRef', 'reset',
]

/** What an engine is told of a write that is done already: no error, and nothing to wait for. */
const DONE = 1

function forward(stream: JsStream, handle: StreamHandle): void {
  const methods = handle as unknown as Record<string, ((...args: unknown[]) => unknown) | undefined>
  for (const name of FORWARDED) {
    if (typeof methods[name] === 'function') stream[name] = (...args: unknown[]) => methods[name]?.(...args)
  }
}

export interface BridgeOptions {
  /** The socket that owns the handle, if the one on top does not. */
  readonly wrap: InnerSocket | null
  /** The engine knows of writes that are done within the call. */
  readonly writesAtOnce: boolean
}

/** A native stream on `handle` for an engine of `socket`. */
export function bridge(handle: StreamHandle, socket: InnerSocket, { wrap, writesAtOnce }: BridgeOptions): JsStream {
  const stream = newJsStream()
  stream.ours = handle
  forward(stream, handle)
  stream.isClosing = () => handle.isClosing
  stream.onreadstart = () => handle.readStart()
  stream.onreadstop = () => handle.readStop()
  stream.onwrite = (request: object, chunks: Uint8Array[]) => {
    const answer = handle.writeChunks(chunks, status => { feed(stream, stream.finishWrite, request, status) })
    if (answer === 'sync' && writesAtOnce) return DONE
    const status = typeof answer === 'number' ? answer : 0
    const finish = (): void => { feed(stream, stream.finishWrite, request, status) }
    if (answer === 'async') return 0
    if (isUnderHttp2(socket)) process.nextTick(finish)
    else handle.putOff(finish)
    return 0
  }
  stream.onshutdown = (request: object) => {
    const ours: ShutdownRequest = { oncomplete: status => { feed(stream, stream.finishShutdown, request, status) } }
    const status = handle.shutdown(ours)
    if (status !== 0) process.nextTick(() => { ours.oncomplete(status) })
    return 0
  }
  stream.close = (callback: () => void) => { closeBelow(handle, wrap, callback) }
  handle.readListener = (bytes, status) => {
    if (socket.destroyed) return
    if (bytes !== undefined) feed(stream, stream.readBuffer, bytes)
    else if (status === UV_EOF) feed(stream, stream.emitEOF)
    else socket.destroy(statusException(status, 'read'))
  }
  return stream
}

function closeBelow(handle: StreamHandle, wrap: InnerSocket | null, callback: () => void): void {
  if (wrap === null) {
    handle.close(callback)
  } else if (wrap._handle === null) {
    process.nextTick(callback)
  } else {
    wrap.once('close', callback)
    wrap.destroy()
  }
}

/** The handle of ours that a socket's handle is, or stands on. */
export function oursBelow(handle: unknown): StreamHandle | undefined {
  if (handle instanceof StreamHandle) return handle
  const below = (handle as { ours?: unknown } | null | undefined)?.ours
  return below instanceof StreamHandle ? below : undefined
}
