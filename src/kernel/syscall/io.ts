// The calls that move bytes (rows F4, F5). Each answers at once: EAGAIN where a sleeping caller would wait.

import type { Errno } from '../../base/errno.ts'
import { AF_UNIX } from '../../base/posix.ts'
import type { SocketAddress } from '../../sock/socket-address.ts'
import type { ReceiveResult } from '../../socket/protocol-ops.ts'
import type { ProcessState } from '../process-state.ts'
import { signalBrokenPipe } from '../signal.ts'
import { SocketFile } from '../socket-file.ts'
import type { AddressHolder, IoVec, MessageHeader } from '../syscalls.ts'
import { attachFiles, fitControl } from './ancillary.ts'
import { checkRange, checkVectors, gather, requireBytes, scatter, socketAt, vectorsLength } from './arguments.ts'
import { standAt } from './chdir.ts'

export function read(process: ProcessState, fd: number, buffer: Uint8Array, offset: number, length: number): number | Errno {
  requireBytes(buffer)
  const file = process.fds.get(fd)
  if (file === undefined) return 'EBADF'
  const wrong = checkRange(buffer, offset, length)
  if (wrong !== undefined) return wrong
  // A read of nothing is no receive: it takes no datagram and no error.
  return length === 0 && file instanceof SocketFile ? 0 : file.read(buffer, offset, length)
}

export function write(process: ProcessState, fd: number, buffer: Uint8Array, offset: number, length: number): number | Errno {
  requireBytes(buffer)
  const file = process.fds.get(fd)
  if (file === undefined) return 'EBADF'
  return checkRange(buffer, offset, length) ?? signalBrokenPipe(process, file, file.write(buffer, offset, length), 0)
}

export function readv(process: ProcessState, fd: number, iov: readonly IoVec[]): number | Errno {
  const wrong = checkVectors(iov)
  if (process.fds.get(fd) === undefined) return 'EBADF'
  if (wrong !== undefined) return wrong === 'EMSGSIZE' ? 'EINVAL' : wrong
  if (iov.length === 1) return read(process, fd, iov[0].buffer, iov[0].offset, iov[0].length)
  const whole = new Uint8Array(vectorsLength(iov))
  const count = read(process, fd, whole, 0, whole.length)
  if (typeof count === 'number') scatter(whole, count, iov)
  return count
}

export function writev(process: ProcessState, fd: number, iov: readonly IoVec[]): number | Errno {
  const wrong = checkVectors(iov)
  if (process.fds.get(fd) === undefined) return 'EBADF'
  if (wrong !== undefined) return wrong === 'EMSGSIZE' ? 'EINVAL' : wrong
  // Nothing at all is no message, unlike write of nothing.
  if (vectorsLength(iov) === 0) return 0
  if (iov.length === 1) return write(process, fd, iov[0].buffer, iov[0].offset, iov[0].length)
  if (process.fds.get(fd)?.kind === 'eventfd') return writeEach(process, fd, iov)
  const whole = gather(iov)
  return write(process, fd, whole, 0, whole.length)
}

/** For files that take a number at a time (Linux: do_loop_readv_writev). */
function writeEach(process: ProcessState, fd: number, iov: readonly IoVec[]): number | Errno {
  let done = 0
  for (const { buffer, offset, length } of iov) {
    const count = write(process, fd, buffer, offset, length)
    if (typeof count === 'string') return done > 0 ? done : count
    done += count
  }
  return done
}

export function sendto(process: ProcessState, fd: number, buffer: Uint8Array, offset: number, length: number, flags: number,
  address: SocketAddress | undefined): number | Errno {
  requireBytes(buffer)
  const file = socketAt(process, fd)
  if (typeof file === 'string') return file
  const wrong = checkRange(buffer, offset, length)
  if (wrong !== undefined) return wrong
  if (address !== undefined) standAt(process, file, address)
  return signalBrokenPipe(process, file, file.socket.ops.send(file.socket.sock, buffer, offset, length, flags, address, undefined), flags)
}

