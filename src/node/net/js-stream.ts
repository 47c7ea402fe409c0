// Node's native stream whose other side is JavaScript: what native code must read from, or write to.

import { Duplex } from 'node:stream'
import nodeTls from 'node:tls'

export interface JsStream {
  readBuffer(bytes: Uint8Array): void
  emitEOF(): void
  finishWrite(request: object, status: number): void
  finishShutdown(request: object, status: number): void
  /** The handle of ours below, if there is one. */
  ours?: object
  [name: PropertyKey]: unknown
}

type JsStreamClass = new () => JsStream

let known: JsStreamClass | undefined

/** The class stands in no module; a TLS socket over some other stream has one below it. */
function jsStreamClass(): JsStreamClass {
  const probe = new nodeTls.TLSSocket(new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => { done() } }))
  probe.on('error', () => undefined)
  const { _handle: handle } = probe as unknown as { _handle: { _parent: JsStream } }
  probe.destroy()
  return handle._parent.constructor as JsStreamClass
}

export function newJsStream(): JsStream {
  known ??= jsStreamClass()
  return new known()
}
