// fcntl, ioctl, dup, dup2 (row G1): what belongs to a descriptor, and what to the open file it shares with others.

import type { Errno } from '../../base/errno.ts'
import {
  FD_CLOEXEC, FIOASYNC, FIONBIO, F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_GETFL, F_GETOWN, F_GETSIG, F_SETFD, F_SETFL, F_SETOWN, F_SETSIG,
  O_APPEND, O_ASYNC, O_NONBLOCK,
} from '../../base/posix.ts'
import { watchAsync } from '../async-notice.ts'
import type { OpenFile } from '../open-file.ts'
import type { ProcessState } from '../process-state.ts'

/** What F_SETFL changes; access mode and creation flags stay. */
const CHANGEABLE = O_NONBLOCK | O_APPEND | O_ASYNC

export function fcntl(process: ProcessState, fd: number, command: number, argument: number): number | Errno {
  const file = process.fds.get(fd)
  if (file === undefined) return 'EBADF'
  switch (command) {
    case F_DUPFD: return duplicate(process, file, argument, false)
    case F_DUPFD_CLOEXEC: return duplicate(process, file, argument, true)
    case F_GETFD: return process.fds.isCloseOnExec(fd) ? FD_CLOEXEC : 0
    case F_SETFD:
      process.fds.setCloseOnExec(fd, (argument & FD_CLOEXEC) !== 0)
      return 0
    case F_GETFL: return file.statusFlags
    case F_SETFL:
      file.statusFlags = (file.statusFlags & ~CHANGEABLE) | (argument & CHANGEABLE)
      if ((argument & O_ASYNC) !== 0) watchAsync(process.kernel, file)
      return 0
    case F_SETOWN:
      // As Linux: the owner must be there, and a negative number is a process group.
      if (argument > 0 && process.kernel.findProcess(argument) === undefined) return 'ESRCH'
      file.ownerPid = argument
      if (argument !== 0) watchAsync(process.kernel, file)
      return 0
    case F_GETOWN: return file.ownerPid
    case F_SETSIG:
      if (argument < 0 || argument > 64) return 'EINVAL'
      file.signalNumber = argument
      return 0
    case F_GETSIG: return file.signalNumber
    default: return 'EINVAL'
  }
}

function duplicate(process: ProcessState, file: OpenFile, from: number, isCloseOnExec: boolean): number | Errno {
  if (!(from >= 0 && from < process.fds.limit)) return 'EINVAL'
  const fd = process.fds.install(file, isCloseOnExec, from)
  if (typeof fd === 'number') file.retain()
  return fd
}

export function dup(process: ProcessState, fd: number): number | Errno {
  const file = process.fds.get(fd)
  return file === undefined ? 'EBADF' : duplicate(process, file, 0, false)
}

export function dup2(process: ProcessState, fd: number, wanted: number): number | Errno {
  const file = process.fds.get(fd)
  if (file === undefined || !(wanted >= 0 && wanted < process.fds.limit) || !Number.isInteger(wanted)) return 'EBADF'
  if (process.fds.isReserved(wanted)) return 'EBUSY'
  if (fd !== wanted) process.fds.replace(wanted, file.retain(), false)
  return wanted
}

export function ioctl(process: ProcessState, fd: number, request: number, argument: number): number | Errno {
  const file = process.fds.get(fd)
  if (file === undefined) return 'EBADF'
  if (request === FIONBIO || request === FIOASYNC) {
    const flag = request === FIONBIO ? O_NONBLOCK : O_ASYNC
    file.statusFlags = argument === 0 ? file.statusFlags & ~flag : file.statusFlags | flag
    if (flag === O_ASYNC && argument !== 0) watchAsync(process.kernel, file)
    return 0
  }
  return file.ioctl(request, argument)
}
