// select (row G5): three sets of descriptors below `nfds`, cut down in place to those that are ready. Its three
// conditions are sums of poll bits (Linux: POLLIN_SET, POLLOUT_SET, POLLEX_SET).

import type { Errno } from '../../base/errno.ts'
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDBAND, POLLRDNORM, POLLWRBAND, POLLWRNORM } from '../../base/posix.ts'
import type { ProcessState } from '../process-state.ts'
import type { PollFd } from '../syscalls.ts'
import { poll, sleepingPoll } from './poll.ts'
import type { SelectSets } from './select-sets.ts'

const READ_BITS = POLLIN | POLLRDNORM | POLLRDBAND | POLLHUP | POLLERR
const WRITE_BITS = POLLOUT | POLLWRNORM | POLLWRBAND | POLLERR
const EXCEPT_BITS = POLLPRI

function requested(process: ProcessState, nfds: number, sets: SelectSets): PollFd[] | Errno {
  if (!(nfds >= 0)) return 'EINVAL'
  const wanted = new Map<number, PollFd>()
  for (const [set, bits] of [[sets.read, READ_BITS], [sets.write, WRITE_BITS], [sets.except, EXCEPT_BITS]] as const) {
    for (const fd of set ?? []) {
      if (fd >= nfds) continue
      if (process.fds.get(fd) === undefined) return 'EBADF'
      const entry = wanted.get(fd)
      if (entry === undefined) wanted.set(fd, { fd, events: bits, revents: 0 })
      else entry.events |= bits
    }
  }
  return [...wanted.values()]
}

const BITS_PER_WORD = 64

/** How many bits stay set. The sets are read and written in whole words: members beyond the last one are not looked at. */
function cutDown(nfds: number, sets: SelectSets, fds: readonly PollFd[]): number {
  const end = Math.ceil(nfds / BITS_PER_WORD) * BITS_PER_WORD
  const masks = new Map(fds.map(each => [each.fd, each.revents]))
  let count = 0
  for (const [set, bits] of [[sets.read, READ_BITS], [sets.write, WRITE_BITS], [sets.except, EXCEPT_BITS]] as const) {
    if (set === undefined) continue
    for (const fd of set) {
      if (((masks.get(fd) ?? 0) & bits) !== 0) count++
      else if (fd < end) set.delete(fd)
    }
  }
  return count
}

export function select(process: ProcessState, nfds: number, sets: SelectSets): number | Errno {
  const fds = requested(process, nfds, sets)
  if (typeof fds === 'string') return fds
  poll(process, fds)
  return cutDown(nfds, sets, fds)
}

export async function sleepingSelect(process: ProcessState, nfds: number, sets: SelectSets, timeoutMs: number): Promise<number | Errno> {
  const fds = requested(process, nfds, sets)
  if (typeof fds === 'string') return fds
  const ready = poll(process, fds)
  if (ready === 0 && timeoutMs !== 0) {
    const result = await sleepingPoll(process, fds, timeoutMs, 'select')
    if (typeof result === 'string') return result
  }
  return cutDown(nfds, sets, fds)
}
