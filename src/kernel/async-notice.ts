// Signal-driven input and output (rows G5, G7; Linux: fasync, sk_wake_async): a file whose owner is told by SIGIO when
// it becomes ready, if O_ASYNC is set, and by SIGURG of urgent data, whether it is or not.

import { O_ASYNC, POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDHUP } from '../base/posix.ts'
import { POLL_ERR, POLL_HUP, POLL_IN, POLL_OUT, POLL_PRI, SIGIO, SIGURG } from '../base/signal.ts'
import type { Waiter } from '../sock/wait-queue.ts'
import type { FileWatcher, OpenFile } from './open-file.ts'
import type { Kernel, SignalInformation } from './process-state.ts'

function codeOf(mask: number): number {
  if ((mask & POLLERR) !== 0) return POLL_ERR
  if ((mask & POLLPRI) !== 0) return POLL_PRI
  if ((mask & (POLLIN | POLLRDHUP)) !== 0) return POLL_IN
  return (mask & POLLHUP) === 0 ? POLL_OUT : POLL_HUP
}

export class AsyncNotice implements Waiter, FileWatcher {
  private readonly kernel: Kernel
  private readonly file: OpenFile

  constructor(kernel: Kernel, file: OpenFile) {
    this.kernel = kernel
    this.file = file
  }

  /** Observes only: it takes no event from those who sleep. */
  wake(mask: number): boolean {
    const { file } = this
    if (file.ownerPid === 0) return false
    if ((mask & POLLPRI) !== 0) this.tell(SIGURG, {})
    if ((file.statusFlags & O_ASYNC) === 0) return false
    const band = mask & (POLLIN | POLLOUT | POLLPRI | POLLERR | POLLHUP)
    if (band === 0) return false
    if (file.signalNumber === 0) this.tell(SIGIO, {})
    else this.tell(file.signalNumber, { code: codeOf(mask), band, file: file.id })
    return false
  }

  fileReleased(file: OpenFile): void { file.waitQueue?.remove(this) }

  private tell(signal: number, information: SignalInformation): void {
    const { ownerPid } = this.file
    if (ownerPid < 0) {
      for (const each of this.kernel.processGroup(-ownerPid)) this.kernel.deliver(each, signal, information)
      return
    }
    const owner = this.kernel.findProcess(ownerPid)
    if (owner !== undefined) this.kernel.deliver(owner, signal, information)
  }
}

/** F_SETOWN, O_ASYNC: hangs the notice on the file's queue, once. */
export function watchAsync(kernel: Kernel, file: OpenFile): void {
  if (file.asyncNotice !== undefined || file.waitQueue === undefined) return
  const notice = new AsyncNotice(kernel, file)
  file.asyncNotice = notice
  file.waitQueue.add(notice)
  file.addWatcher(notice)
}
