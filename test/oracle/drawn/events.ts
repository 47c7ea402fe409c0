// eventfd and timerfd. A timer is waited for at once when it is about to expire: how many calls go by meanwhile is chance.

import { POLLIN } from '../../../src/base/posix.ts'
import { CLOCK_MONOTONIC, EFD_SEMAPHORE, TFD_TIMER_ABSTIME } from '../../../src/base/signal.ts'
import type { Draw, Family } from './draw.ts'

const FAR_US = 1_000_000_000
/** Longer than any timer that is waited for takes. */
const LONG_MS = 30
/** What is written to counters: one, two, all but full, too much, nothing. */
const COUNTS = ['\x01', '\x02', `\xfe${'\xff'.repeat(7)}`, '\xff'.repeat(8), '', `\xfd${'\xff'.repeat(7)}`]
  .map(each => each.padEnd(8, '\0'))

export const EVENTS: Family = {
  name: 'events',
  begin(draw) {
    const fd = draw.p.eventfd(draw.one([0, 1, 3]), draw.cast.mode | draw.one([0, EFD_SEMAPHORE]))
    draw.cast.fds.push(fd)
    return [
      () => { draw.maySleep('write', fd, draw.one(COUNTS)) },
      () => { draw.maySleep('write', fd, draw.one(COUNTS)) },
      () => { draw.maySleep('read', fd, draw.one([8, 8, 8, 9, 7, 0])) },
      () => { draw.p.poll(fd) },
      () => { draw.p.call('eventfd', draw.one([0, -1]), draw.cast.mode | draw.one([0, EFD_SEMAPHORE, 4, 8])) },
    ]
  },
}

function arm(draw: Draw, fd: string, flags: number, value: number): void {
  // Who already sleeps on it takes what the other came for.
  if (draw.cast.mode === 0) {
    draw.p.poll(fd)
    return
  }
  // How often one has expired that began when the machine did is the machine's age.
  draw.p.call('timerfd_settime', fd, flags, value, flags === 0 ? draw.one([0, 0, FAR_US]) : 0)
  draw.p.call('poll', fd, POLLIN, LONG_MS)
}

export const TIMERS: Family = {
  name: 'timers',
  begin(draw) {
    const fd = draw.p.call('timerfd_create', CLOCK_MONOTONIC, draw.cast.mode)
    draw.cast.fds.push(fd)
    return [
      () => { arm(draw, fd, 0, 1000) },
      () => { arm(draw, fd, TFD_TIMER_ABSTIME, 1) },
      () => { draw.p.call('timerfd_settime', fd, 0, FAR_US, draw.one([0, 1000])) },
      () => { draw.p.call('timerfd_settime', fd, 0, 0, draw.one([0, 1000])) },
      () => { draw.p.call('timerfd_settime', draw.fd(), draw.one([0, 4]), draw.one([0, -1]), draw.one([0, -1])) },
      () => { draw.p.call('timerfd_gettime', draw.one([fd, draw.fd()])) },
      () => { draw.maySleep('read', fd, draw.one([8, 8, 16, 7])) },
      () => { draw.p.write(fd, '12345678') },
      () => { draw.p.call('timerfd_create', draw.one([0, 1, 2, 99]), draw.cast.mode | draw.one([0, 1, 4])) },
    ]
  },
}