export function recv(process: ProcessState, fd: number, buffer: Uint8Array, offset: number, length: number, flags: number,
  result: ReceiveResult | undefined): number | Errno {
  requireBytes(buffer)
  const file = socketAt(process, fd)
  if (typeof file === 'string') return file
  const wrong = checkRange(buffer, offset, length)
  if (wrong !== undefined) return wrong
  return file.socket.ops.receive(file.socket.sock, buffer, offset, length, flags, result)
}

export function recvfrom(process: ProcessState, fd: number, buffer: Uint8Array, offset: number, length: number, flags: number,
  from: AddressHolder | undefined, result: ReceiveResult): number | Errno {
  if (from === undefined) return recv(process, fd, buffer, offset, length, flags, undefined)
  result.clear()
  const count = recv(process, fd, buffer, offset, length, flags, result)
  if (typeof count === 'number') from.address = result.address
  releaseUnwanted(result)
  return count
}

export function sendmsg(process: ProcessState, fd: number, message: MessageHeader, flags: number): number | Errno {
  const wrong = checkVectors(message.iov)
  const file = socketAt(process, fd)
  if (typeof file === 'string') return file
  return wrong ?? sendmsgOn(process, file, message, flags)
}

export function sendmsgOn(process: ProcessState, file: SocketFile, message: MessageHeader, flags: number): number | Errno {
  // Descriptors travel between Unix sockets only; others do not look at them.
  const control = file.socket.sock.family === AF_UNIX ? attachFiles(process, message.control) : message.control
  if (typeof control === 'string') return file.socket.ops.refusesToSend?.(file.socket.sock) ?? control
  const { ops, sock } = file.socket
  standAt(process, file, message.name)
  const only = message.iov.length === 1 ? message.iov[0] : undefined
  const bytes = only === undefined ? gather(message.iov) : only.buffer
  const sent = ops.send(sock, bytes, only?.offset ?? 0, only?.length ?? bytes.length, flags, message.name, control,
    only === undefined ? message.iov.map(each => each.length) : undefined)
  // What the protocol took it retained; these references were the call's own.
  for (const each of control ?? []) for (const held of each.files ?? []) (held as { drop(): void }).drop()
  return signalBrokenPipe(process, file, sent, flags)
}

export function recvmsg(process: ProcessState, fd: number, message: MessageHeader, flags: number, result: ReceiveResult): number | Errno {
  const wrong = checkVectors(message.iov)
  const file = socketAt(process, fd)
  if (typeof file === 'string') return file
  return wrong ?? recvmsgOn(process, file, message, flags, result)
}

export function recvmsgOn(process: ProcessState, file: SocketFile, message: MessageHeader, flags: number,
  result: ReceiveResult): number | Errno {
  const { ops, sock } = file.socket
  const only = message.iov.length === 1 ? message.iov[0] : undefined
  const bytes = only === undefined ? new Uint8Array(vectorsLength(message.iov)) : only.buffer
  result.clear()
  const count = ops.receive(sock, bytes, only?.offset ?? 0, only?.length ?? bytes.length, flags, result)
  if (typeof count === 'string') return count
  if (only === undefined) scatter(bytes, count, message.iov)
  message.name = result.address
  message.control = fitControl(process, result, message.controlLength ?? Infinity, flags)
  message.flags = result.flags
  return count
}

/** Descriptors that arrived where nobody asked for ancillary data are closed, as Linux does. */
export function releaseUnwanted(result: ReceiveResult): void {
  for (const each of result.control) for (const held of each.files ?? []) (held as { drop(): void }).drop()
}

export function close(process: ProcessState, fd: number): 0 | Errno {
  const file = process.fds.take(fd)
  if (file === undefined) return 'EBADF'
  file.drop()
  return 0
}
