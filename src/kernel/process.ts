// A process (row G3): its descriptors and the sleeping face of the system. `process.sys` is the synchronous one. Each call
// is tried at once; only what would block goes to kernel/blocking.ts.

import type { Errno } from '../base/errno.ts'
import { AF_UNIX } from '../base/posix.ts'
import { NEVER, after, ms } from '../base/time.ts'
import { RCV_SHUTDOWN } from '../sock/sock.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import { ReceiveResult } from '../socket/protocol-ops.ts'
import {
  WANTS_OUTPUT, lingerOn, maySleep, untilConnected,
  untilRead, untilReady, wantsMore,
} from './blocking.ts'
import { endProcess, forkState, sleepingWaitpid } from './process-life.ts'
import type { WaitResult } from './process-life.ts'
import type { ProcessState } from './process-state.ts'
import { NEVER_RETURNS, Sleeper } from './sleeper.ts'
import { isOpening, restOfMessage, restOfReceive, restOfReceiveMessage, restOfSend, restOfWrite, sendsOn } from './sleeping-io.ts'
import { WANTS_INPUT } from './sleeping-read.ts'
import { SocketFile } from './socket-file.ts'
import { epollWait, sleepingEpollWait } from './syscall/epoll.ts'
import * as io from './syscall/io.ts'
import { keepForNextCall, manySleepingMessages } from './syscall/multi-message.ts'
import { poll, sleepingPoll } from './syscall/poll.ts'
import { sleepingSelect } from './syscall/select.ts'
import type { SelectSets } from './syscall/select-sets.ts'
import * as sockets from './syscall/socket.ts'
import { traceCall } from './syscall/trace-call.ts'
import { gather, scatter, vectorsLength } from './syscall/arguments.ts'
import { SystemCalls } from './system-calls.ts'
import type { AddressHolder, AsyncSys, EpollEvent, IoVec, MessageHeader, MultiMessage, PollFd, Sys } from './syscalls.ts'

type Result = number | Errno

/** A Unix listener shut down tells it only to those who would sleep. */
function hasNoMoreToAccept({ socket: { sock } }: SocketFile): boolean {
  return sock.family === AF_UNIX && (sock.shutdownBits & RCV_SHUTDOWN) !== 0
}

export class Process implements AsyncSys {
  readonly sys: Sys
  readonly state: ProcessState
  private readonly begin: (process: Process) => void

  constructor(state: ProcessState, begin: (process: Process) => void) {
    this.state = state
    this.sys = new SystemCalls(state)
    this.begin = begin
    begin(this)
  }

  get pid(): number { return this.state.pid }
  get parentPid(): number { return this.state.parentPid }
  get name(): string { return this.state.name }
  get hasExited(): boolean { return this.state.hasExited }

  /** RLIMIT_NOFILE. */
  setFileLimit(limit: number): void { this.state.fds.limit = limit }

  /** Closes every descriptor; calls that sleep never return, as those of a process that is gone. */
  exit(code: number = 0): void {
    endProcess(this.state, code, 0)
  }

  /**
   * A child that runs `program` with a table of its own for the same open files; its pid. The child's code runs in a turn
   * of its own and ends the process with what it returns. Memory is whatever the function closes over.
   */
  fork(program: (child: Process) => Promise<number | void> | number | void, name: string = this.state.name): number | Errno {
    const child = new Process(forkState(this.state, name), this.begin)
    this.state.kernel.onWake?.()
    void Promise.resolve().then(() => child.hasExited ? 0 : program(child)).then(code => { child.exit(code ?? 0) }, (error: unknown) => {
      child.exit(1)
      throw error
    })
    if (this.state.kernel.namespace.trace.on) traceCall(this.state, 'fork', -1, child.pid)
    return child.pid
  }

  /** Sleeps until a child has ended; pid and status (`base/signal.ts` reads it). */
  waitpid(pid: number = -1, options: number = 0): Promise<WaitResult | Errno> {
    return this.finish('waitpid', -1, sleepingWaitpid(this.state, pid, options), pid, options)
  }

  accept(fd: number, peer?: AddressHolder, flags: number = 0): Promise<Result> {
    const { state } = this
    const first = sockets.accept(state, fd, peer, flags)
    const file = state.fds.get(fd)
    if (first !== 'EAGAIN' || !maySleep(file, 0) || !(file instanceof SocketFile)) return this.answer('accept', fd, first)
    // Exclusive: one connection wakes one process (row G4).
    if (hasNoMoreToAccept(file)) return this.answer('accept', fd, 'EINVAL')
    // Its descriptor is set aside before it sleeps.
    const reserved = state.fds.reserve()
    if (typeof reserved === 'string') return this.answer('accept', fd, reserved)
    return this.finish('accept', fd, untilReady(state, file, 'accept', WANTS_INPUT, file.receiveTimeoutUs, true,
      () => {
        const made = sockets.acceptOn(state, file, peer, flags, reserved)
        return made === 'EAGAIN' && hasNoMoreToAccept(file) ? 'EINVAL' : made
      }).then(made => {
      if (typeof made === 'string') state.fds.giveBack(reserved)
      return made
    }))
  }

