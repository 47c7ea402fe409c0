// sendfile and splice between files, pipes and sockets, none of which sleeps; and descriptors moved about.

import { FD_CLOEXEC, F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_SETFD, O_CREAT, O_RDWR } from '../../../src/base/posix.ts'
import type { Draw, Family } from './draw.ts'

const COUNTS = [1, 5, 100, 0, 4096, 70_000] as const

function between(draw: Draw, call: 'sendfile' | 'splice', from: string, to: string): void {
  if (draw.cast.mode === 0) draw.p.poll(from, to)
  else if (call === 'splice') draw.p.call('splice', from, to, draw.one(COUNTS))
  else {
    const offset = draw.one([null, 0, 3])
    draw.p.call('sendfile', to, from, offset, offset === null ? 1 : draw.one([1, 5, 0]))
  }
}

export const MOVES: Family = {
  name: 'moves',
  begin(draw) {
    const { p, cast } = draw
    // What a spliced byte costs its sender is not what a written one costs.
    cast.hasInet = true
    const file = p.call('open', cast.name(), O_CREAT | O_RDWR)
    p.write(file, 'what the file holds')
    const pipe = p.pipe(cast.mode)
    cast.fds.push(file, ...pipe)
    return [
      () => { between(draw, 'sendfile', file, draw.fd()) },
      () => { between(draw, 'sendfile', draw.fd(), draw.one([draw.fd(), pipe[1]])) },
      () => { between(draw, 'splice', draw.fd(), pipe[1]) },
      () => { between(draw, 'splice', draw.fd(), pipe[1]) },
      () => { between(draw, 'splice', pipe[0], draw.fd()) },
      () => { between(draw, 'splice', pipe[0], draw.fd()) },
      () => { between(draw, 'splice', draw.fd(), draw.fd()) },
      () => { draw.cast.fds.push(draw.p.fcntl(draw.fd(), draw.one([F_DUPFD, F_DUPFD_CLOEXEC]), draw.one([0, 10, 3, 20, -1]))) },
      () => { draw.p.fcntl(draw.fd(), F_GETFD) },
      () => { draw.p.fcntl(draw.fd(), F_SETFD, draw.one([FD_CLOEXEC, 0])) },
      () => { draw.p.dup2(draw.fd(), draw.one([draw.fd(), 30, 31, -1])) },
    ]
  },
}
