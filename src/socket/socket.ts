// A socket as the file layer sees it (Linux: struct socket): one sock and the operations of its protocol. SOL_SOCKET is
// answered here for every family; all else is the protocol's.

import type { Errno } from '../base/errno.ts'
import { SOL_SOCKET } from '../base/posix.ts'
import type { Sock } from '../sock/sock.ts'
import { getSocketOption, setSocketOption } from './option/sol-socket.ts'
import type { ProtocolOps, SocketFamily } from './protocol-ops.ts'

/** Who makes a socket: for SO_PEERCRED, privilege checks and ss. */
export interface SocketOwner { readonly pid: number, readonly uid: number, readonly gid: number }

export class Socket {
  readonly sock: Sock
  readonly ops: ProtocolOps

  constructor(sock: Sock, ops: ProtocolOps) {
    this.sock = sock
    this.ops = ops
  }

  setOption(level: number, name: number, value: Uint8Array): 0 | Errno {
    return level === SOL_SOCKET ? setSocketOption(this, name, value) : this.ops.setOption(this.sock, level, name, value)
  }

  getOption(level: number, name: number, length: number, request?: Uint8Array): Uint8Array | Errno {
    return level === SOL_SOCKET ? getSocketOption(this, name, length) : this.ops.getOption(this.sock, level, name, length, request)
  }

  release(): void {
    this.sock.orphaned = true
    this.ops.release(this.sock)
  }
}

export function createSocket(family: SocketFamily, domain: number, type: number, protocol: number, owner: SocketOwner): Socket | Errno {
  const sock = family.create(domain, type, protocol)
  if (typeof sock === 'string') return sock
  sock.ownerPid = owner.pid
  sock.ownerUid = owner.uid
  return new Socket(sock, family.ops)
}
