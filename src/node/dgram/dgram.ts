// The drop-in `dgram` over one host: Node's own Socket on our UDP handles.

import nodeDgram from 'node:dgram'
import type { DnsLookup } from '../dns/lookup.ts'
import type { NodeStack } from '../facade/node-stack.ts'
import { UdpHandle } from './udp-handle.ts'

type Lookup = (address: string, family: number, callback: (...args: unknown[]) => void) => void

interface InnerHandle { close(): void, [key: symbol]: unknown }

interface InnerState { handle: InnerHandle | UdpHandle | null }

function symbolOf(object: object, description: string): symbol {
  const found = Object.getOwnPropertySymbols(object).find(each => each.description === description)
  if (found === undefined) throw new Error(`this version of Node (${process.version}) has no ${description} in dgram: please report it`)
  return found
}

/** Puts our handle in the place of the native one, which has not made a socket yet. */
function swapHandle(socket: nodeDgram.Socket & Record<symbol, unknown>, type: string, stack: NodeStack, lookup: Lookup): void {
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
  native.close()
  state.handle = handle
}

export function createDgram(stack: NodeStack, lookup: DnsLookup): typeof nodeDgram {
  const Native = nodeDgram.Socket as unknown as { call(self: object, ...args: unknown[]): void, prototype: object }

  function Socket(this: nodeDgram.Socket & Record<symbol, unknown>, type: unknown, listener: unknown): unknown {
    if (!(this instanceof (Socket as unknown as typeof nodeDgram.Socket))) return new (Socket as unknown as NewSocket)(type, listener)
    Native.call(this, type, listener)
    const options = typeof type === 'object' && type !== null ? type as { type: string, lookup?: unknown } : { type: String(type) }
    swapHandle(this, options.type, stack, (typeof options.lookup === 'function' ? options.lookup : lookup) as Lookup)
    return undefined
  }
  Object.setPrototypeOf(Socket, nodeDgram.Socket)
  const prototype = Object.create(Native.prototype) as object
  Object.defineProperty(prototype, 'constructor', { value: Socket, writable: true, configurable: true })
  Object.defineProperty(Socket, 'prototype', { value: prototype, writable: true })

  function createSocket(type: unknown, listener: unknown): nodeDgram.Socket { return new (Socket as unknown as NewSocket)(type, listener) }

  return { ...nodeDgram, Socket, createSocket } as unknown as typeof nodeDgram
}

type NewSocket = new (type: unknown, listener: unknown) => nodeDgram.Socket
