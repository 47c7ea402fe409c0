// The drop-in `net` over one host: everything Node's module exports, with Socket and Server on our stack.

import { channel } from 'node:diagnostics_channel'
import nodeNet from 'node:net'
import type { NodeStack } from '../facade/node-stack.ts'
import type { DnsLookup } from '../dns/lookup.ts'
import { NativeSocket } from './internals.ts'
import { createServerClass, createServerHandleOf } from './server.ts'
import { createSocketClass, normalizeArguments } from './socket.ts'

const connecting = channel('net.client.socket')

/** Later versions tell it in the method that connects. */
const tellsWhenMade = !String(NativeSocket.prototype.connect).includes('netClientSocketChannel')

export function createNet(stack: NodeStack, lookup: DnsLookup): typeof nodeNet {
  const SocketClass = createSocketClass(stack, lookup)
  const ServerClass = createServerClass(stack, SocketClass, lookup as unknown as Parameters<typeof createServerClass>[2])

  function connect(...args: unknown[]): nodeNet.Socket {
    const normalized = normalizeArguments(args)
    const [options] = normalized
    const socket = new SocketClass(options)
    if (tellsWhenMade && connecting.hasSubscribers) connecting.publish({ socket })
    // Whatever it is: Node's own method judges it.
    if (Boolean(options.timeout)) socket.setTimeout(options.timeout as number)
    return (socket.connect as (...each: unknown[]) => nodeNet.Socket)(normalized)
  }

  function createServer(options?: unknown, listener?: unknown): nodeNet.Server {
    return new (ServerClass as unknown as new (options: unknown, listener: unknown) => nodeNet.Server)(options, listener)
  }

  return {
    ...nodeNet,
    Socket: SocketClass,
    Stream: SocketClass,
    Server: ServerClass,
    connect,
    createConnection: connect,
    createServer,
    _createServerHandle: createServerHandleOf(stack),
  } as unknown as typeof nodeNet
}
