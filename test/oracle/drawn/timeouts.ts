// SO_RCVTIMEO and SO_SNDTIMEO: where calls sleep, one that gives up after 20 ms; elsewhere set and read back.

import { POLLIN, SOL_SOCKET, SO_LINGER, SO_RCVTIMEO, SO_SNDTIMEO } from '../../../src/base/posix.ts'
import { ints, longs } from '../scenario.ts'
import type { Draw, Family } from './draw.ts'

const SHORT = longs(0, 20_000)
const NEVER = longs(0, 0)
const VALUES = [SHORT, NEVER, longs(-1, 0), longs(0, -1), longs(0, 1_000_000), longs(5, 500_000), SHORT.slice(0, 24), ints(1, 0)] as const
/** Each wants a socket: on another kind of file it fails, and cannot sleep for ever. */
const CALLS: readonly ((draw: Draw, fd: string) => readonly [string, ...unknown[]])[] = [
  (draw, fd) => ['recv', fd, draw.size(), draw.one([0, 0, 0x100, 2])],
  (draw, fd) => ['recvfrom', fd, draw.size(), 0],
  (draw, fd) => ['recvmsg', fd, draw.size(), draw.one([0, 0x100]), 256],
  (_, fd) => ['accept', fd, 0],
]

export const TIMEOUTS: Family = {
  name: 'timeouts',
  begin: draw => [
    () => {
      const fd = draw.fd()
      draw.p.set(fd, SOL_SOCKET, SO_RCVTIMEO, SHORT)
      draw.p.call(...draw.one(CALLS)(draw, fd))
      draw.p.set(fd, SOL_SOCKET, SO_RCVTIMEO, NEVER)
    },
    () => {
      const fd = draw.fd()
      draw.p.set(fd, SOL_SOCKET, SO_SNDTIMEO, SHORT)
      draw.p.call('connect', fd, draw.peer())
      draw.p.set(fd, SOL_SOCKET, SO_SNDTIMEO, NEVER)
    },
    () => {
      const fd = draw.fd()
      const name = draw.one([SO_RCVTIMEO, SO_SNDTIMEO])
      draw.p.set(fd, SOL_SOCKET, name, draw.one(VALUES))
      draw.p.get(fd, SOL_SOCKET, name, draw.one([16, 8, 4]))
      draw.p.set(fd, SOL_SOCKET, name, NEVER)
    },
    () => {
      const fd = draw.fd()
      draw.p.set(fd, SOL_SOCKET, SO_LINGER, ints(1, 1))
      draw.p.close(fd)
    },
    () => { draw.p.call('poll', draw.fd(), POLLIN, 2) },
  ],
}
