// A stream handle as Node's net expects one (libuv: uv_stream_t), over a descriptor of a host: reading with flow control,
// queued writes with completions, shutdown after the last write, accepting. tcp-handle.ts and pipe-handle.ts add names.

import type { AsyncResource } from 'node:async_hooks'
import type { Errno } from '../../base/errno.ts'
import {
  FIONREAD, POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP, SHUT_WR, SOCK_CLOEXEC, SOCK_NONBLOCK, SOL_SOCKET, SO_ERROR,
  SO_LINGER,
} from '../../base/posix.ts'
import { errnoFromNumber } from '../../base/errno.ts'
import { asResource, resourceOf, runTicks } from '../facade/dispatcher.ts'
import { FdHandle } from '../facade/fd-handle.ts'
import { UV_EOF, uvNumber } from '../facade/node-errors.ts'
import { bytesLeft, pushOut } from './pending-write.ts'
import type { PendingWrite } from './pending-write.ts'
import { readForOwner } from './owner-reads.ts'

const READ_BYTES = 65536
/** A `struct linger`: on, for no time. */
const LINGER_NOT = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)
/** So that others have their turn. */
const MOST_READS = 32
const READABLE = POLLIN | POLLERR | POLLHUP | POLLRDHUP
const settled = Promise.resolve()
const WRITABLE = POLLOUT | POLLERR | POLLHUP

export interface ConnectRequest {
  oncomplete?: (status: number, handle: StreamHandle, request: ConnectRequest, readable: boolean, writable: boolean) => void
}

export interface ShutdownRequest { oncomplete: (status: number) => void }

/** Who reads: `bytes` undefined at end-of-file or an error (`status` negative). */
export type ReadListener = (bytes: Buffer | undefined, status: number) => void

export abstract class StreamHandle extends FdHandle {
  /** Node's net keeps its own note of the flow here. */
  reading = false
  bytesRead = 0
  bytesWritten = 0
  onread: unknown = undefined
  onconnection: ((status: number, client?: StreamHandle) => void) | undefined = undefined
  /** Who takes what arrives, if it is not the socket that owns the handle: TLS. */
  readListener: ReadListener | undefined = undefined
  private wantsReads = false
  private sawEnd = false
  private isListening = false
  private connecting: ConnectRequest | undefined = undefined
  private writes: PendingWrite[] = []
  private shutdownRequest: ShutdownRequest | undefined = undefined
  private isShut = false
  private userBuffer: Buffer | undefined = undefined
  /** How connecting, reading or writing failed at last, and whom it was connected to: for reports. */
  failure: number = 0
  target: { readonly address: string, readonly port: number } | undefined = undefined
  protected delayedError: Errno | undefined = undefined
  private connected = false
  private isSettling = false
  private connectResource: AsyncResource | undefined = undefined

  protected abstract readonly connectType: string
  protected abstract sibling(descriptor: number): StreamHandle

  /** Bytes of queued writes that the socket has not taken yet. */
  get writeQueueSize(): number { return this.writes.reduce((bytes, each) => bytes + bytesLeft(each), 0) }

  // --- connecting and listening

  /** The call was made; `started` is its answer. The request completes in a later turn. */
  protected beginConnect(request: ConnectRequest, started: 0 | Errno): number {
    this.connecting = request
    this.connectResource = resourceOf(this.connectType)
    this.setActive(true)
    if (started === 'EINPROGRESS') return 0
    if (started !== 0) this.delayedError = started
    if (this.delayedError === undefined) this.schedule()
    else this.feed(() => { this.finishConnect() })
    return 0
  }

  private finishConnect(): void {
    const request = this.connecting
    if (request === undefined) return
    let error = this.delayedError
    if (error === undefined) {
      if ((this.readiness() & WRITABLE) === 0) return
      error = this.pendingError()
      // A fresh socket polls OUT|HUP as well; only a peer's name tells that it is connected.
      if (error === undefined && this.sys.getpeername(this.descriptor) === 'ENOTCONN') return
    }
    this.delayedError = undefined
    this.connecting = undefined
    this.connected = error === undefined
    this.updateActive()
    this.completeConnect(request, error === undefined ? 0 : uvNumber(error))
    if (error === undefined && this.hasWork(this.readiness())) this.schedule()
  }

  private completeConnect(request: ConnectRequest, status: number): void {
    const { oncomplete } = request
    this.failure = status
    const resource = this.connectResource
    this.connectResource = undefined
    if (oncomplete === undefined || resource === undefined) return
    this.tellIn(resource, () => { oncomplete.call(request, status, this, request, true, true) })
    resource.emitDestroy()
  }

  /** Would a turn find anything to do? */
  private hasWork(events: number): boolean {
    if (this.isConnecting) return true
    if (this.isListening) return (events & POLLIN) !== 0
    return this.wantsReads && (events & READABLE) !== 0 || this.writes.length > 0 && (events & WRITABLE) !== 0
  }

