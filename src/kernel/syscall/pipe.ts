// pipe and pipe2 (row G1).

import type { Errno } from '../../base/errno.ts'
import { O_CLOEXEC, O_NONBLOCK } from '../../base/posix.ts'
import { Pipe, PipeEnd } from '../pipe.ts'
import type { ProcessState } from '../process-state.ts'

export function pipe(process: ProcessState, flags: number): readonly [number, number] | Errno {
  if ((flags & ~(O_CLOEXEC | O_NONBLOCK)) !== 0) return 'EINVAL'
  const made = new Pipe()
  const reader = new PipeEnd(made, true, flags & O_NONBLOCK, process.kernel.takeFileId())
  const writer = new PipeEnd(made, false, flags & O_NONBLOCK, process.kernel.takeFileId())
  const isCloseOnExec = (flags & O_CLOEXEC) !== 0
  const readFd = process.fds.install(reader, isCloseOnExec)
  const writeFd = typeof readFd === 'string' ? readFd : process.fds.install(writer, isCloseOnExec)
  if (typeof readFd === 'number' && typeof writeFd === 'number') return [readFd, writeFd]
  if (typeof readFd === 'number') process.fds.take(readFd)
  reader.drop()
  writer.drop()
  return 'EMFILE'
}
