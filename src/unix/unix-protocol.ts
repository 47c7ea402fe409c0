// All Unix sockets of a host: abstract names, path names in the file system, joining and parting (Linux: net/unix).

import type { Errno } from '../base/errno.ts'
import { POLLERR, POLLHUP } from '../base/posix.ts'
import { READABLE, WRITABLE } from '../sock/readiness.ts'
import { RCV_SHUTDOWN, SEND_SHUTDOWN } from '../sock/sock.ts'
import type { Sock } from '../sock/sock.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import type { FileSystem } from '../vfs/file-system.ts'
import { UnixSock } from './unix-sock.ts'
import { hasUnread } from './urgent.ts'

/** Abstract names that bind without a name chooses among: five hexadecimal digits. */
const AUTOBIND_NAMES = 0x100000

/** Each type has abstract names of its own. */
function abstractKey(type: number, name: string): string { return `${type}:${name}` }

export class UnixProtocol {
  readonly namespace: Sock['namespace']
  readonly files: FileSystem
  readonly socks = new Set<UnixSock>()
  private readonly abstractNames = new Map<string, UnixSock>()

  constructor(namespace: Sock['namespace'], files: FileSystem) {
    this.namespace = namespace
    this.files = files
    namespace.sysctl.define([{ name: 'net.unix.max_dgram_qlen', type: 'int', default: 10, min: 0 }])
  }

  create(family: number, type: number, protocol: number): UnixSock {
    const { sysctl } = this.namespace
    const buffer = sysctl.row('net.core.wmem_default').value
    const sock = new UnixSock(this.namespace, family, type, protocol, buffer, sysctl.row('net.core.rmem_default').value)
    sock.backlog = sysctl.row('net.unix.max_dgram_qlen').value
    this.socks.add(sock)
    return sock
  }

  bind(sock: UnixSock, address: SocketAddress, workingDirectory: string): 0 | Errno {
    if (address.family !== 'AF_UNIX') return 'EINVAL'
    if (address.path === undefined) return this.autobind(sock)
    const isNamed = sock.name.family === 'AF_UNIX' && sock.name.path !== undefined
    if (address.abstract) {
      if (isNamed) return 'EINVAL'
      const key = abstractKey(sock.type, address.path)
      if (this.abstractNames.has(key)) return 'EADDRINUSE'
      this.abstractNames.set(key, sock)
    } else {
      // The name is made before it is seen that there is one already.
      if (isNamed) return this.files.lookup(address.path, workingDirectory) === 'ENOENT' ? 'EINVAL' : 'EADDRINUSE'
      const inode = this.files.bindSocket(address.path, workingDirectory, sock)
      if (typeof inode === 'string') return inode
      sock.inode = inode
    }
    sock.name = address
    return 0
  }

  autobind(sock: UnixSock): 0 | Errno {
    if (sock.name.family === 'AF_UNIX' && sock.name.path !== undefined) return 0
    const first = this.namespace.random.public.below(AUTOBIND_NAMES)
    for (let i = 0; i < AUTOBIND_NAMES; i++) {
      const path = ((first + i) % AUTOBIND_NAMES).toString(16).padStart(5, '0')
      const key = abstractKey(sock.type, path)
      if (this.abstractNames.has(key)) continue
      this.abstractNames.set(key, sock)
      sock.name = { family: 'AF_UNIX', path, abstract: true }
      return 0
    }
    return 'ENOSPC'
  }

  /** Whose name this is: ENOENT for a missing path, ECONNREFUSED for one that nobody holds any more, EPROTOTYPE. */
  find(address: SocketAddress, type: number, workingDirectory: string): UnixSock | Errno {
    if (address.family !== 'AF_UNIX' || address.path === undefined) return 'EINVAL'
    let found: UnixSock | undefined
    if (address.abstract) {
      found = this.abstractNames.get(abstractKey(type, address.path))
    } else {
      const inode = this.files.lookup(address.path, workingDirectory)
      if (typeof inode === 'string') return inode
      found = inode.kind === 'socket' && inode.owner instanceof UnixSock ? inode.owner : undefined
    }
    if (found === undefined) return 'ECONNREFUSED'
    return found.type === type ? found : 'EPROTOTYPE'
  }

  /** Both ends of a connection; their owners' credentials are exchanged. */
  join(first: UnixSock, second: UnixSock): void {
    first.peer = second
    second.peer = first
    first.peerCredentials = second.credentials
    second.peerCredentials = first.credentials
    if (!first.isConnectionOriented) {
      first.connectors.add(second)
      second.connectors.add(first)
    } else {
      first.state = 'connected'
      second.state = 'connected'
    }
  }

  shutdown(sock: UnixSock, bits: number): void {
    sock.shutdownBits |= bits
    sock.wakeShutdown()
    const { peer } = sock
    if (peer !== undefined && sock.isConnectionOriented) {
      peer.shutdownBits |= ((bits & SEND_SHUTDOWN) === 0 ? 0 : RCV_SHUTDOWN) | ((bits & RCV_SHUTDOWN) === 0 ? 0 : SEND_SHUTDOWN)
      peer.wakeShutdown()
    }
  }

  release(sock: UnixSock): void {
    if (sock.isReleased) return
    sock.isReleased = true
    this.socks.delete(sock)
    if (sock.name.family === 'AF_UNIX' && sock.name.abstract && sock.name.path !== undefined) this.abstractNames.delete(abstractKey(sock.type, sock.name.path))
    if (sock.inode !== undefined) sock.inode.owner = undefined
    const { peer } = sock
    if (sock.isConnectionOriented) {
      if (peer !== undefined) this.partFrom(peer, sock, hasUnread(sock))
    } else {
      peer?.connectors.delete(sock)
      for (const connector of sock.connectors) connector.wake(WRITABLE | POLLERR)
    }
    for (const waiting of sock.waitingConnects) waiting.wake(WRITABLE | POLLERR)
    for (const waiting of sock.waitingSenders) waiting.wake(WRITABLE | POLLERR)
    for (const embryo of sock.pending) {
      if (embryo.peer !== undefined) this.partFrom(embryo.peer, embryo, true)
      embryo.peer = undefined
      this.release(embryo)
    }
    sock.pending = []
    sock.discardQueue()
    sock.peer = undefined
  }

  /** The other end is gone; with data it never read, as a reset (behaviour 57). */
  private partFrom(peer: UnixSock, gone: UnixSock, wasUnread: boolean): void {
    peer.lostPeerName = gone.name
    peer.shutdownBits |= RCV_SHUTDOWN | SEND_SHUTDOWN
    if (wasUnread) peer.error = 'ECONNRESET'
    peer.peer = undefined
    peer.wake(READABLE | WRITABLE | POLLHUP | POLLERR)
  }
}
