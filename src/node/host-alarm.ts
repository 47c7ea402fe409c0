// One alarm of the host, behind every timer of a stack. timerfd, where the C library is at hand, rings within tens of
// microseconds; setTimeout is good to a millisecond and may ring early, so who is rung looks at the clock.

import type { Libc, PollHandle } from './libc.ts'

export interface HostAlarm {
  /** Rings once, in about `delayUs`; replaces what was set. Keeps the process alive until then. */
  set(delayUs: number): void
  /** Nobody waits: the process may end. */
  clear(): void
  close(): void
}

export class TimeoutAlarm implements HostAlarm {
  private readonly ring: () => void
  private timer: ReturnType<typeof setTimeout> | undefined = undefined

  private readonly isReferenced: boolean

  /** Unreferenced: a stack whose programs are over does not hold the process for its TIME-WAITs. */
  constructor(ring: () => void, isReferenced: boolean = true) {
    this.ring = ring
    this.isReferenced = isReferenced
  }

  set(delayUs: number): void {
    this.clear()
    this.timer = setTimeout(this.ring, Math.min(Math.ceil(delayUs / 1000), 2147483647))
    if (!this.isReferenced) this.timer.unref()
  }

  clear(): void {
    if (this.timer !== undefined) clearTimeout(this.timer)
    this.timer = undefined
  }

  close(): void { this.clear() }
}

const CLOCK_MONOTONIC = 1
const TFD_NONBLOCK = 0o4000
const TFD_CLOEXEC = 0o2000000
const ITIMERSPEC_BYTES = 32
const VALUE_SECONDS_AT = 16
const VALUE_NANOSECONDS_AT = 24

export class TimerfdAlarm implements HostAlarm {
  private readonly libc: Libc
  private readonly fd: number
  private readonly poll: PollHandle
  private readonly setting = new Uint8Array(new ArrayBuffer(128), 0, ITIMERSPEC_BYTES)
  private readonly view = new DataView(this.setting.buffer)
  private readonly expirations = new Uint8Array(new ArrayBuffer(128))
  private readonly expirationsAddress: number
  private isReferenced = true
  private isSet = false
  private readonly holds: boolean

  private constructor(libc: Libc, fd: number, ring: () => void, holds: boolean) {
    this.libc = libc
    this.fd = fd
    this.holds = holds
    this.expirationsAddress = libc.addressOf(this.expirations)
    this.poll = libc.poll(fd, () => {
      // Clears the expiry, or the poll would ring for ever.
      libc.read(fd, this.expirationsAddress, 8)
      ring()
    })
    this.reference(false)
  }

  /** `holds`: a set alarm keeps the process alive. */
  static create(libc: Libc, ring: () => void, holds: boolean = true): TimerfdAlarm | undefined {
    const fd = libc.timerfdCreate(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)
    return fd < 0 ? undefined : new TimerfdAlarm(libc, fd, ring, holds)
  }

  private reference(wanted: boolean): void {
    if (wanted === this.isReferenced) return
    this.isReferenced = wanted
    if (wanted) this.poll.ref()
    else this.poll.unref()
  }

  set(delayUs: number): void {
    // A value of zero would disarm.
    const delay = Math.max(1, delayUs)
    const seconds = Math.floor(delay / 1_000_000)
    this.view.setUint32(VALUE_SECONDS_AT, seconds, true)
    this.view.setUint32(VALUE_NANOSECONDS_AT, (delay - seconds * 1_000_000) * 1000, true)
    this.libc.timerfdSettime(this.fd, 0, this.setting)
    this.isSet = true
    if (this.holds) this.reference(true)
  }

  clear(): void {
    if (!this.isSet) return
    this.isSet = false
    this.view.setUint32(VALUE_SECONDS_AT, 0, true)
    this.view.setUint32(VALUE_NANOSECONDS_AT, 0, true)
    this.libc.timerfdSettime(this.fd, 0, this.setting)
    this.reference(false)
  }

  close(): void {
    this.poll.close()
    this.libc.close(this.fd)
  }
}
