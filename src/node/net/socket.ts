// net.Socket over our stack: Node's own class, given our handles. What Node's code does through its native stream base
// (reading, writing) is done here in the same order and with the same errors; the rest is inherited.

import { isUint8Array } from 'node:util/types'
import nodeNet from 'node:net'
import { errnoFromNumber } from '../../base/errno.ts'
import type { Errno } from '../../base/errno.ts'
import { UV_EOF, errnoException } from '../facade/node-errors.ts'
import type { NodeStack } from '../facade/node-stack.ts'
import { NativeSocket, SYMBOLS } from './internals.ts'
import type { InnerSocket } from './internals.ts'
import { PipeHandle } from './pipe-handle.ts'
import { StreamHandle } from './stream-handle.ts'
import { TcpHandle } from './tcp-handle.ts'

type Callback = (error?: Error | null) => void

interface WritevEntry { chunk: Uint8Array | string, encoding: BufferEncoding }

/** options object and callback, as Node's own normalisation gives them. */
export type NormalizedArguments = [Record<string, unknown>, ((...args: unknown[]) => void) | null]

export function normalizeArguments(args: readonly unknown[]): NormalizedArguments {
  const known = args[0]
  if (Array.isArray(known) && Object.getOwnPropertySymbols(known).some(each => each.description === 'normalizedArgs')) return known as NormalizedArguments
  return (nodeNet as unknown as { _normalizeArgs(args: readonly unknown[]): NormalizedArguments })._normalizeArgs(args)
}

/** Attaches a handle's reads to the socket that owns it (Node: onStreamRead). */
function attach(socket: InnerSocket, handle: StreamHandle): void {
  handle.readListener = (bytes, status) => {
    socket._unrefTimer()
    if (bytes !== undefined) {
      if (socket.destroyed) return
      deliver(socket, handle, bytes)
    } else if (status !== UV_EOF) {
      socket.destroy(statusException(status, 'read'))
    } else if (!socket._readableState.endEmitted) {
      socket.push(null)
      socket.read(0)
    }
  }
}

function deliver(socket: InnerSocket, handle: StreamHandle, bytes: Buffer): void {
  let goesOn: boolean
  if (socket[SYMBOLS.buffer] !== null) {
    goesOn = socket[SYMBOLS.bufferCallback](bytes.length, socket[SYMBOLS.buffer]) !== false
    const generate = socket[SYMBOLS.bufferGenerator] as (() => unknown) | null
    const next = generate === null ? undefined : generate()
    if (isUint8Array(next)) {
      socket[SYMBOLS.buffer] = next
      handle.useUserBuffer(next)
    }
  } else {
    goesOn = socket.push(bytes)
  }
  if (goesOn) return
  handle.reading = false
  if (!socket.destroyed) handle.readStop()
}

export function statusException(status: number, syscall: string): Error {
  const errno: Errno = errnoFromNumber(-status) ?? 'EIO'
  return errnoException(errno, syscall)
}

function chunksOf(writev: boolean, data: unknown, encoding: BufferEncoding): Uint8Array[] {
  if (!writev) return [toBytes(data as Uint8Array | string, encoding)]
  return (data as WritevEntry[]).map(entry => toBytes(entry.chunk, entry.encoding))
}

function toBytes(chunk: Uint8Array | string, encoding: BufferEncoding): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk
}

/** Node: afterWriteDispatched and onWriteComplete. */
function write(socket: InnerSocket, handle: StreamHandle, chunks: readonly Uint8Array[], callback: Callback): void {
  const answer = handle.writeChunks(chunks, status => {
    if (socket.destroyed) {
      callback(null)
      return
    }
    if (status < 0) {
      callback(statusException(status, 'write'))
      return
    }
    socket._unrefTimer()
    socket[SYMBOLS.lastWriteQueueSize] = 0
    callback(null)
  })
  if (typeof answer === 'number') callback(statusException(answer, 'write'))
  else if (answer === 'sync') callback()
  else socket[SYMBOLS.lastWriteQueueSize] = chunks.reduce((sum, each) => sum + each.length, 0)
}

/** The class for one stack. A function, so that it can be called without `new` and by `Socket.call(this)`. */
export function createSocketClass(stack: NodeStack, lookup: unknown): typeof nodeNet.Socket {
  function Socket(this: InnerSocket | undefined, options?: Record<string, unknown>): unknown {
    if (!(this instanceof (Socket as unknown as typeof nodeNet.Socket))) return new (Socket as unknown as NewSocket)(options)
    // Descriptors and native handles (stdout, child pipes) stay Node's business.
    NativeSocket.call(this, options)
    const handle: unknown = this._handle
    if (handle instanceof StreamHandle) attach(this, handle)
    return undefined
  }
  const prototype = Object.create(NativeSocket.prototype as object) as Record<PropertyKey, unknown>
  Object.setPrototypeOf(Socket, nodeNet.Socket)
  Object.defineProperty(Socket, 'prototype', { value: prototype, writable: true })
  Object.defineProperty(prototype, 'constructor', { value: Socket, writable: true, configurable: true })

  const install = (socket: InnerSocket, handle: StreamHandle): void => {
    const reinitialize = SYMBOLS.reinitializeHandle
    if (reinitialize !== undefined) NativeSocket.prototype[reinitialize].call(socket, handle)
    attach(socket, handle)
  }

  prototype.connect = function connect(this: InnerSocket, ...args: unknown[]): unknown {
    const normalized = normalizeArguments(args)
    const [options] = normalized
    if (typeof options !== 'object' || (options.port === undefined && (options.path ?? null) === null)) {
      return NativeSocket.prototype.connect.apply(this, args)
    }
    options.lookup ??= lookup
    if (this.destroyed) {
      this._handle = null
      this._peername = null
      this._sockname = null
    }
    if ((this._handle ?? null) === null) install(this, options.path ? new PipeHandle(stack) : new TcpHandle(stack))
    return NativeSocket.prototype.connect.call(this, normalized)
  }

  if (SYMBOLS.reinitializeHandle !== undefined) {
    // Happy eyeballs makes a fresh native handle for each further attempt.
    prototype[SYMBOLS.reinitializeHandle] = function reinitializeHandle(this: InnerSocket, handle: unknown): void {
      install(this, handle instanceof StreamHandle ? handle : new TcpHandle(stack))
    }
  }

  prototype._writeGeneric = function _writeGeneric(this: InnerSocket, writev: boolean, data: unknown, encoding: BufferEncoding,
    callback: Callback): unknown {
    const handle: unknown = this._handle
    if (this.connecting || !(handle instanceof StreamHandle)) {
      return NativeSocket.prototype._writeGeneric.call(this, writev, data, encoding, callback)
    }
    this._pendingData = null
    this._pendingEncoding = ''
    this._unrefTimer()
    write(this, handle, chunksOf(writev, data, encoding), callback)
    return undefined
  }

  prototype.resetAndDestroy = function resetAndDestroy(this: InnerSocket): unknown {
    const handle: unknown = this._handle
    if (!(handle instanceof TcpHandle)) return NativeSocket.prototype.resetAndDestroy.call(this)
    if (this.connecting) this.once('connect', () => { NativeSocket.prototype._reset.call(this) })
    else NativeSocket.prototype._reset.call(this)
    return this
  }
  return Socket as unknown as typeof nodeNet.Socket
}

type NewSocket = new (options?: Record<string, unknown>) => unknown
