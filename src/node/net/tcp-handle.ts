// TCP as a stream handle: names and options of libuv's uv_tcp_t. The socket is made when its family is known, and a port
// in use is reported by the call after bind, both as libuv does.

import type { Errno } from '../../base/errno.ts'
import {
  AF_INET, AF_INET6, IPPROTO_IPV6, IPPROTO_TCP, IPV6_V6ONLY, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET, SO_KEEPALIVE,
  SO_REUSEADDR, TCP_KEEPCNT, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_NODELAY,
} from '../../base/posix.ts'
import { fillAddress, toSocketAddress } from '../facade/node-address.ts'
import type { NodeAddress } from '../facade/node-address.ts'
import { uvNumber } from '../facade/node-errors.ts'
import type { NodeStack } from '../facade/node-stack.ts'
import { StreamHandle } from './stream-handle.ts'
import type { ConnectRequest } from './stream-handle.ts'

const UV_TCP_IPV6ONLY = 1

export class TcpHandle extends StreamHandle {
  protected readonly connectType = 'TCPCONNECTWRAP'

  constructor(stack: NodeStack, type: string = 'TCPWRAP') { super(stack, type) }

  protected sibling(): TcpHandle { return new TcpHandle(this.stack) }

  private ensureSocket(family: 4 | 6): Errno | undefined {
    if (this.descriptor >= 0) return undefined
    const fd = this.sys.socket(family === 4 ? AF_INET : AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
    if (typeof fd === 'string') return fd
    this.adopt(fd)
    return undefined
  }

  bind(address: string, port: number, flags: number = 0): number { return this.bindTo(address, port, 4, flags) }
  bind6(address: string, port: number, flags: number = 0): number { return this.bindTo(address, port, 6, flags) }

  private bindTo(text: string, port: number, family: 4 | 6, flags: number): number {
    const address = toSocketAddress(text, port, family)
    if (address === undefined) return uvNumber('EINVAL')
    const failed = this.ensureSocket(family)
    if (failed !== undefined) return uvNumber(failed)
    this.setInt(SOL_SOCKET, SO_REUSEADDR, 1)
    if (family === 6) this.setInt(IPPROTO_IPV6, IPV6_V6ONLY, (flags & UV_TCP_IPV6ONLY) !== 0 ? 1 : 0)
    const result = this.sys.bind(this.descriptor, address)
    if (result === 'EADDRINUSE') {
      this.delayedError = result
      return 0
    }
    if (result === 'EAFNOSUPPORT') return uvNumber('EINVAL')
    return result === 0 ? 0 : uvNumber(result)
  }

  protected override beforeListen(): Errno | undefined { return this.ensureSocket(4) }

  connect(request: ConnectRequest, address: string, port: number): number { return this.connectTo(request, address, port, 4) }
  connect6(request: ConnectRequest, address: string, port: number): number { return this.connectTo(request, address, port, 6) }

  private connectTo(request: ConnectRequest, text: string, port: number, family: 4 | 6): number {
    const address = toSocketAddress(text, port, family)
    if (address === undefined) return uvNumber('EINVAL')
    if (this.isConnecting) return uvNumber('EALREADY')
    const failed = this.ensureSocket(family)
    if (failed !== undefined) return uvNumber(failed)
    this.target = { address: text, port }
    if (this.delayedError !== undefined) return this.beginConnect(request, this.delayedError)
    const result = this.sys.connect(this.descriptor, address)
    // A refusal known at once is still told later; everything else fails the call.
    if (result !== 0 && result !== 'EINPROGRESS' && result !== 'ECONNREFUSED') return uvNumber(result)
    const begun = this.beginConnect(request, result)
    this.arrive()
    return begun
  }

  getsockname(out: NodeAddress): number { return this.descriptor < 0 ? uvNumber('EBADF') : fillAddress(this.sys.getsockname(this.descriptor), out) }
  getpeername(out: NodeAddress): number { return this.descriptor < 0 ? uvNumber('EBADF') : fillAddress(this.sys.getpeername(this.descriptor), out) }

  setNoDelay(enable: boolean): number {
    return this.descriptor < 0 ? 0 : this.status(this.setInt(IPPROTO_TCP, TCP_NODELAY, enable ? 1 : 0))
  }

  /** `delay` in seconds before the first probe, then one a second, ten times, as libuv sets them. */
  setKeepAlive(enable: boolean, delay: number): number {
    if (this.descriptor < 0) return 0
    const result = this.setInt(SOL_SOCKET, SO_KEEPALIVE, enable ? 1 : 0)
    if (result !== 0 || !enable || delay <= 0) return this.status(result)
    this.setInt(IPPROTO_TCP, TCP_KEEPIDLE, Math.min(delay, 32767))
    this.setInt(IPPROTO_TCP, TCP_KEEPINTVL, 1)
    return this.status(this.setInt(IPPROTO_TCP, TCP_KEEPCNT, 10))
  }

  setSimultaneousAccepts(): number { return 0 }

  private status(result: 0 | Errno): number { return result === 0 ? 0 : uvNumber(result) }
}

// What programs that look at handles know it as.
Object.defineProperty(TcpHandle, 'name', { value: 'TCP' })