  connect(fd: number, address: SocketAddress): Promise<0 | Errno> {
    const { state } = this
    const first = sockets.connect(state, fd, address)
    const file = state.fds.get(fd)
    const isPending = first === 'EINPROGRESS' || first === 'EALREADY' || first === 'EAGAIN'
    if (!isPending || !maySleep(file, 0) || !(file instanceof SocketFile)) return this.answer('connect', fd, first, address)
    return this.finish('connect', fd, untilConnected(state, file, () => file.socket.ops.connect(file.socket.sock, address)), address)
  }

  read(fd: number, buffer: Uint8Array, offset: number = 0, length: number = buffer.length - offset): Promise<Result> {
    const { state } = this
    const first = io.read(state, fd, buffer, offset, length)
    const file = state.fds.get(fd)
    if (first !== 'EAGAIN') {
      const rest = wantsMore(file, first, length, 0)
        ? restOfReceive(state, file, 'read', first, buffer, offset, length, 0, undefined) : undefined
      return rest === undefined ? this.answer('read', fd, first, length) : this.finish('read', fd, rest, length)
    }
    if (!maySleep(file, 0)) return this.answer('read', fd, first, length)
    return this.finish('read', fd, untilRead(state, file, 'read', buffer, offset, length), length)
  }

  write(fd: number, buffer: Uint8Array, offset: number = 0, length: number = buffer.length - offset): Promise<Result> {
    const { state } = this
    const first = io.write(state, fd, buffer, offset, length)
    const file = state.fds.get(fd)
    if (!isOpening(file, first, 0) && !sendsOn(file, first, length, 0)) return this.answer('write', fd, first, length)
    return this.finish('write', fd, restOfWrite(state, file, first, buffer, offset, length), length)
  }

  readv(fd: number, iov: readonly IoVec[]): Promise<Result> {
    if (iov.length === 1) return this.read(fd, iov[0].buffer, iov[0].offset, iov[0].length)
    const first = io.readv(this.state, fd, iov)
    if (first !== 'EAGAIN') return this.answer('readv', fd, first)
    const whole = new Uint8Array(vectorsLength(iov))
    return this.read(fd, whole).then(count => {
      if (typeof count === 'number') scatter(whole, count, iov)
      return count
    })
  }

  /** For files that take a number at a time (Linux: do_loop_readv_writev). */
  private async writeEach(fd: number, iov: readonly IoVec[]): Promise<Result> {
    let done = 0
    for (const { buffer, offset, length } of iov) {
      const count = await this.write(fd, buffer, offset, length)
      if (typeof count === 'string') return done > 0 ? done : count
      done += count
    }
    return done
  }

  writev(fd: number, iov: readonly IoVec[]): Promise<Result> {
    if (vectorsLength(iov) === 0) return this.answer('writev', fd, io.writev(this.state, fd, iov))
    if (this.state.fds.get(fd)?.kind === 'eventfd') return this.writeEach(fd, iov)
    return iov.length === 1 ? this.write(fd, iov[0].buffer, iov[0].offset, iov[0].length) : this.write(fd, gather(iov))
  }

  send(fd: number, buffer: Uint8Array, offset: number, length: number, flags: number): Promise<Result> {
    return this.sendto(fd, buffer, offset, length, flags, undefined)
  }

  sendto(fd: number, buffer: Uint8Array, offset: number, length: number, flags: number, address?: SocketAddress): Promise<Result> {
    const { state } = this
    const first = io.sendto(state, fd, buffer, offset, length, flags, address)
    const file = state.fds.get(fd)
    if (!isOpening(file, first, flags) && !sendsOn(file, first, length, flags)) {
      return this.answer('send', fd, first, length, flags, address)
    }
    return this.finish('send', fd, restOfSend(state, file, first, buffer, offset, length, flags, address), length, flags, address)
  }

  recv(fd: number, buffer: Uint8Array, offset: number, length: number, flags: number): Promise<Result> {
    const { state } = this
    const first = io.recv(state, fd, buffer, offset, length, flags, undefined)
    if (flags === 0) {
      if (first !== 'EAGAIN') return this.answer('recv', fd, first, length, flags)
      const file = state.fds.get(fd)
      if (length > 0 && maySleep(file, 0)) return this.finish('recv', fd, untilRead(state, file, 'recv', buffer, offset, length), length, flags)
    }
    return this.receiveOn('recv', fd, first, buffer, offset, length, flags, undefined)
  }

  recvfrom(fd: number, buffer: Uint8Array, offset: number, length: number, flags: number, from?: AddressHolder): Promise<Result> {
    if (from === undefined) return this.recv(fd, buffer, offset, length, flags)
    const result = new ReceiveResult()
    const first = io.recvfrom(this.state, fd, buffer, offset, length, flags, from, result)
    return this.receiveOn('recvfrom', fd, first, buffer, offset, length, flags, from)
  }

