// What system calls know of the process that makes them, and of the machine it runs on.

import type { NetNamespace } from '../ip/namespace.ts'
import type { ProtocolSwitch } from '../socket/protocol-switch.ts'
import { SIGCHLD } from '../base/signal.ts'
import { READABLE } from '../sock/readiness.ts'
import { WaitQueue } from '../sock/wait-queue.ts'
import type { FileSystem } from '../vfs/file-system.ts'
import { FdTable } from './fd-table.ts'
import { SleeperList } from './sleeper-list.ts'
import { WokenCalls } from './woken-calls.ts'

export type SignalHandler = (signal: number, information: SignalInformation) => void

/** siginfo_t, as far as it is filled: who sent it, and of SIGIO with F_SETSIG the file and its poll bits. */
export interface SignalInformation { readonly senderPid?: number, readonly code?: number, readonly file?: number, readonly band?: number }

export interface SignalAction { readonly handler: 'SIG_DFL' | 'SIG_IGN' | SignalHandler, readonly flags?: number }

/** What the host lends to every process. */
export interface Kernel {
  readonly namespace: NetNamespace
  readonly protocols: ProtocolSwitch
  readonly files: FileSystem
  /** Identity of a new pipe, epoll instance or the like. */
  takeFileId(): number
  /** Called when a sleeping call is about to go on. */
  readonly onWake: (() => void) | undefined
  /** The old behaviour on request: every sleeper is woken, and all but one find nothing (row G4). */
  readonly thunderingHerd: boolean
  takePid(): number
  /** A process that runs. */
  findProcess(pid: number): ProcessState | undefined
  processGroup(groupId: number): readonly ProcessState[]
  processEnded(process: ProcessState): void
  /** kernel/signal.ts, which knows what a signal does. */
  deliver(process: ProcessState, signal: number, information?: SignalInformation): void
}

/** RLIMIT_NOFILE of a fresh process; `Process.setFileLimit` changes it. */
const DEFAULT_FILE_LIMIT = 1_048_576

export class ProcessState {
  readonly kernel: Kernel
  readonly pid: number
  parentPid: number
  readonly name: string
  uid: number
  gid: number
  readonly fds: FdTable
  /** Its calls that sleep now. */
  readonly sleepers = new SleeperList()
  /** Its calls that were woken. */
  readonly woken: WokenCalls
  /** Of kernel/sleeping-read.ts, for the next read that sleeps. */
  readonly spareReads: object[] = []
  /** The bytes of an int that a call hands on. */
  readonly intBytes = new Uint8Array(4)
  /** What signals do, where it is not the default; children inherit it. */
  readonly actions = new Map<number, SignalAction>()
  /** Signals that wait until they are let through, and what came meanwhile: each kind once. Children inherit the mask only. */
  blockedSignals: ReadonlySet<number> = new Set()
  readonly pendingSignals = new Map<number, SignalInformation>()
  parent: ProcessState | undefined = undefined
  /** Those that run, and those that ended and wait for waitpid. */
  readonly children = new Map<number, ProcessState>()
  /** Here waitpid sleeps. */
  readonly childQueue = new WaitQueue()
  /** Process group: that of the process it descends from. */
  groupId: number
  cwd = '/'
  hasExited = false
  exitCode = 0
  /** As waitpid tells it. */
  waitStatus = 0

  constructor(kernel: Kernel, pid: number, parentPid: number, name: string, uid: number, fds: FdTable = new FdTable(DEFAULT_FILE_LIMIT)) {
    this.kernel = kernel
    this.woken = new WokenCalls(kernel.namespace.clock)
    this.pid = pid
    this.parentPid = parentPid
    this.name = name
    this.uid = uid
    this.gid = uid
    this.fds = fds
    this.groupId = pid
  }

  /** A child has ended. Who ignores SIGCHLD on purpose keeps no status of it. */
  childEnded(child: ProcessState): void {
    if (this.actions.get(SIGCHLD)?.handler === 'SIG_IGN') this.children.delete(child.pid)
    this.childQueue.wake(READABLE)
    this.kernel.deliver(this, SIGCHLD)
  }
}
