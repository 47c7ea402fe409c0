// read, write and their kin, send and receive without messages.

import type { IoVec } from '../../kernel/syscalls.ts'
import type { AddressHolder } from '../../kernel/syscalls.ts'
import { MSG_DONTWAIT, MSG_ERRQUEUE, MSG_FASTOPEN, SOCK_DGRAM, SOL_SOCKET, SO_TYPE } from '../../base/posix.ts'
import type { Expression } from '../ast.ts'
import { Mismatch, ScriptError } from '../refusal.ts'
import type { CallBuilder, CallContext } from './plan.ts'
import { addressOr, checkAddress } from './sockets.ts'
import { Fields, isEllipsis, isNull, pointedNumber, readInt32, textBytes, toNumber } from './values.ts'

/** What NULL comes to: a buffer shorter than its length, which a call answers with EFAULT. */
const NOWHERE: Readonly<Uint8Array> = new Uint8Array(0)

export interface Buffer { readonly bytes: Uint8Array, readonly length: number }

/** Bytes to send: zeros for `...`, the text of a string. */
export function outgoing(context: CallContext, value: Expression | undefined, length: number): Buffer {
  if (isNull(value)) return { bytes: NOWHERE, length }
  if (isEllipsis(value)) return { bytes: context.zeros(length), length }
  if (value?.kind !== 'string') throw new ScriptError('expected a buffer: `...`, NULL or a string')
  const bytes = textBytes(value.text)
  if (bytes.length < length) throw new ScriptError(`the string is shorter than ${length}`)
  return { bytes, length }
}

/** Room to receive into, and a check of what came if the script wrote it. */
export function incoming(value: Expression | undefined, length: number): Buffer & { verify(count: number): void } {
  const bytes = isNull(value) ? NOWHERE as Uint8Array : new Uint8Array(length)
  const expected = value?.kind === 'string' ? textBytes(value.text) : undefined
  return {
    bytes, length,
    verify: (count) => {
      const differs = expected?.findIndex((byte, index) => index < count && byte !== bytes[index]) ?? -1
      if (differs >= 0) throw new Mismatch(`byte ${differs} read is ${bytes[differs]}, expected ${expected?.[differs]}`)
    },
  }
}

/** A flag or the error queue keeps the call from sleeping. */
export function sleeper(fd: number, flags: number): number { return (flags & (MSG_DONTWAIT | MSG_ERRQUEUE)) === 0 ? fd : -1 }

export const read: CallBuilder = (context, args) => {
  const fd = context.files.of(toNumber(args[0]))
  const buffer = incoming(args[1], toNumber(args[2]))
  return {
    now: () => context.sys.read(fd, buffer.bytes, 0, buffer.length),
    later: () => context.sleeping.read(fd, buffer.bytes, 0, buffer.length),
    check: buffer.verify, sleepsOn: fd,
  }
}

export const write: CallBuilder = (context, args) => {
  const fd = context.files.of(toNumber(args[0]))
  const { bytes, length } = outgoing(context, args[1], toNumber(args[2]))
  return { now: () => context.sys.write(fd, bytes, 0, length), later: () => context.sleeping.write(fd, bytes, 0, length), sleepsOn: fd }
}

export const recv: CallBuilder = (context, args) => {
  const fd = context.files.of(toNumber(args[0]))
  const buffer = incoming(args[1], toNumber(args[2]))
  const flags = toNumber(args[3])
  return {
    now: () => context.sys.recv(fd, buffer.bytes, 0, buffer.length, flags),
    later: () => context.sleeping.recv(fd, buffer.bytes, 0, buffer.length, flags),
    check: buffer.verify, sleepsOn: sleeper(fd, flags),
  }
}

export const recvfrom: CallBuilder = (context, args) => {
  const fd = context.files.of(toNumber(args[0]))
  const buffer = incoming(args[1], toNumber(args[2]))
  const flags = toNumber(args[3])
  const from: AddressHolder = { address: undefined }
  return {
    now: () => context.sys.recvfrom(fd, buffer.bytes, 0, buffer.length, flags, from),
    later: () => context.sleeping.recvfrom(fd, buffer.bytes, 0, buffer.length, flags, from),
    check: (count) => { buffer.verify(count); checkAddress(args[4], from.address, 'recvfrom') },
    sleepsOn: sleeper(fd, flags),
  }
}

