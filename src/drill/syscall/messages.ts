// sendmsg and recvmsg: names, vectors, flags and ancillary data, the error queue's included.

import type { MessageHeader } from '../../kernel/syscalls.ts'
import { MSG_FASTOPEN } from '../../base/posix.ts'
import type { Expression } from '../ast.ts'
import { Mismatch, NotApplicable, ScriptError } from '../refusal.ts'
import { incoming, ioVectors, needsDestination, outgoing, sleeper } from './io.ts'
import type { CallBuilder, CallContext, ControlMessage } from './plan.ts'
import { addressOr, checkAddress } from './sockets.ts'
import { Fields, describe, int32, isEllipsis, readInt32, readInt64, toNumber } from './values.ts'

const CMSG_HEADER_BYTES = 16

export const sendmsg: CallBuilder = (context, args) => {
  const fd = context.files.of(toNumber(args[0]))
  const flags = toNumber(args[2])
  const fields = new Fields(args[1])
  const name = fields.get('msg_name')
  const given = name !== undefined && !isEllipsis(name)
  const address = given || needsDestination(context, fd, flags) ? addressOr(context, name, 'remote') : undefined
  const iov = ioVectors(fields.get('msg_iov'), (base, length) => outgoing(context, base, length))
  const control = controlToSend(fields.get('msg_control'))
  fields.get('msg_flags')
  fields.done()
  const message: MessageHeader = { name: address, iov, control }
  const announce = (): void => {
    if (address !== undefined && 'port' in address && (flags & MSG_FASTOPEN) !== 0) context.connections.connecting(fd, address.address, address.port, true)
  }
  return {
    now: () => { announce(); return context.sys.sendmsg(fd, message, flags) },
    later: () => { announce(); return context.sleeping.sendmsg(fd, message, flags) },
    sleepsOn: sleeper(fd, flags),
  }
}

function controlToSend(value: Expression | undefined): ControlMessage[] | undefined {
  if (value === undefined || isEllipsis(value)) return undefined
  return cmsgList(value).map((item) => {
    const fields = new Fields(item)
    const message = { level: fields.number('cmsg_level') ?? 0, type: fields.number('cmsg_type') ?? 0, data: int32(fields.number('cmsg_data') ?? 0) }
    fields.get('cmsg_len')
    fields.done()
    return message
  })
}

function cmsgList(value: Expression): readonly Expression[] {
  if (value.kind !== 'array') throw new ScriptError(`expected control messages in brackets, not ${describe(value)}`)
  return value.items
}

export const recvmsg: CallBuilder = (context, args) => {
  const fd = context.files.of(toNumber(args[0]))
  const flags = toNumber(args[2])
  const fields = new Fields(args[1])
  const name = fields.get('msg_name')
  const iov = ioVectors(fields.get('msg_iov'), incoming)
  const control = fields.get('msg_control')
  const expectedFlags = fields.number('msg_flags')
  fields.done()
  const message: MessageHeader = { iov }
  return {
    now: () => context.sys.recvmsg(fd, message, flags),
    later: () => context.sleeping.recvmsg(fd, message, flags),
    sleepsOn: sleeper(fd, flags),
    check: () => {
      if (expectedFlags !== undefined && (message.flags ?? 0) !== expectedFlags) {
        throw new Mismatch(`msg_flags is 0x${(message.flags ?? 0).toString(16)}, expected 0x${expectedFlags.toString(16)}`)
      }
      checkAddress(name, message.name, 'recvmsg')
      if (control !== undefined && !isEllipsis(control)) checkControl(context, cmsgList(control), message.control ?? [])
    },
  }
}

function checkControl(context: CallContext, expected: readonly Expression[], seen: readonly ControlMessage[]): void {
  if (expected.length !== seen.length) {
    throw new Mismatch(`${seen.length} control messages (${seen.map(each => `level ${each.level} type ${each.type}`).join(', ')}), expected ${expected.length}`)
  }
  expected.forEach((item, index) => { checkOne(context, item, seen[index], index) })
}

function checkOne(context: CallContext, item: Expression, seen: ControlMessage, index: number): void {
  const fields = new Fields(item)
  const same = (what: string, got: number, wanted: number | undefined): void => {
    if (wanted !== undefined && got !== wanted) throw new Mismatch(`control message ${index}: ${what} is ${got}, expected ${wanted}`)
  }
  same('cmsg_level', seen.level, fields.number('cmsg_level'))
  same('cmsg_type', seen.type, fields.number('cmsg_type'))
  same('cmsg_len', CMSG_HEADER_BYTES + seen.data.length, fields.number('cmsg_len'))
  const data = fields.get('cmsg_data')
  fields.done()
  if (data === undefined || isEllipsis(data)) return
  if (data.kind !== 'struct') { same('cmsg_data', readInt32(seen.data), toNumber(data)); return }
  const names = new Set(data.fields.map(each => each.name))
  if (names.has('scm_sec')) checkTimestamp(context, new Fields(data), seen.data, index)
  else if (names.has('ee_origin')) checkExtendedError(new Fields(data), seen.data, same)
  else throw new NotApplicable('a control message of unknown shape')
}

/** struct scm_timestamping's first timespec, counted from the start of the script. */
function checkTimestamp(context: CallContext, fields: Fields, data: Uint8Array, index: number): void {
  const expectedUs = (fields.number('scm_sec') ?? 0) * 1_000_000 + (fields.number('scm_nsec') ?? 0) / 1000
  fields.done()
  const actualUs = readInt64(data, 0) * 1_000_000 + readInt64(data, 8) / 1000 - context.startAt
  if (!context.sameTime(expectedUs, actualUs)) {
    throw new Mismatch(`control message ${index}: a timestamp of ${actualUs / 1e6} s after the start, expected ${expectedUs / 1e6} s`)
  }
}

/** struct sock_extended_err. */
function checkExtendedError(fields: Fields, data: Uint8Array, same: (what: string, got: number, wanted: number | undefined) => void): void {
  same('ee_errno', readInt32(data, 0), fields.number('ee_errno'))
  same('ee_origin', data[4], fields.number('ee_origin'))
  same('ee_type', data[5], fields.number('ee_type'))
  same('ee_code', data[6], fields.number('ee_code'))
  same('ee_info', readInt32(data, 8) >>> 0, fields.number('ee_info'))
  same('ee_data', readInt32(data, 12) >>> 0, fields.number('ee_data'))
  fields.done()
}
