// Node's own net.Socket over handles behind which there is no network at all: bytes are passed on in the next turn, as a native
// handle's are. What a connection costs here is Node's classes, and the most that any network below them can save.

import { AsyncResource } from 'node:async_hooks'
import { EventEmitter } from 'node:events'
import type nodeNet from 'node:net'
import { NativeSocket, SYMBOLS } from '../src/node/net/internals.ts'
import type { InnerSocket } from '../src/node/net/internals.ts'

type Connected = (client: EmptyHandle) => void

interface Request { oncomplete(status: number, ...rest: unknown[]): void }

/** What net.Socket calls of a TCP handle. */
class EmptyHandle {
  reading = false
  private peer: EmptyHandle | undefined = undefined
  private isClosed = false
  private readonly resource = new AsyncResource('TCPWRAP')

  private later(run: () => void): void { setImmediate(() => { this.resource.runInAsyncScope(run) }) }

  private get owner(): InnerSocket | undefined { return (this as unknown as Record<symbol, InnerSocket | undefined>)[SYMBOLS.owner] }

  getAsyncId(): number { return this.resource.asyncId() }
  setNoDelay(): number { return 0 }
  readStart(): number { return 0 }
  readStop(): number { return 0 }

  connect(request: Request, _address: string, port: number): number {
    const peer = new EmptyHandle()
    this.peer = peer
    peer.peer = this
    peer.later(() => { listeners.get(port)?.(peer) })
    this.later(() => { request.oncomplete(0, this, request, true, true) })
    return 0
  }

  writeBuffer(_request: Request, bytes: Buffer): number {
    const peer = this.peer
    peer?.later(() => {
      if (peer.isClosed) return
      peer.owner?._unrefTimer()
      peer.owner?.push(bytes)
    })
    return 0
  }

  shutdown(request: Request): number {
    this.later(() => { request.oncomplete(0) })
    return 0
  }

  reset(callback: () => void): number {
    const peer = this.peer
    peer?.later(() => {
      if (!peer.isClosed) peer.owner?.destroy(new Error('read ECONNRESET'))
    })
    this.close(callback)
    return 0
  }

  close(callback?: () => void): void {
    this.isClosed = true
    this.later(() => { callback?.call(this) })
  }
}

const listeners = new Map<number, Connected>()

class EmptySocket extends (NativeSocket as unknown as typeof nodeNet.Socket) {
  override resetAndDestroy(): this {
    ;(this as unknown as { _reset(): void })._reset()
    return this
  }
}

function socketOn(handle: EmptyHandle): nodeNet.Socket {
  // Complete, as ours give them (src/node/net/socket.ts).
  const options = {
    handle, readable: true, writable: true, allowHalfOpen: false, emitClose: false, autoDestroy: true, decodeStrings: false,
  }
  return new EmptySocket(options)
}

class EmptyServer extends EventEmitter {
  private readonly port = listeners.size + 1

  listen(_port: number, _address: string, listening: () => void): this {
    listeners.set(this.port, client => { this.emit('connection', socketOn(client)) })
    process.nextTick(listening)
    return this
  }

  address(): { port: number } { return { port: this.port } }

  close(closed: () => void): void {
    listeners.delete(this.port)
    process.nextTick(closed)
  }
}

/** `connect` and `createServer` as the bench calls them. */
export const emptyNet = {
  createServer: (_options: object, onConnection: (socket: nodeNet.Socket) => void) => new EmptyServer().on('connection', onConnection),
  connect: (options: nodeNet.TcpNetConnectOpts) => socketOn(new EmptyHandle()).connect({ ...options, host: '127.0.0.1' }),
} as unknown as typeof nodeNet
