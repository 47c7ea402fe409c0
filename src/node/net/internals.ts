// Node's own net.Socket and net.Server do everything above the handle; ours are the same classes on handles of our stack.
// This file names the few inner members that this takes, found by their descriptions and checked once: they have stood
// unchanged from Node 20 to 26, and a version that lacks one is refused with a clear text instead of failing later.

import nodeNet from 'node:net'

/* eslint-disable @typescript-eslint/no-explicit-any -- the inside of Node's classes has no types */
export const NativeSocket = nodeNet.Socket as unknown as NativeClass
export const NativeServer = nodeNet.Server as unknown as NativeClass

export interface NativeClass {
  new (...args: unknown[]): InnerSocket
  call(self: object, ...args: unknown[]): void
  prototype: Record<PropertyKey, any>
}

/** What we touch of a net.Socket beyond its documented face. */
export interface InnerSocket extends nodeNet.Socket {
  _handle: any
  _pendingData: unknown
  _pendingEncoding: string
  _peername: unknown
  _sockname: unknown
  _server: unknown
  _parent?: { connecting: boolean } | null
  server: unknown
  _unrefTimer(): void
  _readableState: { endEmitted: boolean }
  [key: symbol]: any
}

export interface InnerServer extends nodeNet.Server {
  _handle: any
  _connections: number
  _listeningId: number
  _pipeName: string | undefined
  allowHalfOpen: boolean
  pauseOnConnect: boolean
  noDelay: boolean
  keepAlive: boolean
  keepAliveInitialDelay: number
  highWaterMark: number
  blockList?: nodeNet.BlockList
}

function symbolOf(objects: readonly object[], description: string): symbol | undefined {
  for (const object of objects) {
    for (let level: object | null = object; level !== null; level = Object.getPrototypeOf(level) as object | null) {
      const found = Object.getOwnPropertySymbols(level).find(each => each.description === description)
      if (found !== undefined) return found
    }
  }
  return undefined
}

function needed(objects: readonly object[], description: string): symbol {
  const found = symbolOf(objects, description)
  if (found === undefined) throw new Error(`this version of Node (${process.version}) has no ${description} in net: please report it`)
  return found
}

interface InnerSymbols {
  owner: symbol
  buffer: symbol
  bufferCallback: symbol
  bufferGenerator: symbol
  lastWriteQueueSize: symbol
  setNoDelay: symbol
  setKeepAlive: symbol
  setKeepAliveInitialDelay: symbol
  reinitializeHandle: symbol | undefined
}

/** Read off a socket on a handle that does nothing. */
function readInside(): { symbols: InnerSymbols, reader: unknown } {
  const handle = {
    readStart: () => 0, readStop: () => 0, close: () => undefined, getAsyncId: () => 1, reading: false, onread: undefined as unknown,
  }
  const socket = new NativeSocket({ handle, manualStart: true })
  const symbols = {
    owner: needed([handle], 'owner_symbol'),
    buffer: needed([socket], 'kBuffer'),
    bufferCallback: needed([socket], 'kBufferCb'),
    bufferGenerator: needed([socket], 'kBufferGen'),
    lastWriteQueueSize: needed([socket], 'lastWriteQueueSize'),
    setNoDelay: needed([socket], 'kSetNoDelay'),
    setKeepAlive: needed([socket], 'kSetKeepAlive'),
    setKeepAliveInitialDelay: needed([socket], 'kSetKeepAliveInitialDelay'),
    reinitializeHandle: symbolOf([socket], 'kReinitializeHandle'),
  }
  socket._handle = null
  socket.destroy()
  return { symbols, reader: handle.onread }
}

const inside = readInside()

export const SYMBOLS: Readonly<InnerSymbols> = Object.freeze(inside.symbols)

/** What Node's net reads its handles by. */
export const NATIVE_READER = inside.reader
