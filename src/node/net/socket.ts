// net.Socket over our stack: Node's own class, given our handles. What Node's code does through its native stream base
// (writing; reading stands in owner-reads.ts) is done here in the same order and with the same errors; the rest is Node's.
// The methods stand on a class of ours (`createSocketClass`) or, for whole programs, on Node's own (builtins/).

import nodeNet from 'node:net'
import type { NodeStack } from '../facade/node-stack.ts'
import { giveWrites } from './handle-writes.ts'
import { makeNative } from './http2-handles.ts'
import { NativeSocket, SYMBOLS } from './internals.ts'
import type { InnerSocket } from './internals.ts'
import { oursBelow } from './native-bridge.ts'
import { statusException } from './owner-reads.ts'
import { PipeHandle } from './pipe-handle.ts'
import { StreamHandle } from './stream-handle.ts'
import { TcpHandle } from './tcp-handle.ts'

giveWrites()

type Callback = (error?: Error | null) => void

interface WritevEntry { chunk: Uint8Array | string, encoding: BufferEncoding }

/** options object and callback, as Node's own normalisation gives them. */
export type NormalizedArguments = [Record<string, unknown>, ((...args: unknown[]) => void) | null]

const normalize = (nodeNet as unknown as { _normalizeArgs(args: readonly unknown[]): NormalizedArguments })._normalizeArgs
const NORMALIZED = Object.getOwnPropertySymbols(normalize([])).find(each => each.description === 'normalizedArgs') ?? Symbol('none')

export function normalizeArguments(args: readonly unknown[]): NormalizedArguments {
  const known = args[0]
  return Array.isArray(known) && NORMALIZED in known ? known as unknown as NormalizedArguments : normalize(args)
}

function chunksOf(writev: boolean, data: unknown, encoding: BufferEncoding): Uint8Array[] {
  if (!writev) return [toBytes(data as Uint8Array | string, encoding)]
  return (data as WritevEntry[]).map(entry => toBytes(entry.chunk, entry.encoding))
}

function toBytes(chunk: Uint8Array | string, encoding: BufferEncoding): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk
}

/** How many bytes a character may take, in encodings that Node writes as they are; what fits its buffer counts once it is written. */
const WIDTHS: Readonly<Record<string, number>> = {
  'utf8': 3, 'utf-8': 3, 'latin1': 1, 'binary': 1, 'ascii': 1, 'ucs2': 2, 'ucs-2': 2, 'utf16le': 2, 'utf-16le': 2,
}
const LIGHTEST_BYTES = 16384

function isLight(writev: boolean, data: unknown, encoding: string): boolean {
  return !writev && typeof data === 'string' && data.length * (WIDTHS[encoding] ?? Infinity) <= LIGHTEST_BYTES
}

/** Node: afterWriteDispatched and onWriteComplete. */
function write(socket: InnerSocket, handle: StreamHandle, chunks: readonly Uint8Array[], light: boolean, callback: Callback): void {
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
  }, light)
  if (typeof answer === 'number') callback(statusException(answer, 'write'))
  else if (answer === 'sync') callback()
  else socket[SYMBOLS.lastWriteQueueSize] = chunks.reduce((sum, each) => sum + each.length, 0)
}

/** Which stack a call belongs to; undefined leaves it to Node's own network. */
export type StackOf = () => NodeStack | undefined

/** The methods of Node's prototype that differ on our stack, and what Node's own were when this file was loaded. */
export type SocketMethods = Record<PropertyKey, (this: InnerSocket, ...args: never[]) => unknown>

const NATIVE: Readonly<SocketMethods> = Object.freeze(Object.fromEntries(
  ['connect', '_writeGeneric', 'resetAndDestroy', '_reset', ...SYMBOLS.reinitializeHandle === undefined ? [] : [SYMBOLS.reinitializeHandle]]
    .map(name => [name, NativeSocket.prototype[name] as (this: InnerSocket) => unknown])))

function native(name: PropertyKey, socket: InnerSocket, ...args: unknown[]): unknown { return Reflect.apply(NATIVE[name], socket, args) }

function install(socket: InnerSocket, handle: StreamHandle): void {
  if (SYMBOLS.reinitializeHandle !== undefined) native(SYMBOLS.reinitializeHandle, socket, handle)
}

/** Another program's socket in the real file system. */
function isForeign(stack: NodeStack, path: unknown): boolean {
  return typeof path === 'string' && path !== '' && !path.startsWith('\0') && stack.files.isForeign(path)
}

