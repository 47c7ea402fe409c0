// One connection as a pair of streams (the WinterTC proposal's Socket). Reading pulls from the kernel when the program asks,
// writing waits until the kernel has taken the bytes: its windows are the program's back-pressure.

import { errnoText } from '../base/errno.ts'
import type { Errno } from '../base/errno.ts'
import { MSG_NOSIGNAL, SHUT_RD, SHUT_RDWR, SHUT_WR, SOL_SOCKET, SO_LINGER } from '../base/posix.ts'
import type { Process } from '../kernel/process.ts'
import type { Sys } from '../kernel/syscalls.ts'
import { SocketError } from './socket-error.ts'

type KernelAddress = Parameters<Sys['bind']>[1]

export type SecureTransport = 'off' | 'on' | 'starttls'

/** The proposal's SocketInfo. */
export interface SocketInfo { readonly remoteAddress: string, readonly localAddress: string, readonly alpn: string | null }

/** A connected descriptor. */
export interface Transport { readonly fd: number, readonly hostname: string }

export interface BytePair { readonly readable: ReadableStream<Uint8Array>, readonly writable: WritableStream<Uint8Array> }

/** Puts TLS on a connection; the client's end. */
export type TlsProvider = (transport: BytePair, options: { readonly servername: string, readonly alpn: readonly string[] })
=> Promise<BytePair & { readonly alpn?: string | null }>

interface StreamSocketOptions {
  readonly secureTransport?: SecureTransport
  readonly allowHalfOpen?: boolean
  readonly alpn?: readonly string[]
  readonly sni?: string
  readonly tls?: TlsProvider | undefined
}

const READ_BYTES = 65536
const ABORTIVE = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0)

function describe(address: KernelAddress | Errno): string {
  if (typeof address === 'string' || !('port' in address)) return ''
  const text = address.address.toString()
  return text.includes(':') ? `[${text}]:${address.port}` : `${text}:${address.port}`
}

function bytesOf(chunk: unknown): Uint8Array {
  if (chunk instanceof Uint8Array) return chunk
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk)
  throw new TypeError('a socket takes bytes: an ArrayBuffer or a view of one')
}

/** Bytes of one descriptor, both ways; closes it when both ways are over. */
class DescriptorStreams {
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
  /** Settles when the descriptor is closed: undefined, or what ended it. */
  readonly closed: Promise<undefined>
  private resolveClosed: (value: undefined) => void = () => undefined
  private rejectClosed: (reason: unknown) => void = () => undefined
  private readonly process: Process
  private readonly transport: Promise<Transport>
  private readonly allowHalfOpen: boolean
  private readonly buffer = new Uint8Array(READ_BYTES)
  private readEnded = false
  private writeEnded = false
  private isClosed = false
  private writing: Promise<unknown> = Promise.resolve()

  constructor(process: Process, transport: Promise<Transport>, allowHalfOpen: boolean) {
    this.process = process
    this.transport = transport
    this.allowHalfOpen = allowHalfOpen
    this.closed = new Promise((resolve, reject) => {
      this.resolveClosed = resolve
      this.rejectClosed = reject
    })
    this.closed.catch(() => undefined)
    this.readable = new ReadableStream<Uint8Array>({
      type: 'bytes',
      pull: controller => this.pull(controller as ReadableByteStreamController),
      cancel: () => { this.readIsOver() },
    }, { highWaterMark: 0 })
    this.writable = new WritableStream<Uint8Array>({
      write: chunk => this.writing = this.write(bytesOf(chunk)),
      close: () => this.endWriting(),
      abort: () => { this.close() },
    })
  }

  private async pull(controller: ReadableByteStreamController): Promise<void> {
    const { fd } = await this.transport
    const count = this.isClosed ? 0 : await this.process.recv(fd, this.buffer, 0, READ_BYTES, 0)
    if (typeof count === 'string') {
      if (this.isClosed) return
      const error = new SocketError(errnoText(count), count)
      this.close(error)
      throw error
    }
    if (count > 0) {
      controller.enqueue(this.buffer.slice(0, count))
      return
    }
    controller.close()
    controller.byobRequest?.respond(0)
    if (!this.allowHalfOpen && !this.writeEnded) void this.writing.then(() => this.endWriting(), () => undefined)
    this.readIsOver()
  }

  private async write(bytes: Uint8Array): Promise<void> {
    const { fd } = await this.transport
    if (this.writeEnded || this.isClosed) throw new SocketError('the socket is closed for writing', 'EPIPE')
    let at = 0
    while (at < bytes.length) {
      const sent = await this.process.send(fd, bytes, at, bytes.length - at, MSG_NOSIGNAL)
      if (typeof sent === 'string') {
        const error = new SocketError(errnoText(sent), sent)
        this.close(error)
        throw error
      }
      at += sent
    }
  }

