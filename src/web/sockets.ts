// Sockets as streams, for browsers and every other runtime: `connect()` as the WinterTC proposal "Sockets API" has it, and
// listeners that are walked with `for await`. Over one process of a host; no platform but Web Streams is needed.

import { IpAddress, parseIp } from '../base/address/ip.ts'
import { errnoText } from '../base/errno.ts'
import type { Errno } from '../base/errno.ts'
import { AF_INET, AF_INET6, IPPROTO_IPV6, IPV6_V6ONLY, SHUT_RDWR, SOCK_STREAM, SOL_SOCKET, SO_REUSEADDR } from '../base/posix.ts'
import type { Process } from '../kernel/process.ts'
import type { Sys } from '../kernel/syscalls.ts'
import { SocketError } from './socket-error.ts'
import { StreamSocket } from './stream-socket.ts'
import type { SecureTransport, TlsProvider, Transport } from './stream-socket.ts'

type KernelAddress = Parameters<Sys['bind']>[1]

/** The proposal's SocketAddress. */
export interface HostAndPort { readonly hostname: string, readonly port: number }

export interface SocketOptions {
  /** 'on' and 'starttls' need a TLS provider. Default 'off'. */
  readonly secureTransport?: SecureTransport
  /** The writable side stays open when the readable side has ended. Default false. */
  readonly allowHalfOpen?: boolean
  /** Names to offer the server by ALPN. */
  readonly alpn?: readonly string[]
  /** The name the certificate must have, if it is not the hostname. */
  readonly sni?: string
}

/** Addresses of a name, or an errno-like code. */
export type ResolveName = (hostname: string) => Promise<readonly IpAddress[] | string>

export interface SocketsOptions {
  /** Default: addresses and `localhost` only. */
  readonly resolve?: ResolveName
  /** Browsers have none to offer; in Node `tls.connect` makes one. */
  readonly tls?: TlsProvider
}

export interface ListenOptions {
  readonly hostname?: string
  readonly port?: number
  readonly backlog?: number
  readonly allowHalfOpen?: boolean
}

export interface Sockets {
  connect(address: HostAndPort | string, options?: SocketOptions): StreamSocket
  /** Throws SocketError where the host refuses. */
  listen(options?: ListenOptions): Listener
}

const BACKLOG = 128

/** Answers connections one by one; closing it ends the loop. */
export class Listener implements AsyncIterable<StreamSocket> {
  /** Where it listens, with the port that was chosen. */
  readonly address: HostAndPort
  private readonly process: Process
  private readonly fd: number
  private readonly allowHalfOpen: boolean
  private isOpen = true

  constructor(process: Process, fd: number, address: HostAndPort, allowHalfOpen: boolean) {
    this.process = process
    this.fd = fd
    this.address = address
    this.allowHalfOpen = allowHalfOpen
  }

  /** The next connection; undefined when the listener is closed. */
  async accept(): Promise<StreamSocket | undefined> {
    while (this.isOpen) {
      const fd = await this.process.accept(this.fd)
      if (typeof fd === 'number') return new StreamSocket(this.process, Promise.resolve({ fd, hostname: '' }), { allowHalfOpen: this.allowHalfOpen })
      if (fd !== 'ECONNABORTED' && fd !== 'EINTR' && this.isOpen) throw new SocketError(`accept: ${errnoText(fd)}`, fd)
    }
    return undefined
  }

  async* [Symbol.asyncIterator](): AsyncGenerator<StreamSocket> {
    try {
      for (let socket = await this.accept(); socket !== undefined; socket = await this.accept()) yield socket
    } finally {
      this.close()
    }
  }

  close(): void {
    if (!this.isOpen) return
    this.isOpen = false
    // Wakes whoever waits in accept.
    this.process.sys.shutdown(this.fd, SHUT_RDWR)
    this.process.sys.close(this.fd)
  }
}

function parseAddress(address: HostAndPort | string): HostAndPort {
  if (typeof address !== 'string') {
    const { hostname, port } = address
    if (!Number.isInteger(port) || port < 1 || port > 65535) throw new TypeError(`${port} is no port`)
    return { hostname: hostname.replace(/^\[(.*)\]$/, '$1'), port }
  }
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address)
  if (match === null) throw new TypeError(`${address}: write it like example.org:80 or [::1]:80`)
  return parseAddress({ hostname: match[1] ?? match[2], port: Number(match[3]) })
}

const LOCALHOST: readonly IpAddress[] = [IpAddress.LOOPBACK4, IpAddress.LOOPBACK6]
const resolveLocally: ResolveName = hostname => Promise.resolve(hostname.toLowerCase() === 'localhost' ? LOCALHOST : 'ENOTFOUND')

function kernelAddress(address: IpAddress, port: number): KernelAddress {
  return address.family === 4 ? { family: 'AF_INET', address, port } : { family: 'AF_INET6', address, port, flowinfo: 0, scopeId: 0 }
}

/** Tries address after address. */
async function open(process: Process, { hostname, port }: HostAndPort, resolve: ResolveName): Promise<Transport> {
  const literal = parseIp(hostname)
  const found = literal === undefined ? await resolve(hostname) : [literal]
  if (typeof found === 'string') throw new SocketError(`${hostname}: ${found}`, found)
  let failure: Errno = 'EHOSTUNREACH'
  for (const address of found) {
    const fd = process.sys.socket(address.family === 4 ? AF_INET : AF_INET6, SOCK_STREAM, 0)
    if (typeof fd === 'string') throw new SocketError(`socket: ${errnoText(fd)}`, fd)
    const result = await process.connect(fd, kernelAddress(address, port))
    if (result === 0) return { fd, hostname }
    failure = result
    process.sys.close(fd)
  }
  throw new SocketError(`connect to ${hostname}:${port}: ${errnoText(failure)}`, failure)
}

export function createSockets(process: Process, options: SocketsOptions = {}): Sockets {
  return {
    connect(address, wanted = {}) {
      const target = parseAddress(address)
      return new StreamSocket(process, open(process, target, options.resolve ?? resolveLocally), { ...wanted, tls: options.tls })
    },

    listen({ hostname = '::', port = 0, backlog = BACKLOG, allowHalfOpen = false } = {}) {
      const address = parseIp(hostname.replace(/^\[(.*)\]$/, '$1'))
      if (address === undefined) throw new TypeError(`${hostname} is no address to listen on`)
      const { sys } = process
      const fd = sys.socket(address.family === 4 ? AF_INET : AF_INET6, SOCK_STREAM, 0)
      const refused = (call: string, errno: Errno): SocketError => new SocketError(`${call} ${hostname}:${port}: ${errnoText(errno)}`, errno)
      if (typeof fd === 'string') throw refused('socket', fd)
      sys.setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, 1)
      if (address.family === 6) sys.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0)
      const bound = sys.bind(fd, kernelAddress(address, port))
      const listening = bound === 0 ? sys.listen(fd, backlog) : bound
      const name = sys.getsockname(fd)
      if (listening !== 0 || typeof name === 'string' || !('port' in name)) {
        sys.close(fd)
        throw refused('listen', listening === 0 ? 'EINVAL' : listening)
      }
      return new Listener(process, fd, { hostname, port: name.port }, allowHalfOpen)
    },
  }
}