/** Node asks for the address of a name only. */
function needsNoLookup({ host, path }: Record<string, unknown>): boolean {
  return typeof host === 'string' ? nodeNet.isIP(host) !== 0 : Boolean(path)
}

/** `lookup` is what connects by name unless the caller brings its own; undefined for dns.lookup. */
export function socketMethods(stackOf: StackOf, lookup: unknown): SocketMethods {
  const methods: SocketMethods = {
    connect(...args: unknown[]): unknown {
      const stack = stackOf()
      const normalized = normalizeArguments(args)
      const [options, callback] = normalized
      const isMeant = stack !== undefined && typeof options === 'object' && (options.port !== undefined || (options.path ?? null) !== null)
      if (!isMeant || this._parent?.connecting === true || isForeign(stack, options.path)) return native('connect', this, ...args)
      if (this.destroyed) {
        this._handle = null
        this._peername = null
        this._sockname = null
      }
      if ((this._handle ?? null) === null) install(this, options.path ? new PipeHandle(stack) : new TcpHandle(stack))
      if (lookup === undefined || (options.lookup ?? null) !== null || needsNoLookup(options)) return native('connect', this, normalized)
      const withLookup: unknown = Object.assign(Object.create(options) as object, { lookup })
      return native('connect', this, ...callback === null ? [withLookup] : [withLookup, callback])
    },

    _writeGeneric(writev: boolean, data: unknown, encoding: BufferEncoding, callback: Callback): unknown {
      const handle = oursBelow(this._handle)
      if (this.connecting || handle === undefined) return native('_writeGeneric', this, writev, data, encoding, callback)
      this._pendingData = null
      this._pendingEncoding = ''
      this._unrefTimer()
      write(this, handle, chunksOf(writev, data, encoding), isLight(writev, data, encoding), callback)
      return undefined
    },

    resetAndDestroy(): unknown {
      if (!(oursBelow(this._handle) instanceof TcpHandle)) return native('resetAndDestroy', this)
      if (this.connecting) this.once('connect', () => { native('_reset', this) })
      else native('_reset', this)
      return this
    },
  }
  if (SYMBOLS.reinitializeHandle !== undefined) {
    // Happy eyeballs makes a fresh native handle for each further attempt.
    methods[SYMBOLS.reinitializeHandle] = function reinitializeHandle(handle: unknown): void {
      const before: unknown = this._handle
      const below = oursBelow(before)
      const fresh = below === undefined || handle instanceof StreamHandle ? handle as StreamHandle : new TcpHandle(below.stack)
      install(this, fresh)
      if (below !== undefined && below !== before) makeNative(this, fresh)
    }
  }
  return methods
}

/**
 * Node's constructor copies its options and sets these four. V8 keeps no shape for what is added to a copy: each would cost a
 * microsecond, and so would all that reads the options afterwards.
 */
function complete(options: unknown): Record<string, unknown> {
  if (typeof options === 'object' && options !== null
    && 'allowHalfOpen' in options && 'emitClose' in options && 'autoDestroy' in options && 'decodeStrings' in options) {
    return options
  }
  return { allowHalfOpen: false, emitClose: false, autoDestroy: true, decodeStrings: false, ...options as object }
}

/** The class for one stack. A function, so that it can be called without `new` and by `Socket.call(this)`. */
export function createSocketClass(stack: NodeStack, lookup: unknown): typeof nodeNet.Socket {
  function Socket(this: InnerSocket | undefined, options?: Record<string, unknown> | number): unknown {
    // Node's own descendants (tls.TLSSocket) call it on what they are.
    if (!(this instanceof NativeSocket)) return new (Socket as unknown as NewSocket)(options)
    // Descriptors and native handles (stdout, child pipes) stay Node's business.
    NativeSocket.call(this, typeof options === 'number' ? options : complete(options))
    return undefined
  }
  const prototype = Object.create(NativeSocket.prototype as object) as Record<PropertyKey, unknown>
  Object.setPrototypeOf(Socket, nodeNet.Socket)
  Object.defineProperty(Socket, 'prototype', { value: prototype, writable: true })
  Object.defineProperty(prototype, 'constructor', { value: Socket, writable: true, configurable: true })
  Object.assign(prototype, socketMethods(() => stack, lookup))
  return Socket as unknown as typeof nodeNet.Socket
}

type NewSocket = new (options?: Record<string, unknown> | number) => unknown
