// The synchronous face of the system: every call answers at once (kernel/syscalls.ts says how). One object a process.

import type { Errno } from '../base/errno.ts'
import { MSG_WAITFORONE } from '../base/posix.ts'
import type { Trace } from '../base/trace.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import { ReceiveResult } from '../socket/protocol-ops.ts'
import { waitpid } from './process-life.ts'
import type { WaitResult } from './process-life.ts'
import type { ProcessState, SignalAction } from './process-state.ts'
import * as signals from './signal.ts'
import { chdir } from './syscall/chdir.ts'
import * as epoll from './syscall/epoll.ts'
import * as events from './syscall/event.ts'
import * as files from './syscall/fcntl.ts'
import * as io from './syscall/io.ts'
import { open } from './syscall/open.ts'
import * as pipes from './syscall/pipe.ts'
import { manyMessages } from './syscall/multi-message.ts'
import { poll } from './syscall/poll.ts'
import { select } from './syscall/select.ts'
import type { SelectSets } from './syscall/select-sets.ts'
import * as sockets from './syscall/socket.ts'
import { sendfile, splice } from './syscall/splice.ts'
import { traceCall } from './syscall/trace-call.ts'
import type { AddressHolder, EpollEvent, IoVec, MessageHeader, MultiMessage, PollFd, Sys } from './syscalls.ts'
import type { TimerSetting } from './timer-file.ts'

export class SystemCalls implements Sys {
  private readonly process: ProcessState
  private readonly trace: Trace
  private readonly result = new ReceiveResult()

  constructor(process: ProcessState) {
    this.process = process
    this.trace = process.kernel.namespace.trace
  }

  socket(family: number, type: number, protocol: number): number | Errno {
    return this.done('socket', -1, sockets.socket(this.process, family, type, protocol), family, type, protocol)
  }

  socketpair(family: number, type: number, protocol: number): readonly [number, number] | Errno {
    return this.done('socketpair', -1, sockets.socketpair(this.process, family, type, protocol), family, type, protocol)
  }

  bind(fd: number, address: SocketAddress): 0 | Errno { return this.done('bind', fd, sockets.bind(this.process, fd, address), address) }

  listen(fd: number, backlog: number): 0 | Errno { return this.done('listen', fd, sockets.listen(this.process, fd, backlog), backlog) }

  accept(fd: number, peer?: AddressHolder, flags: number = 0): number | Errno {
    return this.done('accept', fd, sockets.accept(this.process, fd, peer, flags), flags)
  }

  connect(fd: number, address: SocketAddress): 0 | Errno {
    return this.done('connect', fd, sockets.connect(this.process, fd, address), address)
  }

  read(fd: number, buffer: Uint8Array, offset: number = 0, length: number = buffer.length - offset): number | Errno {
    const count = io.read(this.process, fd, buffer, offset, length)
    if (this.trace.on) traceCall(this.process, 'read', fd, count, length)
    return count
  }

  write(fd: number, buffer: Uint8Array, offset: number = 0, length: number = buffer.length - offset): number | Errno {
    const count = io.write(this.process, fd, buffer, offset, length)
    if (this.trace.on) traceCall(this.process, 'write', fd, count, length)
    return count
  }

  readv(fd: number, iov: readonly IoVec[]): number | Errno { return this.done('readv', fd, io.readv(this.process, fd, iov)) }

  writev(fd: number, iov: readonly IoVec[]): number | Errno { return this.done('writev', fd, io.writev(this.process, fd, iov)) }

  send(fd: number, buffer: Uint8Array, offset: number, length: number, flags: number): number | Errno {
    const count = io.sendto(this.process, fd, buffer, offset, length, flags, undefined)
    if (this.trace.on) traceCall(this.process, 'send', fd, count, length, flags)
    return count
  }

  recv(fd: number, buffer: Uint8Array, offset: number, length: number, flags: number): number | Errno {
    const count = io.recv(this.process, fd, buffer, offset, length, flags, undefined)
    if (this.trace.on) traceCall(this.process, 'recv', fd, count, length, flags)
    return count
  }

  sendto(fd: number, buffer: Uint8Array, offset: number, length: number, flags: number, address?: SocketAddress): number | Errno {
    const count = io.sendto(this.process, fd, buffer, offset, length, flags, address)
    if (this.trace.on) traceCall(this.process, 'sendto', fd, count, length, flags, address)
    return count
  }

  recvfrom(fd: number, buffer: Uint8Array, offset: number, length: number, flags: number, from?: AddressHolder): number | Errno {
    const count = io.recvfrom(this.process, fd, buffer, offset, length, flags, from, this.result)
    if (this.trace.on) traceCall(this.process, 'recvfrom', fd, count, length, flags, from?.address)
    return count
  }

  sendmsg(fd: number, message: MessageHeader, flags: number): number | Errno {
    return this.done('sendmsg', fd, io.sendmsg(this.process, fd, message, flags), message.name, flags)
  }

  recvmsg(fd: number, message: MessageHeader, flags: number): number | Errno {
    return this.done('recvmsg', fd, io.recvmsg(this.process, fd, message, flags, this.result), flags)
  }

  shutdown(fd: number, how: number): 0 | Errno { return this.done('shutdown', fd, sockets.shutdown(this.process, fd, how), how) }

  close(fd: number): 0 | Errno { return this.done('close', fd, io.close(this.process, fd)) }

  getsockname(fd: number): SocketAddress | Errno { return this.done('getsockname', fd, sockets.getsockname(this.process, fd)) }

