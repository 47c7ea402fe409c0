// A Unix-domain stream as a handle: IPC paths of net, over the host's own file system (libuv: uv_pipe_t).

import type { Errno } from '../../base/errno.ts'
import { AF_UNIX, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM } from '../../base/posix.ts'
import type { SocketAddress } from '../../sock/socket-address.ts'
import { uvNumber } from '../facade/node-errors.ts'
import type { NodeStack } from '../facade/node-stack.ts'
import { StreamHandle } from './stream-handle.ts'
import type { ConnectRequest } from './stream-handle.ts'

export class PipeHandle extends StreamHandle {
  private boundPath: string | undefined = undefined

  constructor(stack: NodeStack) { super(stack, 'PIPEWRAP') }

  protected sibling(): PipeHandle { return new PipeHandle(this.stack) }

  private ensureSocket(): Errno | undefined {
    if (this.descriptor >= 0) return undefined
    const fd = this.sys.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
    if (typeof fd === 'string') return fd
    this.adopt(fd)
    return undefined
  }

  bind(path: string): number {
    const failed = this.ensureSocket()
    if (failed !== undefined) return uvNumber(failed)
    if (!path.startsWith('\0')) this.stack.files.prepareBind(path)
    const result = this.sys.bind(this.descriptor, unixAddress(path))
    // libuv: a directory that is missing reads as no permission.
    if (result === 'ENOENT') return uvNumber('EACCES')
    if (result === 0) this.boundPath = path
    return result === 0 ? 0 : uvNumber(result)
  }

  connect(request: ConnectRequest, path: string): number {
    const failed = this.ensureSocket()
    if (failed !== undefined) return uvNumber(failed)
    const result = this.sys.connect(this.descriptor, unixAddress(path))
    const isMissing = (result === 'ENOENT' || result === 'ENOTDIR') && !path.startsWith('\0')
    return this.beginConnect(request, isMissing ? this.stack.files.missing(path) : result)
  }

  fchmod(_mode: number): number { return 0 }
  setPendingInstances(): void { /* Windows only */ }

  /** libuv removes the path it bound. */
  protected override beforeClose(): void {
    const path = this.boundPath
    this.boundPath = undefined
    if (path !== undefined && !path.startsWith('\0')) this.stack.files.unlink(path)
  }
}

function unixAddress(path: string): SocketAddress {
  return path.startsWith('\0') ? { family: 'AF_UNIX', path: path.slice(1), abstract: true } : { family: 'AF_UNIX', path, abstract: false }
}
