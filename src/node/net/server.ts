// net.Server over our stack: Node's own class; binding, listening and accepting go to our handles.

import { channel } from 'node:diagnostics_channel'
import nodeNet from 'node:net'
import { errnoFromNumber, errnoText } from '../../base/errno.ts'
import { uvNumber } from '../facade/node-errors.ts'
import type { LookupAddress, NodeStack } from '../facade/node-stack.ts'
import { LISTENS_ON_BEST } from '../facade/running-node.ts'
import { NativeServer, SYMBOLS } from './internals.ts'
import type { InnerServer, InnerSocket } from './internals.ts'
import { PipeHandle } from './pipe-handle.ts'
import { statusException } from './owner-reads.ts'
import { normalizeArguments } from './socket.ts'
import type { StackOf } from './socket.ts'
import { StreamHandle } from './stream-handle.ts'
import { TcpHandle } from './tcp-handle.ts'

interface Lookup {
  (hostname: string, callback: (error: Error | null, address?: string) => void): void
  (hostname: string, options: { readonly all: true }, callback: (error: Error | null, found: readonly LookupAddress[]) => void): void
}

/** Node: UVExceptionWithHostPort. */
function listenException(status: number, address: string | null, port: number): Error {
  const errno = errnoFromNumber(-status) ?? 'EIO'
  const details = port > 0 ? ` ${address}:${port}` : address === null || address === '' ? '' : ` ${address}`
  const error: Error & { port?: number } = Object.assign(new Error(`listen ${errno}: ${uvText(errno)}${details}`),
    { code: errno, errno: status, syscall: 'listen', address })
  if (port) error.port = port
  return error
}

/** libuv's texts differ from the C library's in case. */
function uvText(errno: Parameters<typeof errnoText>[0]): string {
  const known: Readonly<Record<string, string>> = {
    EADDRINUSE: 'address already in use', EADDRNOTAVAIL: 'address not available', EACCES: 'permission denied', EINVAL: 'invalid argument',
    EAFNOSUPPORT: 'address family not supported', ENOENT: 'no such file or directory', EMFILE: 'too many open files',
    EEXIST: 'file already exists',
  }
  return known[errno] ?? errnoText(errno).toLowerCase()
}

/** A bound handle or a negative errno (Node: createServerHandle). */
function createServerHandle(stack: NodeStack, address: string | null, port: number, addressType: number,
  flags: number): StreamHandle | number {
  if (port === -1 && addressType === -1) {
    const pipe = new PipeHandle(stack, 'PIPESERVERWRAP')
    const status = pipe.bind(address ?? '')
    if (status === 0) return pipe
    pipe.close()
    return status
  }
  const handle = new TcpHandle(stack, 'TCPSERVERWRAP')
  const status = addressType === 6 ? handle.bind6(address ?? '::', port, flags) : handle.bind(address ?? '0.0.0.0', port)
  if (status === 0) return handle
  handle.close()
  return status
}

/** Node's own function for descriptors, ours for addresses and paths. */
export function createServerHandleOf(stack: NodeStack) {
  return function createServerHandleHere(address: string | null, port: number, type: number, fd?: number, flags: number = 0): unknown {
    if (typeof fd === 'number' && fd >= 0) return NATIVE_CREATE(address, port, type, fd, flags)
    const made = address ? uvFamily() : createServerHandle(stack, '::', port, 6, flags)
    return typeof made === 'number' ? createServerHandle(stack, address, port, type, flags) : made
  }
}

const NATIVE_CREATE = (nodeNet as unknown as { _createServerHandle(...args: unknown[]): unknown })._createServerHandle

const accepted = channel('net.server.socket')

