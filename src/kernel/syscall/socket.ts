// The calls that make, name, join and end sockets (rows F1-F3, F7, E11). Each answers at once.

import type { Errno } from '../../base/errno.ts'
import { AF_UNIX, SHUT_RD, SHUT_RDWR, SOCK_CLOEXEC, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_RAW } from '../../base/posix.ts'
import type { SocketAddress } from '../../sock/socket-address.ts'
import { putInt } from '../../socket/option/table.ts'
import { Socket, createSocket } from '../../socket/socket.ts'
import type { ProcessState } from '../process-state.ts'
import { SocketFile } from '../socket-file.ts'
import type { AddressHolder } from '../syscalls.ts'
import { requireBytes, socketAt } from './arguments.ts'
import { standAt } from './chdir.ts'

const TYPE_FLAGS = SOCK_NONBLOCK | SOCK_CLOEXEC
const TYPE_MASK = 0xf

function install(process: ProcessState, socket: Socket, flags: number, reserved: number = -1): number | Errno {
  const file = new SocketFile(socket, flags & SOCK_NONBLOCK)
  if (reserved >= 0) return process.fds.fulfil(reserved, file, (flags & SOCK_CLOEXEC) !== 0)
  const fd = process.fds.install(file, (flags & SOCK_CLOEXEC) !== 0)
  if (typeof fd === 'string') file.drop()
  return fd
}

function make(process: ProcessState, family: number, type: number, protocol: number): Socket | Errno {
  if ((type & ~(TYPE_MASK | TYPE_FLAGS)) !== 0) return 'EINVAL'
  // A raw Unix socket has always been a datagram one.
  const kind = family === AF_UNIX && (type & TYPE_MASK) === SOCK_RAW ? SOCK_DGRAM : type & TYPE_MASK
  const row = process.kernel.protocols.find(family, kind, protocol, process)
  if (typeof row === 'string') return row
  return createSocket(row.family, family, kind, row.protocol, process)
}

export function socket(process: ProcessState, family: number, type: number, protocol: number): number | Errno {
  const made = make(process, family, type, protocol)
  return typeof made === 'string' ? made : install(process, made, type)
}

export function socketpair(process: ProcessState, family: number, type: number, protocol: number): readonly [number, number] | Errno {
  const first = make(process, family, type, protocol)
  if (typeof first === 'string') return first
  const second = make(process, family, type, protocol)
  if (typeof second === 'string') {
    first.release()
    return second
  }
  const joined = family === AF_UNIX && first.ops.pair !== undefined ? first.ops.pair(first.sock, second.sock) : 'EOPNOTSUPP'
  if (joined !== 0) {
    first.release()
    second.release()
    return joined
  }
  const firstFd = install(process, first, type)
  if (typeof firstFd === 'string') {
    second.release()
    return firstFd
  }
  const secondFd = install(process, second, type)
  if (typeof secondFd === 'string') {
    process.fds.take(firstFd)?.drop()
    return secondFd
  }
  return [firstFd, secondFd]
}

export function bind(process: ProcessState, fd: number, address: SocketAddress): 0 | Errno {
  const file = socketAt(process, fd)
  if (typeof file === 'string') return file
  standAt(process, file, address)
  return file.socket.ops.bind(file.socket.sock, address)
}

export function listen(process: ProcessState, fd: number, backlog: number): 0 | Errno {
  const file = socketAt(process, fd)
  if (typeof file === 'string') return file
  // A negative backlog is taken as unsigned: as large as somaxconn allows.
  const most = process.kernel.namespace.sysctl.row('net.core.somaxconn').value
  return file.socket.ops.listen(file.socket.sock, Math.min((backlog | 0) >>> 0, most))
}

export function accept(process: ProcessState, fd: number, peer: AddressHolder | undefined, flags: number): number | Errno {
  if ((flags & ~TYPE_FLAGS) !== 0) return 'EINVAL'
  const file = socketAt(process, fd)
  return typeof file === 'string' ? file : acceptOn(process, file, peer, flags)
}

export function acceptOn(process: ProcessState, file: SocketFile, peer: AddressHolder | undefined, flags: number,
  reserved: number = -1): number | Errno {
  const { ops } = file.socket
  // A full table is noticed before a connection is taken, so that none is lost.
  if (reserved < 0 && process.fds.size >= process.fds.limit) return 'EMFILE'
  const sock = ops.accept(file.socket.sock)
  if (typeof sock === 'string') return sock
  if (peer !== undefined) {
    const address = (ops.acceptedAddress ?? ops.remoteAddress)(sock)
    peer.address = typeof address === 'string' ? undefined : address
  }
  return install(process, new Socket(sock, ops), flags, reserved)
}

export function connect(process: ProcessState, fd: number, address: SocketAddress): 0 | Errno {
  const file = socketAt(process, fd)
  if (typeof file === 'string') return file
  standAt(process, file, address)
  return file.socket.ops.connect(file.socket.sock, address)
}

export function shutdown(process: ProcessState, fd: number, how: number): 0 | Errno {
  const file = socketAt(process, fd)
  if (typeof file === 'string') return file
  if (!(how >= SHUT_RD && how <= SHUT_RDWR)) return 'EINVAL'
  return file.socket.ops.shutdown(file.socket.sock, how)
}

export function getsockname(process: ProcessState, fd: number): SocketAddress | Errno {
  const file = socketAt(process, fd)
  return typeof file === 'string' ? file : file.socket.ops.localAddress(file.socket.sock)
}

export function getpeername(process: ProcessState, fd: number): SocketAddress | Errno {
  const file = socketAt(process, fd)
  return typeof file === 'string' ? file : file.socket.ops.remoteAddress(file.socket.sock)
}

export function setsockopt(process: ProcessState, fd: number, level: number, name: number, value: Uint8Array | number): 0 | Errno {
  if (typeof value !== 'number') requireBytes(value)
  const file = socketAt(process, fd)
  if (typeof file === 'string') return file
  return file.socket.setOption(level, name, typeof value === 'number' ? putInt(process.intBytes, value) : value)
}

export function getsockopt(process: ProcessState, fd: number, level: number, name: number, length: number,
  request?: Uint8Array): Uint8Array | Errno {
  const file = socketAt(process, fd)
  return typeof file === 'string' ? file : file.socket.getOption(level, name, length, request)
}

/** EINVAL unless all of it is asked for; ENODEV for what cannot be mapped. */
export function mmap(process: ProcessState, fd: number, length: number): Uint8Array | Errno {
  const file = process.fds.get(fd)
  if (file === undefined) return 'EBADF'
  if (!(file instanceof SocketFile)) return 'ENODEV'
  const shared = file.socket.ops.map?.(file.socket.sock) ?? 'ENODEV'
  return typeof shared === 'string' || shared.length === length ? shared : 'EINVAL'
}
