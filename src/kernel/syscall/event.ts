// eventfd and timerfd_*: things that are no sockets but can be waited for beside them.

import type { Errno } from '../../base/errno.ts'
import { O_CLOEXEC, O_NONBLOCK } from '../../base/posix.ts'
import { CLOCK_MONOTONIC, CLOCK_REALTIME, EFD_SEMAPHORE, TFD_TIMER_ABSTIME } from '../../base/signal.ts'
import { EventFile } from '../event-file.ts'
import type { OpenFile } from '../open-file.ts'
import type { ProcessState } from '../process-state.ts'
import { TimerFile } from '../timer-file.ts'
import type { TimerSetting } from '../timer-file.ts'

function install(process: ProcessState, file: OpenFile, flags: number): number | Errno {
  const fd = process.fds.install(file, (flags & O_CLOEXEC) !== 0)
  if (typeof fd === 'string') file.drop()
  return fd
}

/** EFD_NONBLOCK and EFD_CLOEXEC are O_NONBLOCK and O_CLOEXEC. */
export function eventfd(process: ProcessState, initial: number, flags: number): number | Errno {
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK | EFD_SEMAPHORE)) !== 0) return 'EINVAL'
  return install(process, new EventFile(initial, (flags & EFD_SEMAPHORE) !== 0, flags & O_NONBLOCK, process.kernel.takeFileId()), flags)
}

export function timerfdCreate(process: ProcessState, clock: number, flags: number): number | Errno {
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0 || (clock !== CLOCK_REALTIME && clock !== CLOCK_MONOTONIC)) return 'EINVAL'
  return install(process, new TimerFile(process.kernel.namespace, flags & O_NONBLOCK, process.kernel.takeFileId()), flags)
}

function timerAt(process: ProcessState, fd: number): TimerFile | Errno {
  const file = process.fds.get(fd)
  if (file === undefined) return 'EBADF'
  return file instanceof TimerFile ? file : 'EINVAL'
}

export function timerfdSettime(process: ProcessState, fd: number, flags: number, setting: TimerSetting): TimerSetting | Errno {
  if ((flags & ~TFD_TIMER_ABSTIME) !== 0) return 'EINVAL'
  if (setting.valueUs < 0 || setting.intervalUs < 0) return 'EINVAL'
  const file = timerAt(process, fd)
  return typeof file === 'string' ? file : file.set(setting, flags !== 0)
}

export function timerfdGettime(process: ProcessState, fd: number): TimerSetting | Errno {
  const file = timerAt(process, fd)
  return typeof file === 'string' ? file : file.setting()
}
