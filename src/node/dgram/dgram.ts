// The drop-in `dgram` over one host: Node's own Socket on our UDP handles.

import type nodeDgram from 'node:dgram'
import { deprecate } from 'node:util'
import { NATIVE_DGRAM } from '../facade/native-modules.ts'
import type { NodeStack } from '../facade/node-stack.ts'
import { UdpHandle } from './udp-handle.ts'

export type DgramLookup = (address: string, family: number, callback: (...args: unknown[]) => void) => void

interface InnerHandle { close(): void, unref(): void, [key: symbol]: unknown }

interface InnerState { handle: InnerHandle | UdpHandle | null }

function symbolOf(object: object, description: string): symbol {
  const found = Object.getOwnPropertySymbols(object).find(each => each.description === description)
  if (found === undefined) throw new Error(`this version of Node (${process.version}) has no ${description} in dgram: please report it`)
  return found
}

/** Puts our handle in the place of the native one, which has not made a socket yet. */
function swapHandle(socket: nodeDgram.Socket & Record<symbol, unknown>, type: string, stack: NodeStack, lookup: DgramLookup): void {
  const state = socket[symbolOf(socket, 'state symbol')] as InnerState
  const native = state.handle as InnerHandle | null
  if (native === null) return // an aborted signal has closed it already
  const family = type === 'udp6' ? 6 : 4
  const handle = new UdpHandle(stack, family)
  handle.lookup = (address: string, callback: (...args: unknown[]) => void) => {
    lookup(address || (family === 4 ? '127.0.0.1' : '::1'), family, callback)
  }
  const owner = symbolOf(native, 'owner_symbol')
  Object.defineProperty(handle, owner, { value: socket, writable: true, configurable: true })
  native.unref()
  native.close()
  state.handle = handle
}

type LookupOf = (stack: NodeStack) => DgramLookup

interface NewSocket { new (type: unknown, listener: unknown): nodeDgram.Socket, prototype: object }

/** The class whose sockets stand on `stackOf`'s stack, or on Node's own network where that is undefined. */
export function dgramClass(stackOf: () => NodeStack | undefined, lookupOf: LookupOf, prototype: object): NewSocket {
  const Native = NATIVE_DGRAM.Socket as unknown as { call(self: object, ...args: unknown[]): void }
  function Socket(this: nodeDgram.Socket & Record<symbol, unknown>, type: unknown, listener: unknown): unknown {
    if (!(this instanceof (Socket as unknown as typeof nodeDgram.Socket))) return new (Socket as unknown as NewSocket)(type, listener)
    Native.call(this, type, listener)
    const stack = stackOf()
    if (stack === undefined) return undefined
    const options = typeof type === 'object' && type !== null ? type as { type: string, lookup?: unknown } : { type: String(type) }
    swapHandle(this, options.type, stack, typeof options.lookup === 'function' ? options.lookup as DgramLookup : lookupOf(stack))
    return undefined
  }
  Object.setPrototypeOf(Socket, NATIVE_DGRAM.Socket)
  Object.defineProperty(Socket, 'prototype', { value: prototype, writable: true })
  return Socket as unknown as NewSocket
}

type CreateHandle = (address: string | null, port: number, type: string, fd?: number, flags?: number) => unknown

const { _createSocketHandle: createNative } = NATIVE_DGRAM as unknown as { _createSocketHandle: CreateHandle }

/** `dgram._createSocketHandle`: a handle, bound if an address or a port is given, or libuv's number for why it is not. */
export function socketHandleMaker(stackOf: () => NodeStack | undefined): CreateHandle {
  return deprecate((address: string | null, port: number, type: string, fd?: number, flags: number = 0): unknown => {
    const stack = stackOf()
    const isDescriptor = typeof fd === 'number' && fd > 0
    if (stack === undefined || isDescriptor || (type !== 'udp4' && type !== 'udp6')) return createNative(address, port, type, fd, flags)
    const handle = new UdpHandle(stack, type === 'udp4' ? 4 : 6)
    const failed = port || address ? handle.bind(String(address), port || 0, flags) : 0
    if (failed === 0) return handle
    handle.close()
    return failed
  }, 'dgram._createSocketHandle() is deprecated', 'DEP0112')
}

/** `lookupNow` is asked for each socket, when it is made. */
export function createDgram(stack: NodeStack, lookupNow: () => DgramLookup): typeof nodeDgram {
  const prototype = Object.create(NATIVE_DGRAM.Socket.prototype) as object
  const Socket = dgramClass(() => stack, lookupNow, prototype)
  Object.defineProperty(prototype, 'constructor', { value: Socket, writable: true, configurable: true })
  const createSocket = (type: unknown, listener: unknown): nodeDgram.Socket => new Socket(type, listener)
  return { ...NATIVE_DGRAM, Socket, createSocket, _createSocketHandle: socketHandleMaker(() => stack) } as unknown as typeof nodeDgram
}
