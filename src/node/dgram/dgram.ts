// The drop-in `dgram` over one host: Node's own Socket on our UDP handles.

import type nodeDgram from 'node:dgram'
import { isIP } from 'node:net'
import { deprecate } from 'node:util'
import { NATIVE_DGRAM } from '../facade/native-modules.ts'
import type { NodeStack } from '../facade/node-stack.ts'
import { LOOKS_ADDRESSES_UP } from '../facade/running-node.ts'
import { stateOf, symbolOf } from './inner-state.ts'
import type { InnerHandle } from './inner-state.ts'
import { UdpHandle } from './udp-handle.ts'

export type DgramLookup = (address: string, family: number, callback: (...args: unknown[]) => void) => void

/** Puts our handle in the place of the native one, which has not made a socket yet. */
function swapHandle(socket: nodeDgram.Socket, type: string, stack: NodeStack, ask: DgramLookup): void {
  const state = stateOf(socket)
  const native = state.handle
  if (native === null) return // an aborted signal has closed it already
  const family = type === 'udp6' ? 6 : 4
  const handle = new UdpHandle(stack, family)
  handle.lookup = (given: string, callback: (...args: unknown[]) => void) => {
    const address = given || (family === 4 ? '127.0.0.1' : '::1')
    ask(address, family, callback)
  }
  const owner = symbolOf(native, 'owner_symbol')
  Object.defineProperty(handle, owner, { value: socket, writable: true, configurable: true })
  native.unref()
  native.close()
  state.handle = handle as unknown as InnerHandle
}

/** What is asked where the program brings no lookup of its own. */
function byDefault(lookup: DgramLookup): DgramLookup {
  if (LOOKS_ADDRESSES_UP) return lookup
  return (address, family, callback) => {
    if (isIP(address) === family) process.nextTick(callback, null, address, family)
    else lookup(address, family, callback)
  }
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
    swapHandle(this, options.type, stack, typeof options.lookup === 'function' ? options.lookup as DgramLookup : byDefault(lookupOf(stack)))
    return undefined
  }
  Object.setPrototypeOf(Socket, NATIVE_DGRAM.Socket)
  Object.defineProperty(Socket, 'prototype', { value: prototype, writable: true })
  return Socket as unknown as NewSocket
}

type CreateHandle = (address: string | null, port: number, type: string, fd?: number, flags?: number) => unknown

const { _createSocketHandle: createNative } = NATIVE_DGRAM as unknown as { _createSocketHandle: CreateHandle | undefined }

/** `dgram._createSocketHandle`, where this Node has it: a handle, bound if an address or a port is given, or libuv's number for why not. */
export function socketHandleMaker(stackOf: () => NodeStack | undefined): { readonly _createSocketHandle?: CreateHandle } {
  if (createNative === undefined) return {}
  const create: CreateHandle = (address, port, type, fd, flags = 0) => {
    const stack = stackOf()
    const isDescriptor = typeof fd === 'number' && fd > 0
    if (stack === undefined || isDescriptor || (type !== 'udp4' && type !== 'udp6')) return createNative(address, port, type, fd, flags)
    const handle = new UdpHandle(stack, type === 'udp4' ? 4 : 6)
    const failed = port || address ? handle.bind(String(address), port || 0, flags) : 0
    if (failed === 0) return handle
    handle.close()
    return failed
  }
  return { _createSocketHandle: deprecate(create, 'dgram._createSocketHandle() is deprecated', 'DEP0112') }
}

/** `lookupNow` is asked for each socket, when it is made. */
export function createDgram(stack: NodeStack, lookupNow: () => DgramLookup): typeof nodeDgram {
  const prototype = Object.create(NATIVE_DGRAM.Socket.prototype) as object
  const Socket = dgramClass(() => stack, lookupNow, prototype)
  Object.defineProperty(prototype, 'constructor', { value: Socket, writable: true, configurable: true })
  const createSocket = (type: unknown, listener: unknown): nodeDgram.Socket => new Socket(type, listener)
  return { ...NATIVE_DGRAM, Socket, createSocket, ...socketHandleMaker(() => stack) } as unknown as typeof nodeDgram
}