/** Node: onconnection. */
function onConnection(SocketClass: typeof nodeNet.Socket, server: InnerServer, status: number, client: StreamHandle | undefined): void {
  if (status !== 0 || client === undefined) {
    server.emit('error', statusException(status, 'accept'))
    return
  }
  if (isRefused(server, client)) return
  const socket = new SocketClass({
    handle: client, allowHalfOpen: server.allowHalfOpen, pauseOnCreate: server.pauseOnConnect, readable: true, writable: true,
    readableHighWaterMark: server.highWaterMark, writableHighWaterMark: server.highWaterMark,
    // Complete, see socket.ts.
    emitClose: false, autoDestroy: true, decodeStrings: false,
  } as unknown as nodeNet.SocketConstructorOpts) as InnerSocket
  if (server.noDelay && client instanceof TcpHandle) {
    socket[SYMBOLS.setNoDelay] = true
    client.setNoDelay(true)
  }
  if (server.keepAlive && client instanceof TcpHandle) {
    socket[SYMBOLS.setKeepAlive] = true
    socket[SYMBOLS.setKeepAliveInitialDelay] = server.keepAliveInitialDelay
    client.setKeepAlive(true, server.keepAliveInitialDelay)
  }
  server._connections++
  socket.server = server
  socket._server = server
  server.emit('connection', socket)
  if (accepted.hasSubscribers) accepted.publish({ socket })
}

function isRefused(server: InnerServer, client: StreamHandle): boolean {
  const mayRefuse = Boolean(server.maxConnections) || server.blockList !== undefined
  if (!mayRefuse) return false
  const local: { address?: string, port?: number, family?: string } = {}
  const remote: typeof local = {}
  if (client instanceof TcpHandle) {
    client.getsockname(local)
    client.getpeername(remote)
  }
  const full = Boolean(server.maxConnections) && server._connections >= server.maxConnections
  const blocked = !full && server.blockList !== undefined && remote.address !== undefined
    && server.blockList.check(remote.address, remote.family === 'IPv6' ? 'ipv6' : 'ipv4')
  if (!full && !blocked) return false
  if (client instanceof TcpHandle) {
    server.emit('drop', {
      localAddress: local.address, localPort: local.port, localFamily: local.family,
      remoteAddress: remote.address, remotePort: remote.port, remoteFamily: remote.family,
    })
  } else {
    server.emit('drop')
  }
  client.close()
  return true
}

/** The methods of Node's prototype that differ on our stack, and what Node's own were when this file was loaded. */
export type ServerMethods = Record<string, (this: InnerServer, ...args: never[]) => unknown>

const NATIVE: Readonly<ServerMethods> = Object.freeze({
  listen: NativeServer.prototype.listen as (this: InnerServer) => unknown,
  _listen2: NativeServer.prototype._listen2 as (this: InnerServer) => unknown,
})

function native(name: string, server: InnerServer, ...args: unknown[]): unknown { return Reflect.apply(NATIVE[name], server, args) }

/** Gives the server a bound handle and the name it got; false when that failed and the server will be told. */
function bindServer(stack: NodeStack, server: InnerServer, address: string | null, port: number, addressType: number,
  flags: number): [host: string | null, family: number] | false {
  let host = address
  let family = addressType
  let made: StreamHandle | number = uvFamily()
  if (!host) {
    made = createServerHandle(stack, '::', port, 6, flags)
    host = typeof made === 'number' ? '0.0.0.0' : '::'
    family = typeof made === 'number' ? 4 : 6
  }
  if (typeof made === 'number') made = createServerHandle(stack, host, port, family, flags)
  if (typeof made === 'number') {
    const error = listenException(made, host, port)
    process.nextTick(() => { server.emit('error', error) })
    return false
  }
  server._handle = made
  return [host, family]
}

/** `listen` on what another server, or a handle of ours, is listening on already. */
function sharedHandle(options: Record<string, unknown>): StreamHandle | undefined {
  const { _handle: inner, handle } = options
  return [options, inner, handle].find(each => each instanceof StreamHandle)
}

