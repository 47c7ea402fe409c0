// What system calls know of the process that makes them, and of the machine it runs on.

import type { NetNamespace } from '../ip/namespace.ts'
import type { ProtocolSwitch } from '../socket/protocol-switch.ts'
import type { FileSystem } from '../vfs/file-system.ts'
import { FdTable } from './fd-table.ts'
import type { Sleeper } from './sleeper.ts'

/** What the host lends to every process. */
export interface Kernel {
  readonly namespace: NetNamespace
  readonly protocols: ProtocolSwitch
  readonly files: FileSystem
  /** Identity of a new pipe, epoll instance or the like. */
  takeFileId(): number
  /** Called when a sleeping call is about to go on. */
  readonly onWake: (() => void) | undefined
}

/** RLIMIT_NOFILE of a fresh process; `Process.setFileLimit` changes it. */
const DEFAULT_FILE_LIMIT = 1_048_576

export class ProcessState {
  readonly kernel: Kernel
  readonly pid: number
  readonly parentPid: number
  readonly name: string
  uid: number
  gid: number
  readonly fds: FdTable
  /** Its calls that sleep now. */
  readonly sleepers = new Set<Sleeper>()
  hasExited = false
  exitCode = 0

  constructor(kernel: Kernel, pid: number, parentPid: number, name: string, uid: number, fds: FdTable = new FdTable(DEFAULT_FILE_LIMIT)) {
    this.kernel = kernel
    this.pid = pid
    this.parentPid = parentPid
    this.name = name
    this.uid = uid
    this.gid = uid
    this.fds = fds
  }
}