export const send: CallBuilder = (context, args) => {
  const fd = context.files.of(toNumber(args[0]))
  const { bytes, length } = outgoing(context, args[1], toNumber(args[2]))
  const flags = toNumber(args[3])
  return {
    now: () => context.sys.send(fd, bytes, 0, length, flags),
    later: () => context.sleeping.send(fd, bytes, 0, length, flags),
    sleepsOn: sleeper(fd, flags),
  }
}

/** Whether `...` for a destination means one: for datagrams and Fast Open; a connected stream has no use for it. */
export function needsDestination(context: CallContext, fd: number, flags: number): boolean {
  if ((flags & MSG_FASTOPEN) !== 0) return true
  const type = context.sys.getsockopt(fd, SOL_SOCKET, SO_TYPE)
  if (typeof type === 'string' || readInt32(type) !== SOCK_DGRAM) return false
  return typeof context.sys.getpeername(fd) === 'string'
}

export const sendto: CallBuilder = (context, args) => {
  const fd = context.files.of(toNumber(args[0]))
  const { bytes, length } = outgoing(context, args[1], toNumber(args[2]))
  const flags = toNumber(args[3])
  const given = !isEllipsis(args[4]) && !isNull(args[4])
  const address = given || needsDestination(context, fd, flags) ? addressOr(context, args[4], 'remote') : undefined
  const announce = (): void => {
    if (address !== undefined && 'port' in address && (flags & MSG_FASTOPEN) !== 0) context.connections.connecting(fd, address.address, address.port, true)
  }
  return {
    now: () => { announce(); return context.sys.sendto(fd, bytes, 0, length, flags, address) },
    later: () => { announce(); return context.sleeping.sendto(fd, bytes, 0, length, flags, address) },
    sleepsOn: sleeper(fd, flags),
  }
}

/** `[{..., 1000}, {iov_base=..., iov_len=400}]` */
export function ioVectors(value: Expression | undefined, make: (base: Expression | undefined, length: number) => Buffer): IoVec[] {
  if (value?.kind !== 'array') throw new ScriptError('expected iovecs in brackets')
  return value.items.map((item) => {
    const fields = new Fields(item, ['iov_base', 'iov_len'])
    const { bytes, length } = make(fields.get('iov_base'), fields.number('iov_len') ?? 0)
    fields.done()
    return { buffer: bytes, offset: 0, length }
  })
}

export const readv: CallBuilder = (context, args) => {
  const fd = context.files.of(toNumber(args[0]))
  const iov = ioVectors(args[1], incoming)
  return { now: () => context.sys.readv(fd, iov), later: () => context.sleeping.readv(fd, iov), sleepsOn: fd }
}

export const writev: CallBuilder = (context, args) => {
  const fd = context.files.of(toNumber(args[0]))
  const iov = ioVectors(args[1], (base, length) => outgoing(context, base, length))
  return { now: () => context.sys.writev(fd, iov), later: () => context.sleeping.writev(fd, iov), sleepsOn: fd }
}

export const fcntl: CallBuilder = (context, args) => {
  const fd = context.files.of(toNumber(args[0]))
  const command = toNumber(args[1])
  const argument = args.length > 2 ? toNumber(args[2]) : undefined
  return { now: () => context.sys.fcntl(fd, command, argument) }
}

/** The number through the pointer is compared; the call itself gives 0. */
export const ioctl: CallBuilder = (context, args) => {
  const fd = context.files.of(toNumber(args[0]))
  const request = toNumber(args[1])
  let answer = 0
  return {
    now: () => {
      const result = context.sys.ioctl(fd, request)
      if (typeof result === 'string') return result
      answer = result
      return 0
    },
    check: () => {
      if (args.length > 2 && !isEllipsis(args[2]) && pointedNumber(args[2]) !== answer) throw new Mismatch(`ioctl gave ${answer}, expected ${pointedNumber(args[2])}`)
    },
  }
}
