// timerfd: expirations of a timer, counted until they are read as eight bytes. Both clocks are the stack's.

import type { Errno } from '../base/errno.ts'
import { O_RDWR, POLLIN } from '../base/posix.ts'
import type { TimerTarget } from '../base/stack-timers.ts'
import { after, elapsed, instant, us } from '../base/time.ts'
import type { Instant } from '../base/time.ts'
import type { NetNamespace } from '../ip/namespace.ts'
import { READABLE } from '../sock/readiness.ts'
import { WaitQueue } from '../sock/wait-queue.ts'
import { OpenFile } from './open-file.ts'

const BYTES = 8

/** itimerspec, in microseconds: first expiration (0 disarms) and the time between later ones (0: once). */
export interface TimerSetting { readonly valueUs: number, readonly intervalUs: number }

export class TimerFile extends OpenFile implements TimerTarget {
  readonly kind = 'timerfd'
  readonly waitQueue = new WaitQueue()
  readonly id: number
  private readonly namespace: NetNamespace
  private readonly timer: number
  private dueAt: Instant | undefined = undefined
  private intervalUs = 0
  private expirations = 0

  constructor(namespace: NetNamespace, statusFlags: number, id: number) {
    super(O_RDWR | statusFlags)
    this.namespace = namespace
    this.id = id
    this.timer = namespace.timers.allocate(this, 0)
  }

  /** Answers the setting before. */
  set({ valueUs, intervalUs }: TimerSetting, isAbsolute: boolean): TimerSetting | Errno {
    if (!(valueUs >= 0) || !(intervalUs >= 0)) return 'EINVAL'
    const before = this.setting()
    this.expirations = 0
    this.intervalUs = intervalUs
    this.namespace.timers.disarm(this.timer)
    this.dueAt = undefined
    if (valueUs > 0) this.arm(isAbsolute ? instant(valueUs) : after(this.namespace.now(), us(valueUs)))
    return before
  }

  setting(): TimerSetting {
    return { valueUs: this.dueAt === undefined ? 0 : Math.max(1, elapsed(this.namespace.now(), this.dueAt)), intervalUs: this.intervalUs }
  }

  onTimer(): void {
    const due = this.dueAt
    if (due === undefined) return
    this.dueAt = undefined
    const { intervalUs } = this
    // One that was set to begin long ago has missed some.
    const count = intervalUs > 0 ? 1 + Math.floor(elapsed(due, this.namespace.now()) / intervalUs) : 1
    this.expirations += count
    if (intervalUs > 0) this.arm(after(due, us(count * intervalUs)))
    this.waitQueue.wake(READABLE)
  }

  override read(buffer: Uint8Array, offset: number, length: number): number | Errno {
    if (length < BYTES) return 'EINVAL'
    if (this.expirations === 0) return 'EAGAIN'
    new DataView(buffer.buffer, buffer.byteOffset + offset, BYTES).setBigUint64(0, BigInt(this.expirations), true)
    this.expirations = 0
    return BYTES
  }

  override readiness(): number { return this.expirations > 0 ? POLLIN : 0 }

  protected override onRelease(): void { this.namespace.timers.free(this.timer) }

  private arm(due: Instant): void {
    this.dueAt = due
    this.namespace.timers.arm(this.timer, instant(Math.max(due, this.namespace.now())))
  }
}
