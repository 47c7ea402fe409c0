// How processes begin and end (row G3): fork shares open files and copies everything else; whoever ended stays with its
// parent as a status until waitpid takes it.

import type { Errno } from '../base/errno.ts'
import { WCONTINUED, WNOHANG, WUNTRACED } from '../base/signal.ts'
import { NEVER } from '../base/time.ts'
import { READABLE } from '../sock/readiness.ts'
import { ProcessState } from './process-state.ts'
import { Sleeper } from './sleeper.ts'

/** Who takes care of children whose parent is gone. */
export const INIT_PID = 1

/** pid and status; pid 0 when none has ended yet and WNOHANG was given. */
export type WaitResult = readonly [number, number]

export function forkState(parent: ProcessState, name: string): ProcessState {
  const child = new ProcessState(parent.kernel, parent.kernel.takePid(), parent.pid, name, parent.uid, parent.fds.fork())
  child.gid = parent.gid
  child.groupId = parent.groupId
  child.cwd = parent.cwd
  for (const [signal, action] of parent.actions) child.actions.set(signal, action)
  child.blockedSignals = parent.blockedSignals
  child.parent = parent
  parent.children.set(child.pid, child)
  return child
}

/** By exit (`signal` 0) or by a signal. Closes every descriptor; calls that sleep never return. */
export function endProcess(process: ProcessState, exitCode: number, signal: number): void {
  if (process.hasExited) return
  process.hasExited = true
  process.exitCode = exitCode
  process.waitStatus = signal === 0 ? (exitCode & 0xff) << 8 : signal
  for (const sleeper of process.sleepers) sleeper.interrupt()
  process.fds.closeAll()
  for (const child of process.children.values()) {
    child.parent = undefined
    child.parentPid = INIT_PID
  }
  process.children.clear()
  process.kernel.processEnded(process)
  process.parent?.childEnded(process)
}

/** Takes the status of a child that has ended: of `pid`, of any (-1), of our group (0), or of the group `-pid`. */
export function waitpid(process: ProcessState, pid: number, options: number): WaitResult | Errno {
  if ((options & ~(WNOHANG | WUNTRACED | WCONTINUED)) !== 0) return 'EINVAL'
  const wanted = [...process.children.values()].filter(child => matches(process, child, pid))
  if (wanted.length === 0) return 'ECHILD'
  const ended = wanted.find(child => child.hasExited)
  if (ended === undefined) return (options & WNOHANG) === 0 ? 'EAGAIN' : [0, 0]
  process.children.delete(ended.pid)
  return [ended.pid, ended.waitStatus]
}

function matches(process: ProcessState, child: ProcessState, pid: number): boolean {
  if (pid > 0) return child.pid === pid
  return pid === -1 || child.groupId === (pid === 0 ? process.groupId : -pid)
}

export async function sleepingWaitpid(process: ProcessState, pid: number, options: number): Promise<WaitResult | Errno> {
  for (;;) {
    const result = waitpid(process, pid, options)
    if (result !== 'EAGAIN') return result
    const reason = await new Sleeper(process, READABLE, 'waitpid', 0).hang(process.childQueue, false).until(NEVER)
    if (reason === 'interrupted') {
      // SIGCHLD's own handler may have run because of the very child that is waited for.
      const after = waitpid(process, pid, options)
      return after === 'EAGAIN' ? 'EINTR' : after
    }
  }
}
