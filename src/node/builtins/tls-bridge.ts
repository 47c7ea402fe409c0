// TLS over our handles. Node's TLS engine sits on a native stream; a native JSStream, whose calls come back to JavaScript,
// carries it here: what the engine writes goes to our handle, what arrives on our handle goes into the engine. Names,
// options and connecting are asked of the JSStream by TLSSocket and answered by our handle.

import { Duplex } from 'node:stream'
import nodeTls from 'node:tls'
import { SYMBOLS } from '../net/internals.ts'
import type { InnerSocket } from '../net/internals.ts'
import { UV_EOF } from '../facade/node-errors.ts'
import { PipeHandle } from '../net/pipe-handle.ts'
import { statusException } from '../net/owner-reads.ts'
import type { StackOf } from '../net/socket.ts'
import { StreamHandle } from '../net/stream-handle.ts'
import type { ShutdownRequest } from '../net/stream-handle.ts'
import { TcpHandle } from '../net/tcp-handle.ts'

/** Node's native stream whose other side is JavaScript. */
interface JsStream {
  readBuffer(bytes: Uint8Array): void
  emitEOF(): void
  finishWrite(request: object, status: number): void
  finishShutdown(request: object, status: number): void
  [name: string]: unknown
}

type JsStreamClass = new () => JsStream

interface InnerTlsSocket extends InnerSocket {
  _tlsOptions: { pipe?: boolean }
}

type WrapHandle = (this: InnerTlsSocket, wrap: InnerSocket | null, handle: unknown, hasActiveWrite: boolean) => unknown

/** What TLSSocket asks of the handle below the engine. */
const FORWARDED = [
  'ref', 'unref', 'bind', 'bind6', 'connect', 'connect6', 'getsockname', 'getpeername', 'setNoDelay', 'setKeepAlive', 'setSimultaneousAccepts',
  'setPendingInstances', 'fchmod', 'getAsyncId', 'hasRef',
]

/** The class stands in no module; a TLS socket over some other stream has one below it. */
function jsStreamClass(): JsStreamClass {
  const probe = new nodeTls.TLSSocket(new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => { done() } }))
  probe.on('error', () => undefined)
  const { _handle: handle } = probe as unknown as { _handle: { _parent: JsStream } }
  probe.destroy()
  return handle._parent.constructor as JsStreamClass
}

function forward(stream: JsStream, handle: StreamHandle): void {
  const methods = handle as unknown as Record<string, ((...args: unknown[]) => unknown) | undefined>
  for (const name of FORWARDED) {
    if (typeof methods[name] === 'function') stream[name] = (...args: unknown[]) => methods[name]?.(...args)
  }
}

/** A native stream on `handle`. `wrap` is the socket that owns the handle, if the TLS socket does not. */
function bridge(stream: JsStream, handle: StreamHandle, wrap: InnerSocket | null, tls: InnerSocket): JsStream {
  forward(stream, handle)
  stream.isClosing = () => handle.isClosing
  stream.onreadstart = () => handle.readStart()
  stream.onreadstop = () => handle.readStop()
  stream.onwrite = (request: object, chunks: Uint8Array[]) => {
    const answer = handle.writeChunks(chunks, status => { stream.finishWrite(request, status) })
    if (answer !== 'async') process.nextTick(() => { stream.finishWrite(request, typeof answer === 'number' ? answer : 0) })
    return 0
  }
  stream.onshutdown = (request: object) => {
    const ours: ShutdownRequest = { oncomplete: status => { stream.finishShutdown(request, status) } }
    const status = handle.shutdown(ours)
    if (status !== 0) process.nextTick(() => { ours.oncomplete(status) })
    return 0
  }
  stream.close = (callback: () => void) => {
    if (wrap === null) {
      handle.close(callback)
    } else if (wrap._handle === null) {
      process.nextTick(callback)
    } else {
      wrap.once('close', callback)
      wrap.destroy()
    }
  }
  handle.readListener = (bytes, status) => {
    if (tls.destroyed) return
    if (bytes !== undefined) stream.readBuffer(bytes)
    else if (status === UV_EOF) stream.emitEOF()
    else tls.destroy(statusException(status, 'read'))
  }
  return stream
}

/** Puts our handles under TLS sockets that connect by themselves or are given a socket of ours. Answers what undoes it. */
export function patchTls(stackOf: StackOf): () => void {
  const prototype = nodeTls.TLSSocket.prototype as unknown as { _wrapHandle: WrapHandle }
  const native = prototype._wrapHandle
  let streamClass: JsStreamClass | undefined

  /** The handle of ours that shall lie below; undefined for one of Node's. */
  const choose = (socket: InnerTlsSocket, wrap: InnerSocket | null, given: unknown): StreamHandle | undefined => {
    if (given instanceof StreamHandle) return given
    if (wrap !== null) return undefined
    // Happy eyeballs brings a fresh native handle for each further attempt.
    const before = (socket._handle as { _parent?: { ours?: StreamHandle } } | null | undefined)?._parent?.ours
    const stack = before === undefined ? given === undefined ? stackOf() : undefined : before.stack
    if (stack === undefined) return undefined
    ;(given as { close(): void } | undefined)?.close()
    return socket._tlsOptions.pipe === true ? new PipeHandle(stack) : new TcpHandle(stack)
  }

  prototype._wrapHandle = function wrapHandle(wrap, given, hasActiveWrite) {
    const handle = choose(this, wrap, given)
    if (handle === undefined) return native.call(this, wrap, given, hasActiveWrite)
    const JsStream = streamClass ??= jsStreamClass()
    const stream = bridge(new JsStream(), handle, wrap, this)
    stream.ours = handle
    if (wrap === null) {
      const owner = { [SYMBOLS.owner]: this }
      Object.assign(handle, owner)
      Object.assign(stream, owner)
    }
    return native.call(this, wrap, stream, hasActiveWrite)
  }
  return () => { prototype._wrapHandle = native }
}
