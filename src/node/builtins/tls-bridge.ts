// TLS over our handles: what Node's TLS engine sits on is a native stream over a handle of ours (net/native-bridge.ts).

import nodeTls from 'node:tls'
import { SYMBOLS } from '../net/internals.ts'
import type { InnerSocket } from '../net/internals.ts'
import { watchTlsHandle } from '../net/http2-handles.ts'
import { bridge } from '../net/native-bridge.ts'
import { PipeHandle } from '../net/pipe-handle.ts'
import type { StackOf } from '../net/socket.ts'
import { StreamHandle } from '../net/stream-handle.ts'
import { TcpHandle } from '../net/tcp-handle.ts'

interface InnerTlsSocket extends InnerSocket {
  _tlsOptions: { pipe?: boolean }
}

type WrapHandle = (this: InnerTlsSocket, wrap: InnerSocket | null, handle: unknown, hasActiveWrite: boolean) => unknown

/** Puts our handles under TLS sockets that connect by themselves or are given a socket of ours. Answers what undoes it. */
export function patchTls(stackOf: StackOf): () => void {
  const prototype = nodeTls.TLSSocket.prototype as unknown as { _wrapHandle: WrapHandle }
  const native = prototype._wrapHandle

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
    const stream = bridge(handle, this, { wrap, writesAtOnce: false })
    if (wrap === null) {
      const owner = { [SYMBOLS.owner]: this }
      Object.assign(handle, owner)
      Object.assign(stream, owner)
    }
    const wrapped = native.call(this, wrap, stream, hasActiveWrite)
    watchTlsHandle(wrapped as object)
    return wrapped
  }
  return () => { prototype._wrapHandle = native }
}
