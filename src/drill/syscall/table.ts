// The calls by name.

import { NotApplicable } from '../refusal.ts'
import { dup, open, pipe, sendfile, splice } from './files.ts'
import { fcntl, ioctl, read, readv, recv, recvfrom, send, sendto, write, writev } from './io.ts'
import { recvmsg, sendmsg } from './messages.ts'
import { getsockopt, setsockopt } from './options.ts'
import type { CallBuilder } from './plan.ts'
import { epoll_create, epoll_ctl, epoll_wait, poll } from './polling.ts'
import { accept, bind, close, connect, getpeername, getsockname, listen, shutdown, socket } from './sockets.ts'

const CALLS: Readonly<Record<string, CallBuilder>> = {
  socket, bind, listen, accept, accept4: accept, connect, shutdown, close, getsockname, getpeername, read, readv, recv, recvfrom, recvmsg,
  write, writev, send, sendto, sendmsg, fcntl, ioctl, getsockopt, setsockopt, poll, epoll_create, epoll_create1: epoll_create,
  epoll_ctl, epoll_wait,
  open, sendfile, splice, pipe, dup,
}

export function callBuilder(name: string): CallBuilder {
  const builder = CALLS[name]
  if (builder === undefined) throw new NotApplicable(`system call ${name}()`)
  return builder
}
