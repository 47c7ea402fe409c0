// The one place where calls sleep (row F6). A call is tried first, without a promise; only what answers EAGAIN comes here,
// holds its file (closing the descriptor meanwhile does not end it), sleeps on the file's queue and is tried again, until
// it succeeds, the time-out of the socket is over, or a signal comes.

import type { Errno } from '../base/errno.ts'
import {
  AF_UNIX, MSG_DONTWAIT, MSG_ERRQUEUE, MSG_PEEK, MSG_WAITALL, POLLERR, POLLHUP, POLLOUT, SIOCATMARK, SOCK_STREAM,
} from '../base/posix.ts'
import { NEVER, after, us } from '../base/time.ts'
import type { Instant } from '../base/time.ts'
import { RCV_SHUTDOWN } from '../sock/sock.ts'
import type { OpenFile } from './open-file.ts'
import type { ProcessState } from './process-state.ts'
import { signalBrokenPipe } from './signal.ts'
import { RepeatedAttempt } from './repeated-call.ts'
import { SleepingRead, WANTS_BYTES, WANTS_INPUT } from './sleeping-read.ts'
import { NEVER_RETURNS, Sleeper } from './sleeper.ts'
import type { WakeReason } from './sleeper.ts'
import { SocketFile } from './socket-file.ts'

export const WANTS_OUTPUT = POLLOUT | POLLERR | POLLHUP

/** May this call sleep? */
export function maySleep(file: OpenFile | undefined, flags: number): file is OpenFile {
  if (file === undefined || file.isNonBlocking || (flags & MSG_DONTWAIT) !== 0) return false
  // Nobody waits for an error; Unix sockets do not know the flag.
  return (flags & MSG_ERRQUEUE) === 0 || (file instanceof SocketFile && file.socket.sock.family === AF_UNIX)
}

/** 0: never; negative: it is over already. */
export function deadlineAfter(process: ProcessState, timeoutUs: number): Instant {
  return timeoutUs === 0 ? NEVER : after(process.kernel.namespace.now(), us(Math.max(0, timeoutUs)))
}

/** One sleep on a file. */
export function sleepOnFile(process: ProcessState, file: OpenFile, call: string, interest: number, deadline: Instant,
  isExclusive: boolean): Promise<WakeReason> {
  return new Sleeper(process, interest, call, file.id).hang(file.waitQueue, isExclusive).until(deadline)
}

/** Tries again after each wake-up until the answer is not EAGAIN. A time-out gets one last try. */
export function untilReady<T>(process: ProcessState, file: OpenFile, call: string, interest: number, timeoutUs: number,
  isExclusive: boolean, attempt: () => T | Errno): Promise<T | Errno> {
  if (timeoutUs < 0) return Promise.resolve<T | Errno>('EAGAIN')
  return new RepeatedAttempt(process, file, call, interest, isExclusive, attempt).result(deadlineAfter(process, timeoutUs))
}

function isDatagramSocket(file: OpenFile): file is SocketFile {
  return file instanceof SocketFile && file.socket.sock.type !== SOCK_STREAM
}

/** A datagram socket shut down for reading gives 0 to whoever would sleep (who would not is told EAGAIN, as on Linux). */
function hasEnded(file: SocketFile): boolean { return (file.socket.sock.shutdownBits & RCV_SHUTDOWN) !== 0 }

/** The sleeping half of a read, and of a receive without flags or address. */
export function untilRead(process: ProcessState, file: OpenFile, call: string, buffer: Uint8Array, offset: number,
  length: number): Promise<number | Errno> {
  if (isDatagramSocket(file)) return untilReceived(process, file, call, () => file.read(buffer, offset, length))
  const timeoutUs = file.receiveTimeoutUs
  if (timeoutUs < 0) return Promise.resolve<number | Errno>('EAGAIN')
  return SleepingRead.of(process, file, call).into(buffer, offset, length, deadlineAfter(process, timeoutUs))
}

/** The sleeping half of a receive. Readers of datagrams wait exclusively: one datagram wakes one of them. */
export function untilReceived(process: ProcessState, file: OpenFile, call: string,
  attempt: () => number | Errno): Promise<number | Errno> {
  if (!isDatagramSocket(file)) return untilReady(process, file, call, WANTS_BYTES, file.receiveTimeoutUs, false, attempt)
  if (hasEnded(file)) return Promise.resolve(0)
  return untilReady(process, file, call, WANTS_INPUT, file.receiveTimeoutUs, true, () => {
    const result = attempt()
    return result === 'EAGAIN' && hasEnded(file) ? 0 : result
  })
}

/** Nobody reads past an urgent byte in one call. */
function isAtMark({ socket: { ops, sock } }: SocketFile): boolean { return ops.ioctl(sock, SIOCATMARK) === 1 }

/** How many bytes satisfy a receive: all with MSG_WAITALL, else what SO_RCVLOWAT says (Linux: sock_rcvlowat). */
function targetOf({ socket: { sock } }: SocketFile, length: number, flags: number): number {
  return (flags & MSG_WAITALL) !== 0 ? length : Math.min(sock.options.receiveLowWater, length)
}

/** Does a receive that got `count` of `length` bytes go on waiting? Only on a stream; looking ahead, only on TCP. */
export function wantsMore(file: OpenFile | undefined, count: number | Errno, length: number, flags: number): boolean {
  return typeof count === 'number' && count > 0 && count < length && file instanceof SocketFile
    && count < targetOf(file, length, flags) && file.socket.sock.type === SOCK_STREAM && !isAtMark(file)
    && ((flags & MSG_PEEK) === 0 || file.socket.sock.family !== AF_UNIX)
}

