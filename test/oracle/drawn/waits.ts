// poll, select and epoll_wait with time-outs of a millisecond or two, on chosen conditions.

import type { Draw, Family } from './draw.ts'

/** POLLIN ... POLLRDHUP, one by one and together. */
const CONDITIONS = [1, 2, 4, 5, 0x40, 0x80, 0x100, 0x200, 0x2000, 0x2041, 0, 7, 0x8000] as const
const SHORT_MS = [0, 1, 2] as const

function some(draw: Draw): string[] { return Array.from({ length: draw.below(3) }, () => draw.fd()) }

export const WAITS: Family = {
  name: 'waits',
  begin: draw => [
    () => { draw.p.call('poll', draw.fd(), draw.one(CONDITIONS), draw.one(SHORT_MS)) },
    () => { draw.p.call('poll', draw.fd(), draw.one(CONDITIONS), draw.fd(), draw.one(CONDITIONS), draw.one(SHORT_MS)) },
    () => { draw.p.call('select', draw.one([64, 64, 64, 8, 0, -1]), some(draw), some(draw), some(draw), draw.one(SHORT_MS)) },
    () => { draw.p.call('select', 64, [draw.fd()], [draw.fd()], [draw.fd()], draw.one(SHORT_MS)) },
    () => { draw.p.call('epoll_wait', draw.cast.ep, draw.one([8, 1, 0, -1]), draw.one(SHORT_MS)) },
  ],
}