  getpeername(fd: number): SocketAddress | Errno { return this.done('getpeername', fd, sockets.getpeername(this.process, fd)) }

  setsockopt(fd: number, level: number, name: number, value: Uint8Array | number): 0 | Errno {
    return this.done('setsockopt', fd, sockets.setsockopt(this.process, fd, level, name, value), level, name)
  }

  getsockopt(fd: number, level: number, name: number, length: number = 4, request?: Uint8Array): Uint8Array | Errno {
    return this.done('getsockopt', fd, sockets.getsockopt(this.process, fd, level, name, length, request), level, name)
  }

  fcntl(fd: number, command: number, argument: number = 0): number | Errno {
    return this.done('fcntl', fd, files.fcntl(this.process, fd, command, argument), command, argument)
  }

  ioctl(fd: number, request: number, argument: number = 0): number | Errno {
    return this.done('ioctl', fd, files.ioctl(this.process, fd, request, argument), request, argument)
  }

  dup(fd: number): number | Errno { return this.done('dup', fd, files.dup(this.process, fd)) }

  dup2(fd: number, wanted: number): number | Errno { return this.done('dup2', fd, files.dup2(this.process, fd, wanted), wanted) }

  poll(fds: readonly PollFd[]): number | Errno { return this.done('poll', -1, poll(this.process, fds), fds.length) }

  epoll_create(flags: number = 0): number | Errno { return this.done('epoll_create', -1, epoll.epollCreate(this.process, flags), flags) }

  epoll_ctl(epfd: number, op: number, fd: number, event?: EpollEvent): 0 | Errno {
    return this.done('epoll_ctl', epfd, epoll.epollCtl(this.process, epfd, op, fd, event), op, fd, event?.events)
  }

  epoll_wait(epfd: number, events: EpollEvent[], maxEvents: number): number | Errno {
    return this.done('epoll_wait', epfd, epoll.epollWait(this.process, epfd, events, maxEvents), maxEvents)
  }

  pipe(flags: number = 0): readonly [number, number] | Errno { return this.done('pipe', -1, pipes.pipe(this.process, flags), flags) }

  open(path: string, flags: number, _mode: number = 0): number | Errno { return this.done('open', -1, open(this.process, path, flags), path, flags) }

  sendfile(out: number, input: number, offset: { value: number } | undefined, count: number): number | Errno {
    return this.done('sendfile', out, sendfile(this.process, out, input, offset, count), input, count)
  }

  splice(input: number, _offsetIn: undefined, output: number, _offsetOut: undefined, length: number, flags: number): number | Errno {
    return this.done('splice', input, splice(this.process, input, output, length, flags), output, length, flags)
  }

  select(nfds: number, sets: SelectSets): number | Errno { return this.done('select', -1, select(this.process, nfds, sets), nfds) }

  sendmmsg(fd: number, messages: readonly MultiMessage[], flags: number): number | Errno {
    return manyMessages(messages, flags, (each, some) => this.sendmsg(fd, each.header, some))
  }

  recvmmsg(fd: number, messages: readonly MultiMessage[], flags: number): number | Errno {
    return manyMessages(messages, flags & ~MSG_WAITFORONE, (each, some) => this.recvmsg(fd, each.header, some))
  }

  eventfd(initial: number, flags: number = 0): number | Errno {
    return this.done('eventfd', -1, events.eventfd(this.process, initial, flags), initial, flags)
  }

  timerfd_create(clock: number, flags: number = 0): number | Errno {
    return this.done('timerfd_create', -1, events.timerfdCreate(this.process, clock, flags), clock, flags)
  }

  timerfd_settime(fd: number, flags: number, setting: TimerSetting): TimerSetting | Errno {
    return this.done('timerfd_settime', fd, events.timerfdSettime(this.process, fd, flags, setting), setting.valueUs, setting.intervalUs)
  }

  timerfd_gettime(fd: number): TimerSetting | Errno { return this.done('timerfd_gettime', fd, events.timerfdGettime(this.process, fd)) }

  getpid(): number { return this.process.pid }

  getuid(): number { return this.process.uid }

  setuid(uid: number): 0 | Errno {
    const { process } = this
    const refused = !Number.isInteger(uid) || uid < 0 ? 'EINVAL' : process.uid !== 0 && process.uid !== uid ? 'EPERM' : undefined
    if (refused === undefined) process.uid = uid
    return this.done('setuid', -1, refused ?? 0, uid)
  }

  getppid(): number { return this.process.parentPid }

  waitpid(pid: number, options: number = 0): WaitResult | Errno {
    return this.done('waitpid', -1, waitpid(this.process, pid, options), pid, options)
  }

  kill(pid: number, signal: number): 0 | Errno { return this.done('kill', -1, signals.kill(this.process, pid, signal), pid, signal) }

  sigaction(signal: number, action?: SignalAction): SignalAction | Errno { return signals.sigaction(this.process, signal, action) }

  mmap(fd: number, length: number): Uint8Array | Errno { return sockets.mmap(this.process, fd, length) }

  sigprocmask(how: number, set?: readonly number[]): readonly number[] | Errno { return signals.sigprocmask(this.process, how, set) }

  sigpending(): readonly number[] { return signals.sigpending(this.process) }

  chdir(path: string): 0 | Errno { return this.done('chdir', -1, chdir(this.process, path), path) }

  getcwd(): string { return this.process.cwd }

  private done<T>(call: string, fd: number, result: T, ...args: readonly unknown[]): T {
    if (this.trace.on) traceCall(this.process, call, fd, result, ...args)
    return result
  }
}