  /** What nobody waits for now is seen when somebody does. */
  override wake(events: number): boolean {
    if (this.isConnecting) this.wakeConnecting()
    else if (this.hasWork(events)) this.schedule()
    return true
  }

  /**
   * A peer in this very process accepts before, as epoll tells of sockets in the order of what happened to them: the turn is asked for
   * when the stack has done what it is at, the peer's half of the handshake included.
   */
  private wakeConnecting(): void {
    if (this.isSettling) return
    this.isSettling = true
    this.stack.onWake?.()
    void settled.then(() => {
      this.isSettling = false
      this.schedule()
    })
  }

  private pendingError(): Errno | undefined {
    const value = this.sys.getsockopt(this.descriptor, SOL_SOCKET, SO_ERROR)
    if (typeof value === 'string') return value
    const number = value[0] | (value[1] << 8)
    return number === 0 ? undefined : errnoFromNumber(number)
  }

  listen(backlog: number): number {
    const failed = this.delayedError ?? this.beforeListen()
    if (failed !== undefined) return uvNumber(failed)
    const result = this.sys.listen(this.descriptor, backlog)
    if (result !== 0) return uvNumber(result)
    this.isListening = true
    this.setActive(true)
    this.schedule()
    return 0
  }

  protected beforeListen(): Errno | undefined { return undefined }

  private acceptOne(): void {
    const fd = this.sys.accept(this.descriptor, undefined, SOCK_NONBLOCK | SOCK_CLOEXEC)
    if (typeof fd === 'string') {
      if (fd !== 'EAGAIN' && fd !== 'ECONNABORTED') this.tell(() => { this.onconnection?.(uvNumber(fd)) })
      return
    }
    const { origin } = this.stack
    const client = origin === undefined ? this.sibling(fd) : origin.runInAsyncScope(this.makeSibling, this, fd)
    client.connected = true
    client.adopt(fd)
    if (this.hasWork(this.readiness())) this.schedule()
    this.tell(() => { this.onconnection?.(0, client) })
  }

  private makeSibling(descriptor: number): StreamHandle { return this.sibling(descriptor) }

  /** Takes over a descriptor that is connected already (socketpair, tests). */
  openConnected(descriptor: number): void {
    this.connected = true
    this.adopt(descriptor)
  }

  // --- reading

  readStart(): number {
    if (this.closing) return uvNumber('EINVAL')
    this.wantsReads = true
    this.updateActive()
    if (this.hasWork(this.readiness())) this.schedule()
    return 0
  }

  readStop(): number {
    this.wantsReads = false
    this.updateActive()
    return 0
  }

  /** Nothing of ours blocks. */
  setBlocking(): number { return 0 }

  useUserBuffer(buffer: Uint8Array): void { this.userBuffer = Buffer.from(buffer.buffer, buffer.byteOffset, buffer.byteLength) }

  private handUpEnd(status: number): void {
    this.sawEnd = true
    this.wantsReads = false
    this.updateActive()
    this.handUp(undefined, status)
  }

  /** Was there as much as there was room for? */
  private readOne(): 'full' | 'part' | 'none' {
    if (!this.wantsReads || this.sawEnd || !this.connected) return 'none'
    const buffer = this.userBuffer ?? this.bufferForPending()
    const count = this.sys.recv(this.descriptor, buffer, 0, buffer.length, 0)
    if (count === 'EAGAIN') return 'none'
    if (typeof count === 'string' || count === 0) {
      this.handUpEnd(count === 0 ? UV_EOF : uvNumber(count))
      return 'none'
    }
    const room = this.userBuffer?.length ?? READ_BYTES
    this.bytesRead += count
    // Whatever comes later wakes; what is there already does not.
    if ((this.readiness() & READABLE) !== 0) this.schedule()
    this.handUp(count === buffer.length ? buffer : buffer.subarray(0, count), count)
    return count === room ? 'full' : 'part'
  }

  /** As large as what waits: small ones out of Node's pool, large ones of their own. */
  private bufferForPending(): Buffer {
    const pending = this.sys.ioctl(this.descriptor, FIONREAD)
    // Nothing waits but the end, or an error.
    if (pending === 0) return Buffer.allocUnsafe(1)
    return Buffer.allocUnsafe(typeof pending === 'number' ? Math.min(pending, READ_BYTES) : 256)
  }

  private handUp(bytes: Buffer | undefined, status: number): void {
    if (bytes === undefined && status !== UV_EOF) this.failure = status
    this.tell(() => {
      if (this.readListener === undefined) readForOwner(this, bytes, status)
      else this.readListener(bytes, status)
    })
  }

  // --- writing