/** With `SocketClass` accepted sockets are of that class; without they are Node's own. */
export function serverMethods(stackOf: StackOf, SocketClass?: typeof nodeNet.Socket): ServerMethods {
  return {
    listen(...args: unknown[]): unknown {
      const [options, callback] = normalizeArguments(args)
      const shared = sharedHandle(options)
      if (shared === undefined || (this._handle ?? null) !== null) return native('listen', this, ...args)
      if (callback !== null) this.once('listening', callback)
      this._listeningId++
      if (shared instanceof PipeHandle && shared.listens) {
        // Node takes a path's handle for a descriptor, which its loop watches already.
        const error = listenException(uvNumber('EEXIST'), null, 0)
        process.nextTick(() => { this.emit('error', error) })
        return this
      }
      this._handle = shared
      const backlog = Number(args[1] ?? options.backlog)
      ;(this as unknown as { _listen2(...each: unknown[]): void })._listen2(null, -1, -1, backlog > 0 ? backlog : 0)
      return this
    },

    /** Node: setupListenHandle; the native one goes on once the handle is there. */
    _listen2(address: string | null, port: number, addressType: number, backlog: number, fd: number | undefined, flags: number): void {
      let bound: [host: string | null, family: number] | false = [address, addressType]
      const stack = (this._handle ?? null) === null && typeof fd !== 'number' ? stackOf() : undefined
      if (stack !== undefined) bound = bindServer(stack, this, address, port, addressType, flags)
      if (bound === false) return
      native('_listen2', this, bound[0], port, bound[1], backlog, fd, flags)
      const handle: unknown = this._handle
      if (SocketClass !== undefined && handle instanceof StreamHandle) {
        handle.onconnection = (status, client) => { onConnection(SocketClass, this, status, client) }
      }
    },
  }
}

/** The first that is not local to a link, if there is one: whatever a program's lookup answers, as Node takes it. */
function bestOf(found: readonly LookupAddress[]): LookupAddress {
  for (const each of found) if (!/^fe[89ab]/i.test(each.address)) return each
  return found[0]
}

/** Node's own `listen` asks the dns module; a class of ours asks its own host. */
function listenMethod(lookup: Lookup, plain: ServerMethods[string]): ServerMethods[string] {
  return function listen(this: InnerServer, ...args: unknown[]): unknown {
    const [options, callback] = normalizeArguments(args)
    const host = options.host
    const isName = typeof host === 'string' && host !== '' && nodeNet.isIP(host) === 0 && options.path === undefined
      && (typeof options.port === 'number' || typeof options.port === 'string')
    if (!isName || (this._handle ?? null) !== null || !isPort(options.port)) return Reflect.apply(plain, this, args)
    if (callback !== null) this.once('listening', callback)
    this._listeningId++
    const id = this._listeningId
    const backlog = Number(args.length > 2 ? args[2] : undefined)
    const go = (error: Error | null, address?: string): void => {
      if (id !== this._listeningId) return
      if (error !== null) this.emit('error', error)
      else native('listen', this, { ...options, host: address, backlog: options.backlog ?? (backlog > 0 ? backlog : undefined) })
    }
    if (LISTENS_ON_BEST) lookup(host, { all: true }, (error, found) => { go(error, error === null ? bestOf(found).address : undefined) })
    else lookup(host, go)
    return this
  }
}

export function createServerClass(stack: NodeStack, SocketClass: typeof nodeNet.Socket, lookup: Lookup): typeof nodeNet.Server {
  function Server(this: InnerServer | undefined, options: unknown, listener: unknown): unknown {
    // Node's own descendants (tls.Server) call it on what they are.
    if (!(this instanceof NativeServer)) return new (Server as unknown as NewServer)(options, listener)
    NativeServer.call(this, options, listener)
    return undefined
  }
  const prototype = Object.create(NativeServer.prototype as object) as Record<PropertyKey, unknown>
  Object.setPrototypeOf(Server, nodeNet.Server)
  Object.defineProperty(Server, 'prototype', { value: prototype, writable: true })
  Object.defineProperty(prototype, 'constructor', { value: Server, writable: true, configurable: true })
  const methods = serverMethods(() => stack, SocketClass)
  Object.assign(prototype, methods, { listen: listenMethod(lookup, methods.listen) })
  return Server as unknown as typeof nodeNet.Server
}

function isPort(port: unknown): boolean { return Number.isInteger(Number(port)) && Number(port) >= 0 && Number(port) <= 65535 && port !== '' }

/** EAFNOSUPPORT: what a handle that could not be made yet counts as. */
function uvFamily(): number { return -97 }

type NewServer = new (...args: unknown[]) => unknown
