// Several buffers in one call, and control messages of all sorts between them.

import {
  IPPROTO_IP, IP_PKTINFO, IP_RECVTOS, IP_TOS, IP_TTL, MSG_CMSG_CLOEXEC, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, SCM_CREDENTIALS,
  SCM_RIGHTS, SOL_SOCKET, SO_PASSCRED,
} from '../../../src/base/posix.ts'
import { ints } from '../scenario.ts'
import type { Control } from '../scenario.ts'
import type { Draw, Family } from './draw.ts'

const ROOM = [256, 256, 0, 4, 16, 20, 24, 32, 48] as const
const FLAGS = [0, 0, 0, MSG_PEEK, MSG_TRUNC, MSG_WAITALL, MSG_CMSG_CLOEXEC, MSG_PEEK | MSG_WAITALL] as const

function rights(draw: Draw): Control {
  return [SOL_SOCKET, SCM_RIGHTS, Array.from({ length: draw.below(4) }, () => draw.fd())]
}

const CONTROLS: readonly ((draw: Draw) => Control)[] = [
  rights,
  rights,
  () => [SOL_SOCKET, SCM_CREDENTIALS, ['@self', 0, 0]],
  () => [SOL_SOCKET, SCM_CREDENTIALS, [0, 0]],
  draw => [SOL_SOCKET, draw.one([3, 37, 99]), ints(1)],
  draw => [IPPROTO_IP, IP_TTL, ints(draw.one([9, 0, 256]))],
  draw => [IPPROTO_IP, IP_TOS, ints(draw.one([8, 300]))],
  () => [IPPROTO_IP, IP_PKTINFO, ints(1, 0, 0)],
  draw => [draw.one([6, 41, 77]), 1, ints(1)],
]

function controls(draw: Draw): Control[] { return Array.from({ length: draw.below(3) }, () => draw.one(CONTROLS)(draw)) }

function receive(draw: Draw): void {
  const more = Array.from({ length: draw.below(3) }, () => draw.size())
  const got = draw.maySleep('recvmsg', draw.fd(), draw.size(), draw.one(FLAGS), draw.one(ROOM), ...more)
  if (got.startsWith('$')) draw.cast.fds.push(`${got}.0`, `${got}.1`)
}

export const VECTORS: Family = {
  name: 'vectors',
  begin: draw => [
    () => { draw.maySleep('writev', draw.fd(), draw.data(), draw.data(), draw.data()) },
    () => { draw.maySleep('readv', draw.fd(), draw.size(), draw.size(), 8) },
    () => { draw.maySleep('sendmsg', draw.fd(), draw.data(), draw.sendFlags(), null, controls(draw), draw.data(), draw.data()) },
    () => { draw.maySleep('sendmsg', draw.fd(), draw.data(), 0, draw.one([null, draw.one(draw.cast.addresses)]), controls(draw)) },
    () => { draw.maySleep('sendmsg', draw.fd(), draw.data(), 0, null, [draw.one(CONTROLS)(draw)]) },
    () => { receive(draw) },
    () => { receive(draw) },
    () => { draw.p.set(draw.fd(), SOL_SOCKET, SO_PASSCRED, 1) },
    () => { draw.p.set(draw.fd(), IPPROTO_IP, draw.one([IP_PKTINFO, IP_RECVTOS]), 1) },
  ],
}
