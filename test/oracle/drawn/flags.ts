// Flags of send and recv that are rare or make no sense together, and streams that end in all ways.

import {
  MSG_CMSG_CLOEXEC, MSG_CONFIRM, MSG_DONTROUTE, MSG_DONTWAIT, MSG_EOR, MSG_ERRQUEUE, MSG_NOSIGNAL, MSG_OOB, MSG_PEEK, MSG_TRUNC,
  MSG_WAITALL, SHUT_RD, SHUT_RDWR, SHUT_WR,
} from '../../../src/base/posix.ts'
import type { Draw, Family } from './draw.ts'

const SEND = [
  MSG_DONTROUTE, MSG_EOR, MSG_CONFIRM, MSG_OOB | MSG_DONTWAIT, MSG_OOB | MSG_NOSIGNAL, MSG_PEEK, MSG_TRUNC, MSG_WAITALL,
] as const
const RECEIVE = [MSG_PEEK, MSG_TRUNC, MSG_WAITALL, MSG_OOB, MSG_DONTWAIT, MSG_ERRQUEUE, MSG_CMSG_CLOEXEC, MSG_NOSIGNAL, MSG_EOR] as const

function flags(draw: Draw): number { return draw.one(RECEIVE) | draw.one(RECEIVE) | (draw.below(2) === 0 ? draw.one(RECEIVE) : 0) }

export const FLAGS: Family = {
  name: 'flags',
  begin: draw => [
    () => { draw.maySleep('send', draw.fd(), draw.data(), draw.one(SEND)) },
    () => { draw.maySleep('send', draw.fd(), draw.data(), 0) },
    () => { draw.maySleep('sendto', draw.fd(), draw.data(), draw.one(SEND), draw.one(draw.cast.addresses)) },
    () => { draw.maySleep('recv', draw.fd(), draw.size(), flags(draw)) },
    () => { draw.maySleep('recv', draw.fd(), draw.size(), flags(draw)) },
    () => { draw.maySleep('recvfrom', draw.fd(), draw.size(), flags(draw)) },
    () => { draw.maySleep('recvmsg', draw.fd(), draw.size(), flags(draw), draw.one([256, 0])) },
    () => {
      const fd = draw.fd()
      draw.p.shutdown(fd, draw.one([SHUT_RD, SHUT_WR, SHUT_RDWR]))
      draw.p.shutdown(draw.fd(), draw.one([SHUT_RD, SHUT_WR, SHUT_RDWR, 3, -1]))
      draw.p.poll(fd)
    },
  ],
}