/** An error met after some bytes had moved is for the next call to report (row F8). */
function keepError(file: OpenFile, error: Errno): void {
  if (file instanceof SocketFile && error !== 'EPIPE' && error !== 'EAGAIN') file.socket.sock.error ??= error
}

/**
 * MSG_WAITALL, SO_RCVLOWAT: gathers until enough is there, end-of-file, an error or the time-out; whatever came is the answer.
 * `attempt(done)` receives behind the bytes that are there; when peeking, everything anew.
 */
export async function receiveAll(process: ProcessState, file: OpenFile, call: string, got: number, length: number, flags: number,
  attempt: (done: number) => number | Errno): Promise<number | Errno> {
  const deadline = deadlineAfter(process, file.receiveTimeoutUs)
  const isPeek = (flags & MSG_PEEK) !== 0
  let done = got
  const target = file instanceof SocketFile ? targetOf(file, length, flags) : length
  file.retain()
  while (done < target) {
    const before = isPeek ? 0 : done
    const result = attempt(before)
    if (result === 0 || (typeof result === 'string' && result !== 'EAGAIN')) {
      if (typeof result === 'string') keepError(file, result)
      break
    }
    if (typeof result === 'number' && before + result > done) {
      done = before + result
      continue
    }
    const reason = await sleepOnFile(process, file, call, WANTS_BYTES, deadline, false)
    if (reason !== 'woken') break
  }
  file.drop()
  return process.hasExited ? NEVER_RETURNS : done
}

/** A blocking send on a stream sleeps until everything is handed over (row F6); a part counts when it must give up. */
export async function sendAll(process: ProcessState, file: OpenFile, call: string, sent: number | 'EAGAIN', length: number,
  attempt: (done: number) => number | Errno, flags: number = 0): Promise<number | Errno> {
  const deadline = deadlineAfter(process, file.sendTimeoutUs)
  let done = sent === 'EAGAIN' ? 0 : sent
  let failure: Errno = 'EAGAIN'
  file.retain()
  // A datagram of no bytes waits for room too.
  while ((done < length || (sent === 'EAGAIN' && length === 0)) && file.sendTimeoutUs >= 0) {
    const reason = await sleepOnFile(process, file, call, WANTS_OUTPUT, deadline, false)
    const result = reason === 'interrupted' ? 'EINTR' : attempt(done)
    if (typeof result === 'number') {
      done += result
      if (length === 0) return leave(process, file, 0)
    } else if (result !== 'EAGAIN') {
      if (done > 0) keepError(file, result)
      failure = result
      break
    }
    if (reason === 'timeout') break
  }
  if (done === 0) signalBrokenPipe(process, file, failure, flags)
  return leave(process, file, done > 0 ? done : failure)
}

function leave(process: ProcessState, file: OpenFile, answer: number | Errno): number | Errno | Promise<never> {
  file.drop()
  return process.hasExited ? NEVER_RETURNS : answer
}

/** Until a connection attempt is decided: EINPROGRESS when SO_SNDTIMEO is over. */
export async function untilConnected(process: ProcessState, file: SocketFile, attempt: () => 0 | Errno): Promise<0 | Errno> {
  const deadline = deadlineAfter(process, file.sendTimeoutUs)
  file.retain()
  for (;;) {
    const reason = await sleepOnFile(process, file, 'connect', WANTS_OUTPUT, deadline, false)
    const result = reason === 'interrupted' ? 'EINTR' : attempt()
    const isPending = result === 'EALREADY' || result === 'EINPROGRESS' || result === 'EAGAIN'
    if (!isPending || reason === 'timeout') {
      file.drop()
      if (process.hasExited) return NEVER_RETURNS
      return isPending ? (result === 'EAGAIN' ? 'EAGAIN' : 'EINPROGRESS') : result
    }
  }
}

/** A send that began the connection (Fast Open) went part of the way: once the handshake is done the rest follows. */
export async function sendAfterOpening(process: ProcessState, file: SocketFile, call: string, sent: number, length: number,
  attempt: (done: number) => number | Errno, flags: number): Promise<number | Errno> {
  const { ops, sock } = file.socket
  if (sent < length) ops.writerWaits?.(sock)
  const opened = await untilConnected(process, file, () => ops.finishOpening?.(sock) ?? 0)
  if (opened !== 0) {
    signalBrokenPipe(process, file, opened, flags)
    return opened === 'EINPROGRESS' && sent > 0 ? sent : opened
  }
  if (sent >= length) return sent
  const now = attempt(sent)
  if (typeof now === 'string' && now !== 'EAGAIN') return sent > 0 ? sent : now
  const done = sent + (now === 'EAGAIN' ? 0 : now)
  return done >= length ? done : sendAll(process, file, call, done === 0 ? 'EAGAIN' : done, length, attempt, flags)
}

/** SO_LINGER: the last close waits for its FIN to be acknowledged, or for the time set. */
export async function lingerOn(process: ProcessState, file: SocketFile): Promise<void> {
  const { sock, ops } = file.socket
  const deadline = after(process.kernel.namespace.now(), us(sock.lingerSeconds * 1_000_000))
  while (ops.isLingering?.(sock) === true) {
    const reason = await sleepOnFile(process, file, 'close', -1, deadline, false)
    if (reason !== 'woken') return
  }
}