  private async endWriting(): Promise<void> {
    const { fd } = await this.transport
    if (this.writeEnded || this.isClosed) return
    this.writeEnded = true
    this.process.sys.shutdown(fd, SHUT_WR)
    if (this.readEnded) this.close()
  }

  private readIsOver(): void {
    this.readEnded = true
    if (this.writeEnded) this.close()
  }

  /** Gracefully, or with a reset where `error` says that it went wrong. */
  close(error?: unknown): void {
    if (this.isClosed) return
    this.isClosed = true
    void this.transport.then(({ fd }) => {
      if (error !== undefined) this.process.sys.setsockopt(fd, SOL_SOCKET, SO_LINGER, ABORTIVE)
      // Wakes whoever waits in recv or send; a reset needs no FIN before it.
      this.process.sys.shutdown(fd, error === undefined ? SHUT_RDWR : SHUT_RD)
      this.process.sys.close(fd)
    }, () => undefined).then(() => {
      if (error === undefined) this.resolveClosed(undefined)
      else this.rejectClosed(error)
    })
  }
}

export class StreamSocket {
  readonly readable: ReadableStream<Uint8Array>
  readonly writable: WritableStream<Uint8Array>
  /** When the connection stands. Rejects with SocketError. */
  readonly opened: Promise<SocketInfo>
  /** When it is over. Rejects with what ended it. */
  readonly closed: Promise<undefined>
  readonly secureTransport: SecureTransport
  /** True once startTls has taken it over. */
  upgraded = false
  private readonly process: Process
  private readonly transport: Promise<Transport>
  private readonly options: StreamSocketOptions
  private readonly streams: DescriptorStreams

  constructor(process: Process, transport: Promise<Transport>, options: StreamSocketOptions, under?: StreamSocket) {
    this.process = process
    this.transport = transport
    this.options = options
    this.secureTransport = options.secureTransport ?? 'off'
    this.streams = under?.streams ?? new DescriptorStreams(process, transport, options.allowHalfOpen === true)
    if (under === undefined) transport.catch((error: unknown) => { this.streams.close(error) })
    const secure = under !== undefined || this.secureTransport === 'on' ? this.handshake() : undefined
    this.closed = this.streams.closed
    this.opened = this.open(secure)
    this.opened.catch(() => undefined)
    if (secure === undefined) {
      this.readable = this.streams.readable
      this.writable = this.streams.writable
    } else {
      // Until the handshake is over its streams are not there: these wait for them.
      const readable = new TransformStream<Uint8Array, Uint8Array>()
      const writable = new TransformStream<Uint8Array, Uint8Array>()
      this.readable = readable.readable
      this.writable = writable.writable
      secure.then(pair => {
        pair.readable.pipeTo(readable.writable).catch(() => undefined)
        writable.readable.pipeTo(pair.writable).catch(() => undefined)
      }, (error: unknown) => {
        void readable.writable.abort(error)
        void writable.readable.cancel(error)
      })
    }
  }

  private async open(secure: ReturnType<TlsProvider> | undefined): Promise<SocketInfo> {
    const { fd } = await this.transport
    const alpn = secure === undefined ? null : (await secure).alpn ?? null
    const { sys } = this.process
    return { remoteAddress: describe(sys.getpeername(fd)), localAddress: describe(sys.getsockname(fd)), alpn }
  }

  private async handshake(): ReturnType<TlsProvider> {
    const { hostname } = await this.transport
    const { tls, sni, alpn } = this.options
    try {
      if (tls === undefined) throw new SocketError('there is no TLS on this host', 'EPROTONOSUPPORT')
      return await tls(this.streams, { servername: sni ?? hostname, alpn: alpn ?? [] })
    } catch (error) {
      this.streams.close(error)
      throw error
    }
  }

  /** A socket with TLS over this one, which must have been opened with `secureTransport: 'starttls'`. */
  startTls(): StreamSocket {
    if (this.secureTransport !== 'starttls') throw new SocketError('startTls needs secureTransport: \'starttls\'', 'EINVAL')
    if (this.upgraded) throw new SocketError('this socket carries TLS already', 'EALREADY')
    this.upgraded = true
    return new StreamSocket(this.process, this.transport, { ...this.options, secureTransport: 'on' }, this)
  }

  /** Ends the connection both ways; `closed` tells when. */
  close(reason?: unknown): Promise<undefined> {
    this.streams.close(reason)
    return this.closed
  }
}