  /**
   * Hands over bytes. `done` is called in a later turn with 0 or a negative errno, unless the answer is `'sync'`: then all
   * of it was taken at once and `done` will not be called. A number is an errno that failed the call itself; `isLight` bytes are not
   * counted then.
   */
  writeChunks(chunks: readonly Uint8Array[], done: (status: number) => void, isLight: boolean = false): 'sync' | 'async' | number {
    if (this.closing || this.descriptor < 0) return uvNumber('EBADF')
    let total = 0
    for (const chunk of chunks) total += chunk.length
    const write: PendingWrite = { chunks, chunk: 0, offset: 0, done }
    this.bytesWritten += total
    if (this.writes.length === 0 && !this.isConnecting) {
      const failed = this.isShut ? 'EPIPE' : pushOut(this.sys, this.descriptor, write)
      if (failed !== undefined) {
        if (isLight) this.bytesWritten -= total
        return this.failure = uvNumber(failed)
      }
      if (write.chunk === chunks.length) {
        this.arrive()
        return 'sync'
      }
    }
    write.done = asResource('WRITEWRAP', done)
    this.writes.push(write)
    this.updateActive()
    this.arrive()
    return 'async'
  }

  get listens(): boolean { return this.isListening }
  get isConnecting(): boolean { return this.connecting !== undefined }

  /** Whatever was waiting to be written; then the shutdown that waited for it. */
  private flushWrites(): void {
    while (this.writes.length > 0) {
      const write = this.writes[0]
      const failed = pushOut(this.sys, this.descriptor, write)
      this.arrive()
      if (failed === undefined && write.chunk < write.chunks.length) return
      this.writes.shift()
      this.updateActive()
      if (failed !== undefined) this.failure = uvNumber(failed)
      this.tellIn(undefined, () => { write.done(failed === undefined ? 0 : this.failure) })
      if (this.closing) return
    }
    if (this.shutdownRequest !== undefined) this.tellIn(undefined, () => { this.finishShutdown() })
  }

  shutdown(request: ShutdownRequest): number {
    if (this.descriptor < 0 || !this.connected || this.isShut) return uvNumber('ENOTCONN')
    this.isShut = true
    const { oncomplete } = request
    this.shutdownRequest = { oncomplete: asResource('SHUTDOWNWRAP', status => { oncomplete.call(request, status) }) }
    this.setActive(true)
    if (this.writes.length === 0) this.feed(() => { this.finishShutdown() })
    return 0
  }

  private finishShutdown(): void {
    const request = this.shutdownRequest
    if (request === undefined) return
    if (this.isConnecting) {
      // As libuv has it: a connect on top of a shutdown is looked at in its place, and nobody comes back to the shutdown.
      this.finishConnect()
      return
    }
    this.shutdownRequest = undefined
    const result = this.sys.shutdown(this.descriptor, SHUT_WR)
    this.arrive()
    this.updateActive()
    request.oncomplete(result === 0 ? 0 : uvNumber(result))
  }

  // --- turns

  protected process(): void {
    if (this.isConnecting) {
      this.finishConnect()
      return
    }
    const readiness = this.readiness()
    if (this.isListening) {
      if ((readiness & POLLIN) !== 0) this.acceptOne()
      return
    }
    if ((readiness & READABLE) !== 0) this.readAll((readiness & POLLHUP) !== 0)
    if (!this.closing && this.writes.length > 0 && (readiness & WRITABLE) !== 0) this.flushWrites()
  }

  /** As long as what comes fills its place. */
  private readAll(isHungUp: boolean): void {
    for (let count = 0; count < MOST_READS && this.wantsReads && !this.closing; count++) {
      const read = this.readOne()
      if (read === 'full') continue
      // libuv takes the end for granted when the peer had hung up and less came than there was room for, whatever error waits behind.
      if (read === 'part' && isHungUp && this.wantsReads && !this.sawEnd && !this.closing) this.handUpEnd(UV_EOF)
      return
    }
  }

  private updateActive(): void {
    const isBusy = this.isListening || this.isConnecting || this.wantsReads || this.writes.length > 0 || this.shutdownRequest !== undefined
    this.setActive(!this.closing && isBusy)
  }

  // --- closing

  /** Closes with a reset instead of a FIN. */
  reset(callback?: () => void): number {
    if (this.descriptor < 0) return uvNumber('EBADF')
    if (this.shutdownRequest !== undefined) return uvNumber('EINVAL')
    this.sys.setsockopt(this.descriptor, SOL_SOCKET, SO_LINGER, LINGER_NOT)
    this.close(callback)
    return 0
  }

  /** Over the loopback device of a kernel a handshake is done within the call; over ours it needs a moment, and happens all the same. */
  protected override closesLate(): boolean {
    return this.isConnecting && this.delayedError === undefined && (this.readiness() & WRITABLE) === 0
  }

  /** What was pending fails with ECANCELED before the close callback, as in libuv. */
  protected override afterClose(): void {
    const canceled = uvNumber('ECANCELED')
    const request = this.connecting
    this.connecting = undefined
    if (request !== undefined) this.completeConnect(request, canceled)
    const writes = this.writes
    this.writes = []
    for (const write of writes) {
      write.done(canceled)
      runTicks()
    }
    const shutdown = this.shutdownRequest
    this.shutdownRequest = undefined
    if (shutdown === undefined) return
    shutdown.oncomplete(canceled)
    runTicks()
  }
}
