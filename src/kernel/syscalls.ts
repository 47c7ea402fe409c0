// The calling convention everything above is built on. Two faces: `Sys` answers at once and never sleeps; `AsyncSys`
// (kernel/process.ts) sleeps on wait queues unless O_NONBLOCK or MSG_DONTWAIT says otherwise. Both return the POSIX
// result or the name of the errno; neither throws for what a caller or a network can cause.

import type { Errno } from '../base/errno.ts'
import type { ControlMessage } from '../sock/control-message.ts'
import type { SocketAddress } from '../sock/socket-address.ts'
import type { WaitResult } from './process-life.ts'
import type { SignalAction } from './process-state.ts'
import type { SelectSets } from './syscall/select-sets.ts'
import type { TimerSetting } from './timer-file.ts'

/** fd, requested events, and what `poll` answers. */
export interface PollFd { fd: number, events: number, revents: number }

/** iovec: bytes are taken from or put at `offset`, `length` of them. */
export interface IoVec { readonly buffer: Uint8Array, readonly offset: number, readonly length: number }

export interface MessageHeader {
  name?: SocketAddress | undefined
  iov: readonly IoVec[]
  control?: readonly ControlMessage[] | undefined
  /** Bytes a C program would give to ancillary data; what does not fit is cut with MSG_CTRUNC. Unlimited when absent. */
  controlLength?: number
  /** Out: MSG_TRUNC ... */
  flags?: number
}

/** struct mmsghdr: `length` is what the call moved. */
export interface MultiMessage { readonly header: MessageHeader, length: number }

export interface EpollEvent { events: number, data: number }

/** The address a call reports through its value-result argument. */
export interface AddressHolder { address: SocketAddress | undefined }

export interface Sys {
  socket(family: number, type: number, protocol: number): number | Errno
  socketpair(family: number, type: number, protocol: number): readonly [number, number] | Errno
  bind(fd: number, address: SocketAddress): 0 | Errno
  listen(fd: number, backlog: number): 0 | Errno
  /** EAGAIN while no connection waits. `flags`: SOCK_NONBLOCK, SOCK_CLOEXEC. */
  accept(fd: number, peer?: AddressHolder, flags?: number): number | Errno
  connect(fd: number, address: SocketAddress): 0 | Errno
  read(fd: number, buffer: Uint8Array, offset?: number, length?: number): number | Errno
  write(fd: number, buffer: Uint8Array, offset?: number, length?: number): number | Errno
  readv(fd: number, iov: readonly IoVec[]): number | Errno
  writev(fd: number, iov: readonly IoVec[]): number | Errno
  send(fd: number, buffer: Uint8Array, offset: number, length: number, flags: number): number | Errno
  recv(fd: number, buffer: Uint8Array, offset: number, length: number, flags: number): number | Errno
  sendto(fd: number, buffer: Uint8Array, offset: number, length: number, flags: number, address?: SocketAddress): number | Errno
  recvfrom(fd: number, buffer: Uint8Array, offset: number, length: number, flags: number, from?: AddressHolder): number | Errno
  sendmsg(fd: number, message: MessageHeader, flags: number): number | Errno
  recvmsg(fd: number, message: MessageHeader, flags: number): number | Errno
  shutdown(fd: number, how: number): 0 | Errno
  close(fd: number): 0 | Errno
  getsockname(fd: number): SocketAddress | Errno
  getpeername(fd: number): SocketAddress | Errno
  /** A number stands for an int. */
  setsockopt(fd: number, level: number, name: number, value: Uint8Array | number): 0 | Errno
  /** The value's bytes, at most `length` (default 4). `request`: what the buffer holds, for options that are asked about something. */
  getsockopt(fd: number, level: number, name: number, length?: number, request?: Uint8Array): Uint8Array | Errno
  fcntl(fd: number, command: number, argument?: number): number | Errno
  ioctl(fd: number, request: number, argument?: number): number | Errno
  dup(fd: number): number | Errno
  dup2(fd: number, wanted: number): number | Errno
  /** Fills `revents`; how many are ready. Never waits. */
  poll(fds: readonly PollFd[]): number | Errno
  epoll_create(flags?: number): number | Errno
  epoll_ctl(epfd: number, op: number, fd: number, event?: EpollEvent): 0 | Errno
  /** Fills `events` up to its length; how many. Never waits. */
  epoll_wait(epfd: number, events: EpollEvent[], maxEvents: number): number | Errno
  pipe(flags?: number): readonly [number, number] | Errno
  /** Regular files of the host's file system in memory. */
  open(path: string, flags: number, mode?: number): number | Errno
  /** From a regular file to anything that can be written; `offset` is read and moved in place of the file's own. */
  sendfile(out: number, input: number, offset: { value: number } | undefined, count: number): number | Errno
  /** Cuts the sets down to what is ready below `nfds`; how many members stay. Never waits. */
  select(nfds: number, sets: SelectSets): number | Errno
  sendmmsg(fd: number, messages: readonly MultiMessage[], flags: number): number | Errno
  recvmmsg(fd: number, messages: readonly MultiMessage[], flags: number): number | Errno
  eventfd(initial: number, flags?: number): number | Errno
  timerfd_create(clock: number, flags?: number): number | Errno
  /** Answers the setting before. */
  timerfd_settime(fd: number, flags: number, setting: TimerSetting): TimerSetting | Errno
  timerfd_gettime(fd: number): TimerSetting | Errno
  getpid(): number
  getuid(): number
  /** For good: who is not 0 any more may only stay who it is. */
  setuid(uid: number): 0 | Errno
  getppid(): number
  /** As with WNOHANG; EAGAIN instead of sleeping. */
  waitpid(pid: number, options?: number): WaitResult | Errno
  kill(pid: number, signal: number): 0 | Errno
  /** What the signal did before; sets it when an action is given. */
  sigaction(signal: number, action?: SignalAction): SignalAction | Errno
  /** Which signals were held up before; changes that by `how` (SIG_BLOCK, SIG_UNBLOCK, SIG_SETMASK) when some are given. */
  sigprocmask(how: number, signals?: readonly number[]): readonly number[] | Errno
  /** Signals that came and are held up. */
  sigpending(): readonly number[]
  /** The bytes of a packet socket's ring, shared with the stack; `length` is the whole of it. */
  mmap(fd: number, length: number): Uint8Array | Errno
  /** Where relative paths of sockets and files begin. */
  chdir(path: string): 0 | Errno
  getcwd(): string
  /** One end is a pipe; offsets are not taken. */
  splice(input: number, offsetIn: undefined, output: number, offsetOut: undefined, length: number, flags: number): number | Errno
}

