// What is left of a call that moved nothing or only a part (row F6): whether it goes on, and the sleeping rest of sendmsg,
// recv and recvfrom. `undefined` where the first answer is the answer. Called by kernel/process.ts.

import type { Errno } from '../base/errno.ts'
import { AF_UNIX, MSG_FASTOPEN, SOCK_STREAM } from '../base/posix.ts'
import { ReceiveResult } from '../socket/protocol-ops.ts'
import { WANTS_OUTPUT, maySleep, receiveAll, sendAfterOpening, sendAll, untilReady, untilReceived, wantsMore } from './blocking.ts'
import type { OpenFile } from './open-file.ts'
import type { ProcessState } from './process-state.ts'
import { SocketFile } from './socket-file.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import { gather, scatter, vectorsLength } from './syscall/arguments.ts'
import * as io from './syscall/io.ts'
import type { AddressHolder, MessageHeader } from './syscalls.ts'

type Result = number | Errno

/** Did this send begin a connection whose outcome its caller waits for? */
export function isOpening(file: OpenFile | undefined, first: Result, flags: number): file is SocketFile {
  return file instanceof SocketFile && (typeof first === 'number' || first === 'EINPROGRESS') && maySleep(file, flags)
    && file.socket.ops.isOpening?.(file.socket.sock) === true
}

/** Is a send that answered `first` to go on sleeping? On streams until all is handed over, else while nothing moved. */
export function sendsOn(file: OpenFile | undefined, first: Result, length: number, flags: number): first is number | 'EAGAIN' {
  if (typeof first === 'number' ? first >= length : first !== 'EAGAIN') return false
  return maySleep(file, flags)
}

/** The rest of a write that is opening its connection or sends on. Apart from the call, whose common case needs no closure. */
export async function restOfWrite(process: ProcessState, file: OpenFile | undefined, first: Result, buffer: Uint8Array, offset: number,
  length: number): Promise<Result> {
  if (isOpening(file, first, 0)) {
    return sendAfterOpening(process, file, 'write', typeof first === 'number' ? first : 0, length,
      done => file.write(buffer, offset + done, length - done), 0)
  }
  if (file === undefined || !sendsOn(file, first, length, 0)) return first
  return sendAll(process, file, 'write', first, length, done => file.write(buffer, offset + done, length - done))
}

/** The same of a send. */
export async function restOfSend(process: ProcessState, file: OpenFile | undefined, first: Result, buffer: Uint8Array, offset: number,
  length: number, flags: number, address: SocketAddress | undefined): Promise<Result> {
  if (!(file instanceof SocketFile)) return first
  const { ops, sock } = file.socket
  if (isOpening(file, first, flags)) {
    return sendAfterOpening(process, file, 'send', typeof first === 'number' ? first : 0, length,
      done => ops.send(sock, buffer, offset + done, length - done, flags & ~MSG_FASTOPEN, undefined, undefined), flags)
  }
  if (!sendsOn(file, first, length, flags)) return first
  return sendAll(process, file, 'send', first, length,
    done => ops.send(sock, buffer, offset + done, length - done, flags, address, undefined), flags)
}

export function restOfMessage(process: ProcessState, file: OpenFile | undefined, message: MessageHeader, first: Result,
  flags: number): Promise<Result> | undefined {
  const length = vectorsLength(message.iov)
  if (isOpening(file, first, flags)) {
    const { ops, sock } = file.socket
    const whole = gather(message.iov)
    return sendAfterOpening(process, file, 'sendmsg', typeof first === 'number' ? first : 0, length,
      done => ops.send(sock, whole, done, length - done, flags & ~MSG_FASTOPEN, undefined, undefined), flags)
  }
  if (!sendsOn(file, first, length, flags) || !(file instanceof SocketFile)) return undefined
  if (first !== 'EAGAIN') return sendRest(process, file, message, first, length, flags)
  return untilReady(process, file, 'sendmsg', WANTS_OUTPUT, file.sendTimeoutUs, false,
    () => io.sendmsgOn(process, file, message, flags)).then(sent => sendRest(process, file, message, sent, length, flags))
}

async function sendRest(process: ProcessState, file: SocketFile, message: MessageHeader, sent: Result, length: number,
  flags: number): Promise<Result> {
  if (typeof sent === 'string' || sent >= length || file.socket.sock.type !== SOCK_STREAM) return sent
  const whole = gather(message.iov)
  const { ops, sock } = file.socket
  return sendAll(process, file, 'sendmsg', sent, length,
    done => ops.send(sock, whole, done, length - done, flags, message.name, undefined), flags)
}

/** recvmsg that sleeps, for the first bytes or, with MSG_WAITALL, for all; ancillary data is that of the first. */
export function restOfReceiveMessage(process: ProcessState, file: OpenFile | undefined, message: MessageHeader, first: Result,
  flags: number, result: ReceiveResult): Promise<Result> | undefined {
  const length = vectorsLength(message.iov)
  const gathers = wantsMore(file, first, length, flags) && !carriesFiles(result)
  if ((first !== 'EAGAIN' && !gathers) || !maySleep(file, flags) || !(file instanceof SocketFile)) return undefined
  const { ops, sock } = file.socket
  const gatherRest = async (got: Result): Promise<Result> => {
    if (!wantsMore(file, got, length, flags) || carriesFiles(result)) return got
    const whole = gather(message.iov)
    const count = await receiveAll(process, file, 'recvmsg', got as number, length, flags,
      done => ops.receive(sock, whole, done, length - done, flags, undefined))
    if (typeof count === 'number') scatter(whole, count, message.iov)
    return count
  }
  return gathers ? gatherRest(first)
    : untilReceived(process, file, 'recvmsg', () => io.recvmsgOn(process, file, message, flags, result))
        .then(got => isEndOfAskingNothing(file, length, got) ? 0 : gatherRest(got))
}

/** Bytes that came with descriptors end a receive: those belong to no others (Linux: unix_stream_read_generic). */
function carriesFiles({ control }: ReceiveResult): boolean { return control.some(each => each.files !== undefined) }

/** Who asks a TCP socket for no bytes sleeps once, and that is all, whatever ended it (Linux: tcp_recvmsg_locked). */
function isEndOfAskingNothing({ socket: { sock } }: SocketFile, length: number, result: Result): boolean {
  return length === 0 && (result === 'EAGAIN' || result === 'EINTR') && sock.type === SOCK_STREAM && sock.family !== AF_UNIX
}

export function restOfReceive(process: ProcessState, file: OpenFile | undefined, call: string, first: Result, buffer: Uint8Array,
  offset: number, length: number, flags: number, from: AddressHolder | undefined): Promise<Result> | undefined {
  const gathers = wantsMore(file, first, length, flags)
  if ((first !== 'EAGAIN' && !gathers) || !maySleep(file, flags) || !(file instanceof SocketFile)) return undefined
  const { ops, sock } = file.socket
  const result = from === undefined ? undefined : new ReceiveResult()
  const attempt = (done: number): Result => {
    result?.clear()
    const count = ops.receive(sock, buffer, offset + done, length - done, flags, result)
    if (from !== undefined && result !== undefined && typeof count === 'number') {
      from.address = result.address
      io.releaseUnwanted(result)
    }
    return count
  }
  if (gathers) return receiveAll(process, file, call, first as number, length, flags, attempt)
  return untilReceived(process, file, call, () => attempt(0)).then(count => isEndOfAskingNothing(file, length, count) ? 0
    : wantsMore(file, count, length, flags) ? receiveAll(process, file, call, count as number, length, flags, attempt) : count)
}
