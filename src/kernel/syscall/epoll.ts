// epoll_create, epoll_ctl, epoll_wait (row G6).

import type { Errno } from '../../base/errno.ts'
import {
  EPOLLERR, EPOLLET, EPOLLEXCLUSIVE, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLWAKEUP, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, O_CLOEXEC,
  POLLIN,
} from '../../base/posix.ts'
import { NEVER, after, ms } from '../../base/time.ts'
import { EpollFile } from '../epoll.ts'
import type { ProcessState } from '../process-state.ts'
import { Sleeper } from '../sleeper.ts'
import type { EpollEvent } from '../syscalls.ts'

/** What may stand beside EPOLLEXCLUSIVE. */
const WITH_EXCLUSIVE = EPOLLIN | EPOLLOUT | EPOLLERR | EPOLLHUP | EPOLLWAKEUP | EPOLLET | EPOLLEXCLUSIVE
const MOST_EVENTS = Math.floor(2_147_483_647 / 12)

export function epollCreate(process: ProcessState, flags: number): number | Errno {
  if ((flags & ~O_CLOEXEC) !== 0) return 'EINVAL'
  const { namespace } = process.kernel
  const file = new EpollFile(process.kernel.takeFileId(), (epoll, sock, action, length) => {
    if (!namespace.trace.on) return
    namespace.trace.emit({ name: 'ready-list', at: namespace.now(), host: namespace.host, epoll, sock, action, length })
  })
  const fd = process.fds.install(file, (flags & O_CLOEXEC) !== 0)
  if (typeof fd === 'string') file.drop()
  return fd
}

export function epollCtl(process: ProcessState, epfd: number, op: number, fd: number, event: EpollEvent | undefined): 0 | Errno {
  const instance = process.fds.get(epfd)
  const file = process.fds.get(fd)
  if (op !== EPOLL_CTL_DEL && event === undefined) return 'EFAULT'
  if (instance === undefined || file === undefined) return 'EBADF'
  if (file.waitQueue === undefined) return 'EPERM'
  if (!(instance instanceof EpollFile) || instance === file) return 'EINVAL'
  const events = event?.events ?? 0
  if ((events & EPOLLEXCLUSIVE) !== 0 && op !== EPOLL_CTL_DEL) {
    if (op === EPOLL_CTL_MOD || (events & ~WITH_EXCLUSIVE) !== 0 || file instanceof EpollFile) return 'EINVAL'
  }
  const item = instance.find(file, fd)
  switch (op) {
    case EPOLL_CTL_ADD: return instance.add(file, fd, events, event?.data ?? 0)
    case EPOLL_CTL_MOD:
      if (item === undefined) return 'ENOENT'
      if ((item.events & EPOLLEXCLUSIVE) !== 0) return 'EINVAL'
      instance.modify(item, events, event?.data ?? 0)
      return 0
    case EPOLL_CTL_DEL:
      if (item === undefined) return 'ENOENT'
      instance.remove(item)
      return 0
    default: return 'EINVAL'
  }
}

function instanceAt(process: ProcessState, epfd: number, maxEvents: number): EpollFile | Errno {
  const instance = process.fds.get(epfd)
  if (instance === undefined) return 'EBADF'
  if (!(maxEvents > 0 && maxEvents <= MOST_EVENTS)) return 'EINVAL'
  return instance instanceof EpollFile ? instance : 'EINVAL'
}

export function epollWait(process: ProcessState, epfd: number, events: EpollEvent[], maxEvents: number): number | Errno {
  const instance = instanceAt(process, epfd, maxEvents)
  return typeof instance === 'string' ? instance : instance.collect(events, maxEvents)
}

export async function sleepingEpollWait(process: ProcessState, epfd: number, events: EpollEvent[], maxEvents: number,
  timeoutMs: number): Promise<number | Errno> {
  const instance = instanceAt(process, epfd, maxEvents)
  if (typeof instance === 'string') return instance
  const deadline = timeoutMs < 0 ? NEVER : after(process.kernel.namespace.now(), ms(timeoutMs))
  instance.retain()
  for (;;) {
    // Several threads on one instance: one event wakes one of them.
    const reason = await new Sleeper(process, POLLIN, 'epoll_wait', instance.id).hang(instance.waitQueue, true).until(deadline)
    const count = instance.collect(events, maxEvents)
    if (count > 0 || reason !== 'woken') {
      instance.drop()
      return count === 0 && reason === 'interrupted' ? 'EINTR' : count
    }
  }
}