/** `timeoutMs` -1: for ever. */
export interface AsyncSys {
  accept(fd: number, peer?: AddressHolder, flags?: number): Promise<number | Errno>
  connect(fd: number, address: SocketAddress): Promise<0 | Errno>
  read(fd: number, buffer: Uint8Array, offset?: number, length?: number): Promise<number | Errno>
  write(fd: number, buffer: Uint8Array, offset?: number, length?: number): Promise<number | Errno>
  readv(fd: number, iov: readonly IoVec[]): Promise<number | Errno>
  writev(fd: number, iov: readonly IoVec[]): Promise<number | Errno>
  send(fd: number, buffer: Uint8Array, offset: number, length: number, flags: number): Promise<number | Errno>
  recv(fd: number, buffer: Uint8Array, offset: number, length: number, flags: number): Promise<number | Errno>
  sendto(fd: number, buffer: Uint8Array, offset: number, length: number, flags: number, address?: SocketAddress): Promise<number | Errno>
  recvfrom(fd: number, buffer: Uint8Array, offset: number, length: number, flags: number, from?: AddressHolder): Promise<number | Errno>
  sendmsg(fd: number, message: MessageHeader, flags: number): Promise<number | Errno>
  recvmsg(fd: number, message: MessageHeader, flags: number): Promise<number | Errno>
  close(fd: number): Promise<0 | Errno>
  poll(fds: readonly PollFd[], timeoutMs: number): Promise<number | Errno>
  epoll_wait(epfd: number, events: EpollEvent[], maxEvents: number, timeoutMs: number): Promise<number | Errno>
  /** Writes until everything is handed over or an error (row F9). */
  sendall(fd: number, buffer: Uint8Array, offset?: number, length?: number): Promise<number | Errno>
  sendmmsg(fd: number, messages: readonly MultiMessage[], flags: number): Promise<number | Errno>
  recvmmsg(fd: number, messages: readonly MultiMessage[], flags: number, timeoutMs?: number): Promise<number | Errno>
  select(nfds: number, sets: SelectSets, timeoutMs: number): Promise<number | Errno>
  waitpid(pid?: number, options?: number): Promise<WaitResult | Errno>
  sleep(ms: number): Promise<void>
}
