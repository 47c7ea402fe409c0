// poll (rows G4, G5): asks each file how it stands; the sleeping form hangs one sleeper on every queue.

import type { Errno } from '../../base/errno.ts'
import { POLLNVAL } from '../../base/posix.ts'
import { NEVER, after, ms } from '../../base/time.ts'
import { ALWAYS } from '../../sock/readiness.ts'
import type { OpenFile } from '../open-file.ts'
import type { ProcessState } from '../process-state.ts'
import { Sleeper } from '../sleeper.ts'
import type { PollFd } from '../syscalls.ts'

/** A negative descriptor is passed over; one that is not open is POLLNVAL. */
export function poll(process: ProcessState, fds: readonly PollFd[]): number | Errno {
  if (fds.length > process.fds.limit) return 'EINVAL'
  let ready = 0
  for (const each of fds) {
    const file = process.fds.get(each.fd)
    if (each.fd < 0) each.revents = 0
    else if (file === undefined) each.revents = POLLNVAL
    else each.revents = file.readiness() & (each.events | ALWAYS)
    if (each.revents !== 0) ready++
  }
  return ready
}

export async function sleepingPoll(process: ProcessState, fds: readonly PollFd[], timeoutMs: number,
  call: string = 'poll'): Promise<number | Errno> {
  const deadline = timeoutMs < 0 ? NEVER : after(process.kernel.namespace.now(), ms(timeoutMs))
  // The call holds its files: closing a descriptor meanwhile does not end it.
  const files = fds.map(each => process.fds.get(each.fd)?.retain())
  const interest = fds.reduce((mask, each) => mask | each.events, ALWAYS)
  for (;;) {
    const sleeper = new Sleeper(process, interest, call, files.find(each => each !== undefined)?.id ?? 0)
    for (const file of files) sleeper.hang(file?.waitQueue, false)
    const reason = await sleeper.until(deadline)
    const ready = askAgain(fds, files)
    if (ready > 0 || reason !== 'woken') {
      for (const file of files) file?.drop()
      return ready === 0 && reason === 'interrupted' ? 'EINTR' : ready
    }
  }
}

function askAgain(fds: readonly PollFd[], files: readonly (OpenFile | undefined)[]): number {
  let ready = 0
  for (const [index, each] of fds.entries()) {
    const file = files[index]
    each.revents = file === undefined ? 0 : file.readiness() & (each.events | ALWAYS)
    if (each.revents !== 0) ready++
  }
  return ready
}
