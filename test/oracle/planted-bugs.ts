// Twenty-nine faults of the kind that kernels have, each planted into our running kernel by wrapping one of its methods, and
// taken out again. The oracle must see every one of them (planted-bugs.test.ts); nothing in src knows of this.

import {
  AF_INET, AF_UNIX, EPOLLET, EPOLLONESHOT, MSG_PEEK, MSG_TRUNC, POLLHUP, POLLOUT, POLLRDHUP, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM,
} from '../../src/base/posix.ts'
import type { Errno } from '../../src/base/errno.ts'
import { EpollFile } from '../../src/kernel/epoll.ts'
import { EventFile } from '../../src/kernel/event-file.ts'
import { FdTable } from '../../src/kernel/fd-table.ts'
import { PipeEnd } from '../../src/kernel/pipe.ts'
import { Process } from '../../src/kernel/process.ts'
import { RegularFile } from '../../src/kernel/regular-file.ts'
import { SystemCalls } from '../../src/kernel/system-calls.ts'
import { TimerFile } from '../../src/kernel/timer-file.ts'
import { BindTable } from '../../src/sock/bind-table.ts'
import { Sock } from '../../src/sock/sock.ts'
import { WaitQueue } from '../../src/sock/wait-queue.ts'
import type { ProtocolOps } from '../../src/socket/protocol-ops.ts'
import { ProtocolSwitch } from '../../src/socket/protocol-switch.ts'

// Arguments go through as they are: a wrapper knows what its method takes.
type Method = (this: object, ...args: unknown[]) => unknown
type Wrap = (original: Method) => Method

export interface PlantedBug {
  readonly name: string
  /** Plants it; the answer takes it out. */
  readonly plant: () => () => void
}

function wrapped(owner: object, method: string, wrap: Wrap): () => void {
  const holder = owner as Record<string, Method>
  const original = holder[method]
  holder[method] = wrap(original)
  return () => { holder[method] = original }
}

/** Another method of a class. */
function inClass(name: string, owner: { prototype: object }, method: string, wrap: Wrap): PlantedBug {
  return { name, plant: () => wrapped(owner.prototype, method, wrap) }
}

/** Other operations of the sockets of one family and type. */
function inSockets(name: string, family: number, type: number, change: (ops: ProtocolOps) => Partial<ProtocolOps>): PlantedBug {
  return { name, plant: () => wrapped(ProtocolSwitch.prototype, 'find', original => function (...args) {
    const found = original.apply(this, args) as ReturnType<ProtocolSwitch['find']>
    if (typeof found === 'string' || args[0] !== family || args[1] !== type) return found
    const { ops } = found.family
    return { ...found, family: { ...found.family, ops: { ...ops, ...change(ops) } } }
  }) }
}

const TCP = [AF_INET, SOCK_STREAM] as const
const UDP = [AF_INET, SOCK_DGRAM] as const

