// epoll instances that watch each other, and every mode of watching.

import { EPOLLET, EPOLLEXCLUSIVE, EPOLLONESHOT, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD } from '../../../src/base/posix.ts'
import type { Draw, Family } from './draw.ts'

const CONDITIONS = [1, 4, 5, 0x2001, 0x40, 0x100, 2, 0x18, 0] as const
const MODES = [
  0, 0, EPOLLET, EPOLLONESHOT, EPOLLET | EPOLLONESHOT, EPOLLEXCLUSIVE, EPOLLEXCLUSIVE | EPOLLET, EPOLLEXCLUSIVE | EPOLLONESHOT,
] as const

function watch(draw: Draw, instances: readonly string[], op: number): void {
  const at = draw.below(draw.cast.fds.length)
  draw.p.epollCtl(draw.one(instances), op, draw.cast.fds[at], draw.one(CONDITIONS) | draw.one(MODES), at)
}

export const NESTED: Family = {
  name: 'nested',
  begin(draw) {
    const instances = [draw.cast.ep, draw.p.epoll(), draw.p.epoll()]
    draw.cast.fds.push(...instances)
    return [
      () => { watch(draw, instances, EPOLL_CTL_ADD) },
      () => { watch(draw, instances, EPOLL_CTL_ADD) },
      () => { watch(draw, instances, EPOLL_CTL_MOD) },
      () => { watch(draw, instances, draw.one([EPOLL_CTL_DEL, EPOLL_CTL_DEL, 0, 4])) },
      () => { draw.p.epollCtl(draw.one(instances), EPOLL_CTL_ADD, draw.one(instances), draw.one([1, 1, 1 | EPOLLET]), 77) },
      () => { draw.p.epollWait(draw.one(instances), draw.one([8, 8, 1])) },
      () => { draw.p.epollWait(draw.one(instances), draw.one([8, 8, 1])) },
      () => { draw.p.poll(...instances) },
      () => { draw.p.epollWait(draw.fd(), draw.one([8, 0, -1])) },
    ]
  },
}
