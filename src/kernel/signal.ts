// Signals where sockets use them (row G7). A handler runs in a turn of its own, as sleepers do, never inside the protocol
// that caused it; the process's oldest sleeping call then answers EINTR, unless SA_RESTART lets it sleep on. A process is
// one thread with one stack in C; here it may have several calls asleep, and a signal takes one, as of several threads.

import type { Errno } from '../base/errno.ts'
import { MSG_NOSIGNAL, SOCK_STREAM } from '../base/posix.ts'
import { LAST_SIGNAL, SA_RESTART, SIG_BLOCK, SIG_SETMASK, SIG_UNBLOCK, SIGCHLD, SIGCONT, SIGKILL, SIGPIPE, SIGSTOP, SIGURG, SIGWINCH } from '../base/signal.ts'
import type { OpenFile } from './open-file.ts'
import type { ProcessState, SignalAction, SignalInformation } from './process-state.ts'
import { endProcess } from './process-life.ts'
import { SocketFile } from './socket-file.ts'

/** Signals whose default is to be ignored; SIGSTOP and SIGCONT have nothing to stop here. */
const IGNORED_BY_DEFAULT: readonly number[] = [SIGCHLD, SIGURG, SIGWINCH, SIGCONT, SIGSTOP]

export const DEFAULT_ACTION: SignalAction = Object.freeze({ handler: 'SIG_DFL', flags: 0 })

export function isSignal(signal: number): boolean { return Number.isInteger(signal) && signal >= 1 && signal <= LAST_SIGNAL }

/** Sets what a signal does, when an action is given; answers what it did before. */
export function sigaction(process: ProcessState, signal: number, action?: SignalAction): SignalAction | Errno {
  if (!isSignal(signal) || (action !== undefined && (signal === SIGKILL || signal === SIGSTOP))) return 'EINVAL'
  const before = process.actions.get(signal) ?? DEFAULT_ACTION
  if (action !== undefined) {
    process.actions.set(signal, action)
    if (isIgnored(process, signal)) process.pendingSignals.delete(signal)
  }
  return before
}

export function isIgnored(process: ProcessState, signal: number): boolean {
  const { handler } = process.actions.get(signal) ?? DEFAULT_ACTION
  return handler === 'SIG_IGN' || (handler === 'SIG_DFL' && IGNORED_BY_DEFAULT.includes(signal))
}

export function deliver(process: ProcessState, signal: number, information: SignalInformation = {}): void {
  if (process.hasExited) return
  if (process.blockedSignals.has(signal)) {
    // Signals that are not real-time ones are kept once, with what the first said.
    if (!process.pendingSignals.has(signal)) process.pendingSignals.set(signal, information)
    return
  }
  if (isIgnored(process, signal)) return
  const { handler, flags = 0 } = process.actions.get(signal) ?? DEFAULT_ACTION
  const { namespace } = process.kernel
  if (namespace.trace.on) {
    namespace.trace.emit({ name: 'signal', at: namespace.now(), host: namespace.host, pid: process.pid, signal, handled: typeof handler === 'function' })
  }
  if (typeof handler === 'string') {
    endProcess(process, 0, signal)
    return
  }
  // The handler's turn comes before that of the call it interrupts.
  process.kernel.onWake?.()
  void Promise.resolve().then(() => { if (!process.hasExited) handler(signal, information) })
  for (const sleeper of process.sleepers) {
    if ((flags & SA_RESTART) !== 0 && sleeper.isRestartable) continue
    sleeper.interrupt()
    return
  }
}

/** Changes which signals wait, when a set is given, and answers which waited before. KILL and STOP cannot be held up. */
export function sigprocmask(process: ProcessState, how: number, signals?: readonly number[]): readonly number[] | Errno {
  const before = [...process.blockedSignals].sort((a, b) => a - b)
  if (signals === undefined) return before
  if (!signals.every(isSignal)) return 'EINVAL'
  const given = new Set(signals)
  if (how === SIG_BLOCK) process.blockedSignals = new Set([...before, ...given])
  else if (how === SIG_UNBLOCK) process.blockedSignals = new Set(before.filter(each => !given.has(each)))
  else if (how === SIG_SETMASK) process.blockedSignals = given
  else return 'EINVAL'
  process.blockedSignals = new Set([...process.blockedSignals].filter(each => each !== SIGKILL && each !== SIGSTOP))
  for (const [signal, information] of [...process.pendingSignals].sort(([a], [b]) => a - b)) {
    if (process.blockedSignals.has(signal)) continue
    process.pendingSignals.delete(signal)
    deliver(process, signal, information)
  }
  return before
}

/** Signals that came and wait. */
export function sigpending(process: ProcessState): readonly number[] { return [...process.pendingSignals.keys()].sort((a, b) => a - b) }

/**
 * kill: one process, with 0 every one of the caller's group, with a negative number those of that group. Signal 0 asks
 * only whether it could be sent.
 */
export function kill(process: ProcessState, pid: number, signal: number): 0 | Errno {
  if (signal !== 0 && !isSignal(signal)) return 'EINVAL'
  const group = pid === 0 ? process.groupId : -pid
  const targets = pid > 0 ? [process.kernel.findProcess(pid)] : process.kernel.processGroup(group)
  // One that ended and waits for its parent can still be told.
  if (pid > 0 && targets[0] === undefined) return process.children.has(pid) ? 0 : 'ESRCH'
  if (targets.length === 0) return 'ESRCH'
  let told = 0
  for (const each of targets) {
    if (each === undefined || (process.uid !== 0 && process.uid !== each.uid)) continue
    told++
    if (signal !== 0) deliver(each, signal, { senderPid: process.pid })
  }
  return told === 0 ? 'EPERM' : 0
}

/** EPIPE on a stream or a pipe comes with SIGPIPE, unless the call said MSG_NOSIGNAL. */
export function signalBrokenPipe<T>(process: ProcessState, file: OpenFile | undefined, result: T, flags: number): T {
  if (result !== 'EPIPE' || (flags & MSG_NOSIGNAL) !== 0) return result
  if (file instanceof SocketFile && file.socket.sock.type !== SOCK_STREAM) return result
  deliver(process, SIGPIPE)
  return result
}