export const PLANTED_BUGS: readonly PlantedBug[] = [
  inClass('closing twice succeeds', SystemCalls, 'close', original => function (fd) {
    original.call(this, fd)
    return 0
  }),
  inClass('the lowest free descriptor is passed over', FdTable, 'install', original => function (file, isCloseOnExec, from = 0) {
    return original.call(this, file, isCloseOnExec, (from as number) + 1)
  }),
  inClass('a child begins without descriptors', FdTable, 'fork', () => function () { return new FdTable((this as unknown as FdTable).limit) }),
  inClass('SO_ERROR stays', Sock, 'takeError', () => function () { return (this as unknown as Sock).error }),
  inClass('two may bind one port', BindTable, 'conflicts', () => () => false),
  inClass('an end wakes one of many readers', WaitQueue, 'wakeEvery', () => function (mask) {
    const seen = mask as number
    const queue = this as unknown as { entries?: { waiter: { wake: (mask: number) => boolean } }[] }
    if (queue.entries === undefined) (this as unknown as WaitQueue).wake(seen)
    else queue.entries[0]?.waiter.wake(seen & ~(POLLHUP | POLLRDHUP))
  }),
  inClass('edges repeat', EpollFile, 'modify', original => function (item, events, data) {
    original.call(this, item, (events as number) & ~EPOLLET, data)
  }),
  inClass('ONESHOT is forgotten', EpollFile, 'modify', original => function (item, events, data) {
    original.call(this, item, (events as number) & ~EPOLLONESHOT, data)
  }),
  inClass('what is ready when added is not told', EpollFile, 'add', original => function (file, fd, events, data) {
    const added = original.call(this, file, fd, events, data) as 0 | Errno
    if (added === 0) (this as unknown as EpollFile).collect(Array.from({ length: 64 }, () => ({ events: 0, data: 0 })), 64)
    return added
  }),
  inClass('an eventfd keeps its count', EventFile, 'read', original => function (...args) {
    const file = this as { count: bigint }
    const { count } = file
    const answer = original.apply(this, args)
    file.count = count
    return answer
  }),
  inClass('a full counter can be written', EventFile, 'readiness', original => function () { return (original.call(this) as number) | POLLOUT }),
  inClass('a timer keeps its count', TimerFile, 'read', original => function (...args) {
    const file = this as { expirations: number }
    const { expirations } = file
    const answer = original.apply(this, args)
    file.expirations = expirations
    return answer
  }),
  inClass('a disarmed timer stays readable', TimerFile, 'set', original => function (setting, isAbsolute) {
    const file = this as { expirations: number }
    const { expirations } = file
    const answer = original.call(this, setting, isAbsolute)
    file.expirations = expirations
    return answer
  }),
  inClass('epoll instances may watch in circles', EpollFile, 'reaches', () => () => false),
  inClass('select clears who is not ready only in one set', Process, 'select', original => function (nfds, sets, timeout) {
    const { write } = sets as { write?: Set<number> }
    const before = [...write ?? []]
    return (original.call(this, nfds, sets, timeout) as Promise<unknown>).then(count => {
      if (typeof count === 'number') for (const fd of before) write?.add(fd)
      return count
    })
  }),
  inClass('splice leaves in the pipe what it moved', PipeEnd, 'pour', original => function (length, take) {
    const end = this as unknown as { pipe: { bytes: { skip(count: number): void } } }
    const { bytes } = end.pipe
    const { skip } = bytes
    bytes.skip = () => { /* nothing */ }
    try { return original.call(this, length, take) } finally { bytes.skip = skip }
  }),
  inClass('sendfile forgets where it stopped', RegularFile, 'seek', () => () => { /* nothing */ }),
  inClass('a pipe without readers takes bytes', PipeEnd, 'write', original => function (buffer, offset, length) {
    const answer = original.call(this, buffer, offset, length)
    return answer === 'EPIPE' ? length : answer
  }),
  inSockets('TCP: POLLRDHUP is not told', ...TCP, ops => ({ readiness: sock => ops.readiness(sock) & ~POLLRDHUP })),
  inSockets('TCP: a look takes', ...TCP, ops => ({
    receive: (sock, buffer, offset, length, flags, result) => ops.receive(sock, buffer, offset, length, flags & ~MSG_PEEK, result),
  })),
  inSockets('TCP: the backlog is one short', ...TCP, ops => ({ listen: (sock, backlog) => ops.listen(sock, backlog - 1) })),
  inSockets('TCP: lingering for no time does not reset', ...TCP, ops => ({
    release(sock) {
      sock.lingerOn = false
      ops.release(sock)
    },
  })),
  inSockets('TCP: connecting twice is no error', ...TCP, ops => ({
    connect(sock, address) {
      const answer = ops.connect(sock, address)
      return answer === 'EISCONN' ? 0 : answer
    },
  })),
  inSockets('UDP: a cut datagram has the length that fitted', ...UDP, ops => ({
    receive: (sock, buffer, offset, length, flags, result) => ops.receive(sock, buffer, offset, length, flags & ~MSG_TRUNC, result),
  })),
  inSockets('UDP: a closed port is not reported', ...UDP, ops => ({
    send(sock, ...rest) {
      sock.error = undefined
      return ops.send(sock, ...rest)
    },
  })),
  inSockets('UDP: AF_UNSPEC does not dissolve', ...UDP, ops => ({
    connect: (sock, address) => address.family === 'AF_UNSPEC' ? 0 : ops.connect(sock, address),
  })),
  inSockets('Unix: no POLLHUP from a peer that is gone', AF_UNIX, SOCK_STREAM, ops => ({
    readiness: sock => ops.readiness(sock) & ~POLLHUP,
  })),
  inSockets('Unix: descriptors are lost on the way', AF_UNIX, SOCK_STREAM, ops => ({
    receive(sock, buffer, offset, length, flags, result) {
      const count = ops.receive(sock, buffer, offset, length, flags, result)
      if (result !== undefined) result.control = []
      return count
    },
  })),
  inSockets('Unix: a record is cut into two', AF_UNIX, SOCK_SEQPACKET, ops => ({
    send(sock, buffer, offset, length, ...rest) {
      if (length < 2) return ops.send(sock, buffer, offset, length, ...rest)
      const first = ops.send(sock, buffer, offset, 1, ...rest)
      return first === 1 ? 1 + (ops.send(sock, buffer, offset + 1, length - 1, ...rest) as number) : first
    },
  })),
]