  sendmsg(fd: number, message: MessageHeader, flags: number): Promise<Result> {
    const first = io.sendmsg(this.state, fd, message, flags)
    const slept = restOfMessage(this.state, this.state.fds.get(fd), message, first, flags)
    const length = vectorsLength(message.iov)
    return slept === undefined ? this.answer('sendmsg', fd, first, length, flags, message.name)
      : this.finish('sendmsg', fd, slept, length, flags, message.name)
  }

  recvmsg(fd: number, message: MessageHeader, flags: number): Promise<Result> {
    const { state } = this
    const result = new ReceiveResult()
    const first = io.recvmsg(state, fd, message, flags, result)
    const slept = restOfReceiveMessage(state, state.fds.get(fd), message, first, flags, result)
    return slept === undefined ? this.answer('recvmsg', fd, first, flags) : this.finish('recvmsg', fd, slept, flags)
  }

  async close(fd: number): Promise<0 | Errno> {
    const file = this.state.fds.get(fd)
    const lingers = file instanceof SocketFile && file.referenceCount === 1 && file.socket.sock.lingerOn
    const result = this.sys.close(fd)
    if (lingers) await lingerOn(this.state, file)
    return result
  }

  async poll(fds: readonly PollFd[], timeoutMs: number): Promise<Result> {
    const first = poll(this.state, fds)
    if (first !== 0 || timeoutMs === 0) return this.answer('poll', -1, first, fds.length, timeoutMs)
    return this.finish('poll', -1, sleepingPoll(this.state, fds, timeoutMs), fds.length, timeoutMs)
  }

  epoll_wait(epfd: number, events: EpollEvent[], maxEvents: number, timeoutMs: number): Promise<Result> {
    const first = epollWait(this.state, epfd, events, maxEvents)
    if (first !== 0 || timeoutMs === 0) return this.answer('epoll_wait', epfd, first, maxEvents, timeoutMs)
    return this.finish('epoll_wait', epfd, sleepingEpollWait(this.state, epfd, events, maxEvents, timeoutMs), maxEvents, timeoutMs)
  }

  async sendall(fd: number, buffer: Uint8Array, offset: number = 0, length: number = buffer.length - offset): Promise<Result> {
    let done = 0
    while (done < length) {
      const sent = await this.send(fd, buffer, offset + done, length - done, 0)
      if (sent === 'EAGAIN') await this.poll([{ fd, events: WANTS_OUTPUT, revents: 0 }], -1)
      else if (typeof sent === 'string') return sent
      else done += sent
    }
    return done
  }

  /** Cuts the sets down to what is ready below `nfds`; `timeoutMs` -1: for ever. */
  select(nfds: number, sets: SelectSets, timeoutMs: number): Promise<Result> {
    return this.finish('select', -1, sleepingSelect(this.state, nfds, sets, timeoutMs), nfds, timeoutMs)
  }

  sendmmsg(fd: number, messages: readonly MultiMessage[], flags: number): Promise<Result> {
    return manySleepingMessages(messages, flags, (each, some) => this.sendmsg(fd, each.header, some), () => false,
      () => { /* met again */ })
  }

  /** The time-out is looked at after each message, as on Linux. */
  recvmmsg(fd: number, messages: readonly MultiMessage[], flags: number, timeoutMs: number = -1): Promise<Result> {
    const { namespace } = this.state.kernel
    const until = timeoutMs < 0 ? NEVER : after(namespace.now(), ms(timeoutMs))
    return manySleepingMessages(messages, flags, (each, some) => this.recvmsg(fd, each.header, some), () => namespace.now() >= until,
      error => { keepForNextCall(this.state, fd, error) })
  }

  async sleep(milliseconds: number): Promise<void> {
    await new Sleeper(this.state, 0, 'sleep', 0).until(after(this.state.kernel.namespace.now(), ms(milliseconds)))
  }

  private receiveOn(call: string, fd: number, first: Result, buffer: Uint8Array, offset: number, length: number, flags: number,
    from: AddressHolder | undefined): Promise<Result> {
    const slept = restOfReceive(this.state, this.state.fds.get(fd), call, first, buffer, offset, length, flags, from)
    return slept === undefined ? this.answer(call, fd, first, length, flags, from?.address) : this.finish(call, fd, slept, length, flags)
  }

  private answer<T>(call: string, fd: number, result: T, ...args: readonly unknown[]): Promise<T> {
    if (this.state.kernel.namespace.trace.on) traceCall(this.state, call, fd, result, ...args)
    // SIGPIPE ended the process: its code goes no further.
    return result === 'EPIPE' && this.state.hasExited ? NEVER_RETURNS : Promise.resolve(result)
  }

  private finish<T>(call: string, fd: number, pending: Promise<T>, ...args: readonly unknown[]): Promise<T> {
    if (!this.state.kernel.namespace.trace.on) return pending
    return pending.then(result => {
      traceCall(this.state, call, fd, result, ...args)
      return result
    })
  }
}
