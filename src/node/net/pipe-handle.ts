// A Unix-domain stream as a handle: IPC paths of net, over the host's own file system (libuv: uv_pipe_t).

import { isErrno } from '../../base/errno.ts'
import type { Errno } from '../../base/errno.ts'
import { AF_UNIX, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM } from '../../base/posix.ts'
import type { SocketAddress } from '../../sock/socket-address.ts'
import { uvNumber } from '../facade/node-errors.ts'
import type { NodeStack } from '../facade/node-stack.ts'
import { CUTS_SOCKET_PATHS, REMOVES_CUT_PATHS } from '../facade/running-node.ts'
import { StreamHandle } from './stream-handle.ts'
import type { ConnectRequest } from './stream-handle.ts'

/** sockaddr_un has 108 octets, and a path may fill them all. */
const LONGEST_PATH = 108
const UV_READABLE = 1
const UV_WRITABLE = 2

export class PipeHandle extends StreamHandle {
  private boundPath: string | undefined = undefined

  protected readonly connectType = 'PIPECONNECTWRAP'

  constructor(stack: NodeStack, type: string = 'PIPEWRAP') { super(stack, type) }

  protected sibling(): PipeHandle { return new PipeHandle(this.stack) }

  private ensureSocket(): Errno | undefined {
    if (this.descriptor >= 0) return undefined
    const fd = this.sys.socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)
    if (typeof fd === 'string') return fd
    this.adopt(fd)
    return undefined
  }

  bind(given: string): number {
    const path = fitting(given)
    if (path === undefined || this.descriptor >= 0) return uvNumber('EINVAL')
    const failed = this.ensureSocket()
    if (failed !== undefined) return uvNumber(failed)
    const claimed = isAbstract(path) ? unixAddress(path) : this.claim(path)
    const result = typeof claimed === 'string' ? claimed : this.sys.bind(this.descriptor, claimed)
    // libuv: a directory that is missing reads as no permission.
    if (result === 'ENOENT') return uvNumber('EACCES')
    if (result === 0) this.boundPath = REMOVES_CUT_PATHS ? path : given
    return result === 0 ? 0 : uvNumber(result)
  }

  private claim(path: string): SocketAddress | Errno {
    const name = this.stack.files.claim(path)
    return isErrno(name) ? name : unixAddress(name)
  }

  connect(request: ConnectRequest, given: string): number {
    const path = fitting(given)
    if (path === undefined) return this.beginConnect(request, 'EINVAL')
    const failed = this.ensureSocket()
    if (failed !== undefined) return uvNumber(failed)
    const result = this.sys.connect(this.descriptor, unixAddress(isAbstract(path) ? path : this.stack.files.nameOf(path)))
    const isMissing = (result === 'ENOENT' || result === 'ENOTDIR') && !isAbstract(path)
    return this.beginConnect(request, isMissing ? this.stack.files.missing(path) : result)
  }

  /** `mode` as libuv has it: who may read, who may write. */
  fchmod(mode: number): number {
    const path = this.boundPath
    if (path === undefined || isAbstract(path)) return 0
    const result = this.stack.files.allow(path, (mode & UV_READABLE) !== 0, (mode & UV_WRITABLE) !== 0)
    return result === 0 ? 0 : uvNumber(result)
  }

  setPendingInstances(): void { /* Windows only */ }

  /** libuv removes the path it bound. */
  protected override beforeClose(): void {
    const path = this.boundPath
    this.boundPath = undefined
    if (path !== undefined && !isAbstract(path)) this.stack.files.release(path)
  }
}

function fitting(path: string): string | undefined {
  const bytes = Buffer.from(path)
  if (bytes.length <= LONGEST_PATH) return path
  return CUTS_SOCKET_PATHS ? bytes.toString('utf8', 0, LONGEST_PATH) : undefined
}

function isAbstract(path: string): boolean { return path.startsWith('\0') }

function unixAddress(path: string): SocketAddress {
  return isAbstract(path) ? { family: 'AF_UNIX', path: path.slice(1), abstract: true } : { family: 'AF_UNIX', path, abstract: false }
}

// What programs that look at handles know it as.
Object.defineProperty(PipeHandle, 'name', { value: 'Pipe' })
