// SCM_RIGHTS and SCM_CREDENTIALS (row H3): what a message carries beside its bytes, and what its reader is told.

import type { Errno } from '../base/errno.ts'
import { SCM_CREDENTIALS, SCM_RIGHTS, SOL_SOCKET } from '../base/posix.ts'
import type { ControlMessage } from '../sock/control-message.ts'
import type { ReceiveReport } from '../sock/receive-report.ts'
import { dropFiles } from './message.ts'
import type { Credentials, HeldFile, Message } from './message.ts'
import type { UnixSock } from './unix-sock.ts'

export interface Ancillary { readonly files: readonly HeldFile[] | undefined, readonly credentials: Credentials, readonly isTold: boolean }

/** EPERM for credentials that are not the sender's own; EINVAL for what is unknown. The files are not retained yet. */
export function readAncillary(sock: UnixSock, control: readonly ControlMessage[] | undefined): Ancillary | Errno {
  let files: readonly HeldFile[] | undefined = undefined
  let { credentials } = sock
  let isTold = false
  for (const message of control ?? []) {
    if (message.level !== SOL_SOCKET) continue
    if (message.type === SCM_RIGHTS) {
      files = [...files ?? [], ...(message.files ?? []) as readonly HeldFile[]]
    } else if (message.type === SCM_CREDENTIALS) {
      if (message.data.length !== 12) return 'EINVAL'
      const view = new DataView(message.data.buffer, message.data.byteOffset)
      const [pid, uid, gid] = [view.getInt32(0, true), view.getInt32(4, true), view.getInt32(8, true)]
      if (sock.ownerUid !== 0 && (pid !== credentials.pid || uid !== credentials.uid || gid !== credentials.gid)) return 'EPERM'
      credentials = { pid, uid, gid }
      isTold = true
    } else {
      return 'EINVAL'
    }
  }
  return { files: files?.length === 0 ? undefined : files, credentials, isTold }
}

export function sameCredentials(a: Credentials, b: Credentials): boolean { return a.pid === b.pid && a.uid === b.uid && a.gid === b.gid }

/** Tells the reader of `message`: credentials if wanted, and its files, which are the reader's from then on. */
export function reportAncillary(sock: UnixSock, message: Message, report: ReceiveReport | undefined, isPeek: boolean): void {
  if (report === undefined) {
    if (!isPeek) dropFiles(message)
    return
  }
  if (sock.options.passCredentials) {
    const { pid, uid, gid } = message.credentials
    report.control.push({ level: SOL_SOCKET, type: SCM_CREDENTIALS, data: new Uint8Array(Int32Array.of(pid, uid, gid).buffer) })
  }
  if (message.files === undefined) return
  if (isPeek) for (const file of message.files) file.retain()
  report.control.push({ level: SOL_SOCKET, type: SCM_RIGHTS, data: new Uint8Array(0), files: message.files })
  if (!isPeek) message.files = undefined
}
