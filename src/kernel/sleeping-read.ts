// A read that waits for bytes of a stream, a pipe or the like: what most calls that sleep are. Its process keeps it for the
// next one, so that a program that reads in a loop makes a promise each time and nothing else.

import type { Errno } from '../base/errno.ts'
import { POLLERR, POLLHUP, POLLIN, POLLPRI, POLLRDHUP } from '../base/posix.ts'
import type { Instant } from '../base/time.ts'
import { DISSOLVED } from '../sock/wait-queue.ts'
import type { OpenFile } from './open-file.ts'
import type { ProcessState } from './process-state.ts'
import { RepeatedCall } from './repeated-call.ts'

export const WANTS_INPUT = POLLIN | POLLPRI | POLLERR | POLLHUP | POLLRDHUP
/** What wakes a reader of a stream. */
export const WANTS_BYTES = WANTS_INPUT | DISSOLVED
const NOTHING = new Uint8Array(0)

export class SleepingRead extends RepeatedCall<number> {
  private buffer: Uint8Array = NOTHING
  private offset = 0
  private length = 0

  static of(process: ProcessState, file: OpenFile, call: string): SleepingRead {
    const spare = process.spareReads.pop() as SleepingRead | undefined
    if (spare === undefined) return new SleepingRead(process, file, call, WANTS_BYTES, false)
    spare.file = file
    spare.rename(call, file.id)
    return spare
  }

  into(buffer: Uint8Array, offset: number, length: number, deadline: Instant): Promise<number | Errno> {
    this.buffer = buffer
    this.offset = offset
    this.length = length
    return this.result(deadline)
  }

  protected override attempt(): number | Errno { return this.file.read(this.buffer, this.offset, this.length) }

  protected override over(): void {
    this.buffer = NOTHING
    this.process.spareReads.push(this)
  }
}
