// Ancillary data between a process and a protocol: descriptors become open files on the way in and descriptors again on
// the way out (SCM_RIGHTS, row H3); what does not fit into the receiver's buffer is cut.

import type { Errno } from '../../base/errno.ts'
import { MSG_CMSG_CLOEXEC, MSG_CTRUNC, SCM_CREDENTIALS, SCM_RIGHTS, SOL_SOCKET } from '../../base/posix.ts'
import type { ControlMessage } from '../../sock/control-message.ts'
import type { ReceiveResult } from '../../socket/protocol-ops.ts'
import { intValue, structBytes } from '../../socket/option/table.ts'
import type { OpenFile } from '../open-file.ts'
import type { ProcessState } from '../process-state.ts'

/** SCM_MAX_FD. */
const MOST_FILES = 253
/** sizeof(struct cmsghdr), and what everything is padded to. */
const HEADER_BYTES = 16
const ALIGNMENT = 8

function isRights(message: ControlMessage): boolean { return message.level === SOL_SOCKET && message.type === SCM_RIGHTS }

/** Each SCM_RIGHTS gains the files that its descriptors name, retained for the call. EBADF, EINVAL beyond 253. */
export function attachFiles(process: ProcessState,
  control: readonly ControlMessage[] | undefined): readonly ControlMessage[] | undefined | Errno {
  if (control === undefined || !control.some(isRights)) return control
  const attached: ControlMessage[] = []
  for (const message of control) {
    // What is malformed in front is told first, by the protocol.
    if (message.level === SOL_SOCKET && message.type !== SCM_RIGHTS && message.type !== SCM_CREDENTIALS) return control
    if (!isRights(message)) {
      attached.push(message)
      continue
    }
    const count = message.data.length >> 2
    const files: OpenFile[] = []
    for (let i = 0; i < count; i++) {
      const file = process.fds.get(intValue(message.data.subarray(4 * i, 4 * i + 4)))
      if (file !== undefined) files.push(file)
    }
    if (count > MOST_FILES) return 'EINVAL'
    if (files.length < count) return 'EBADF'
    attached.push({ ...message, files })
  }
  for (const { files } of attached) for (const file of files ?? []) (file as OpenFile).retain()
  return attached
}

/** What the receiver gets of `result.control`, within `room` bytes; sets MSG_CTRUNC in `result.flags`. */
export function fitControl(process: ProcessState, result: ReceiveResult, room: number, flags: number): ControlMessage[] {
  const fitting: ControlMessage[] = []
  let left = room
  for (const message of result.control) {
    const data = message.files === undefined
      ? message.data.subarray(0, Math.max(0, left - HEADER_BYTES))
      : installFiles(process, message.files as readonly OpenFile[], Math.floor(Math.max(0, left - HEADER_BYTES) / 4),
          (flags & MSG_CMSG_CLOEXEC) !== 0)
    const wanted = message.files === undefined ? message.data.length : message.files.length * 4
    if (data.length < wanted) result.flags |= MSG_CTRUNC
    if (left < HEADER_BYTES || (message.files !== undefined && data.length === 0)) continue
    fitting.push({ level: message.level, type: message.type, data })
    left -= HEADER_BYTES + Math.ceil(data.length / ALIGNMENT) * ALIGNMENT
  }
  return fitting
}

/** The descriptors given to as many files as there is room for, as ints; the rest is dropped. */
function installFiles(process: ProcessState, files: readonly OpenFile[], room: number, isCloseOnExec: boolean): Uint8Array {
  const fds: number[] = []
  for (const [index, file] of files.entries()) {
    const fd = index < room && fds.length === index ? process.fds.install(file, isCloseOnExec) : 'EMFILE'
    if (typeof fd === 'number') fds.push(fd)
    else file.drop()
  }
  return structBytes(fds)
}
