// The dice of a sequence, and the calls that every sequence draws. Families of calls that only some sequences know stand in
// files of their own (families.ts).

import {
  AF_INET, AF_INET6, AF_UNIX, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, FIONREAD, F_GETFL, F_SETFL, IPPROTO_IP, IPPROTO_TCP,
  IP_RECVERR, IP_RECVTTL, IP_TTL, MSG_DONTWAIT, MSG_ERRQUEUE, MSG_MORE, MSG_NOSIGNAL, MSG_OOB, MSG_PEEK, MSG_TRUNC, MSG_WAITALL,
  O_NONBLOCK, SCM_RIGHTS, SIOCATMARK, SIOCOUTQ, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM, SOL_SOCKET, SO_ACCEPTCONN, SO_BROADCAST,
  SO_DOMAIN, SO_ERROR, SO_KEEPALIVE, SO_LINGER, SO_OOBINLINE, SO_PASSCRED, SO_PEEK_OFF, SO_PROTOCOL, SO_RCVLOWAT, SO_REUSEADDR,
  SO_REUSEPORT, SO_TYPE, TCP_CORK, TCP_DEFER_ACCEPT, TCP_NODELAY,
} from '../../../src/base/posix.ts'
import type { SeededRandom } from '../../../src/base/random.ts'
import { inet, ints } from '../scenario.ts'
import type { Control, Program, RawAddress, Symbol_ } from '../scenario.ts'
import type { Cast } from './cast.ts'

const SIZES = [1, 0, 100, 7, 3, 1000] as const
const EVENTS = [1, 4, 5, 0x80000001, 0x40000005, 0x2000, 0x80002015, 0, 0xc0000001] as const
const SEND_FLAGS = [0, 0, 0, MSG_DONTWAIT, MSG_NOSIGNAL, MSG_MORE, MSG_OOB] as const
const RECV_FLAGS = [0, 0, 0, MSG_DONTWAIT, MSG_PEEK, MSG_WAITALL, MSG_TRUNC, MSG_PEEK | MSG_TRUNC, MSG_OOB, MSG_ERRQUEUE] as const
const READ_OPTIONS = [SO_ERROR, SO_ERROR, SO_TYPE, SO_ACCEPTCONN, SO_DOMAIN, SO_PROTOCOL, SO_RCVLOWAT, SO_PEEK_OFF] as const
const OPTIONS: readonly (readonly [level: number, name: number, values: readonly (number | string)[]])[] = [
  [SOL_SOCKET, SO_REUSEADDR, [1, 0]], [SOL_SOCKET, SO_REUSEPORT, [1, 0]], [SOL_SOCKET, SO_KEEPALIVE, [1]],
  [SOL_SOCKET, SO_LINGER, [ints(1, 0), ints(0, 0)]], [SOL_SOCKET, SO_LINGER, [ints(1, 0)]], [SOL_SOCKET, SO_OOBINLINE, [1, 0]],
  [SOL_SOCKET, SO_PASSCRED, [1, 0]], [SOL_SOCKET, SO_RCVLOWAT, [5, 1, 0]], [SOL_SOCKET, SO_PEEK_OFF, [0, 2, -1]],
  [SOL_SOCKET, SO_BROADCAST, [1]], [IPPROTO_TCP, TCP_NODELAY, [1, 0]], [IPPROTO_TCP, TCP_CORK, [1, 0]],
  [IPPROTO_TCP, TCP_DEFER_ACCEPT, [1]], [IPPROTO_IP, IP_RECVERR, [1, 0]], [IPPROTO_IP, IP_RECVTTL, [1, 0]], [IPPROTO_IP, IP_TTL, [9, 0]],
]

const KINDS = [
  'send', 'send', 'send', 'send', 'recv', 'recv', 'recv', 'recv', 'poll', 'poll', 'poll', 'shutdown', 'shutdown', 'close', 'close', 'dup',
  'dup2', 'connect', 'connect', 'accept', 'accept', 'listen', 'bind', 'error', 'error', 'option', 'option', 'peer', 'name', 'add', 'add',
  'mod', 'del', 'wait', 'wait', 'wait', 'sendto', 'sendto', 'recvfrom', 'recvmsg', 'recvmsg', 'pass', 'ioctl', 'ioctl', 'fcntl',
  'read', 'write', 'socket', 'pair', 'ask',
] as const

const NEW_SOCKETS = [
  [AF_INET, SOCK_STREAM], [AF_INET, SOCK_DGRAM], [AF_INET6, SOCK_STREAM], [AF_UNIX, SOCK_STREAM], [AF_UNIX, SOCK_DGRAM],
  [AF_UNIX, SOCK_SEQPACKET],
] as const

/** Calls of one kind that a sequence may know. */
export interface Family {
  readonly name: string
  /** Sets up what these calls need beside the cast, and answers the calls. */
  readonly begin: (draw: Draw) => readonly (() => void)[]
}

export class Draw {
  readonly cast: Cast
  /** The process whose turn it is. */
  p: Program
  private readonly random: SeededRandom
  private readonly started: string[] = []
  /** Who already sleeps on what: of two, the scheduler chooses whom to let go first, not the rules. */
  private readonly sleepers = new Set<Symbol_>()
  private readonly copies = new Map<Symbol_, Symbol_>()

  constructor(random: SeededRandom, cast: Cast) {
    this.random = random
    this.cast = cast
    this.p = cast.p
  }

  one<T>(of: readonly T[]): T { return of[this.random.below(of.length)] }
  below(bound: number): number { return this.random.below(bound) }
  fd(): Symbol_ { return this.one(this.cast.fds) }
  data(): readonly [number, number] { return [this.one(SIZES), 65 + this.random.below(26)] }
  /** A count to receive: rarely nothing. */
  size(): number { return this.one(SIZES) + this.random.below(2) }

  /** `known`: families of calls beside those that every sequence draws. */
  run(count: number, hasChild: boolean, known: readonly Family[]): void {
    const more = known.map(each => each.begin(this))
    const child = hasChild ? this.p.fork() : undefined
    for (let i = 0; i < count; i++) {
      this.p = child !== undefined && this.random.below(3) === 0 ? child : this.cast.p
      if (more.length > 0 && this.random.below(3) === 0) this.one(this.one(more))()
      else this.call(this.one(KINDS))
    }
    this.p = this.cast.p
    if (child === undefined) for (const each of this.started) this.p.sleeps(each)
    this.p.poll(...this.cast.fds.slice(0, 12))
  }

  /** A call that may sleep: made at once on a non-blocking descriptor, else begun, and asked about. */
  maySleep(call: string, ...args: readonly unknown[]): Symbol_ {
    if (this.cast.mode !== 0 || this.p !== this.cast.p) return this.p.call(call, ...args)
    const fd = String(args[0])
    const place = `${call.startsWith('re') || call === 'accept' ? 'in' : 'out'} ${this.copies.get(fd) ?? fd}`
    if (this.sleepers.has(place)) {
      this.p.poll(fd)
      return ''
    }
    this.sleepers.add(place)
    const started = this.p.start(call, ...args)
    this.p.sleeps(started)
    this.started.push(started)
    return started
  }

  private call(kind: typeof KINDS[number]): void {
    const { p, cast } = this
    const { fds, ep } = cast
    const index = this.random.below(fds.length)
    const fd = fds[index]
    switch (kind) {
      case 'send': this.maySleep('send', fd, this.data(), this.sendFlags()); break
      case 'sendto': this.maySleep('sendto', fd, this.data(), this.sendFlags(cast.hasInet), this.one(cast.addresses)); break
      case 'write': this.maySleep('write', fd, this.data()); break
      case 'pass': this.pass(fd); break
      case 'recv': this.maySleep('recv', fd, this.one(SIZES) + 1, this.one(RECV_FLAGS)); break
      case 'recvfrom': this.maySleep('recvfrom', fd, this.one(SIZES), this.one(RECV_FLAGS)); break
      case 'recvmsg': this.recvmsg(fd); break
      case 'read': this.maySleep('read', fd, this.one(SIZES) + 8); break
      case 'poll': p.poll(fd, this.one(fds)); break
      case 'shutdown': p.shutdown(fd, this.random.below(3)); break
      case 'close': p.close(fd); break
      case 'dup': {
        const copy = p.dup(fd)
        this.copies.set(copy, this.copies.get(fd) ?? fd)
        fds.push(copy)
        break
      }
      case 'dup2': p.dup2(fd, this.one(fds)); break
      case 'connect': this.maySleep('connect', fd, this.peer()); break
      case 'accept': this.accept(fd); break
      case 'listen': p.listen(fd, this.random.below(4)); break
      case 'bind': p.bind(fd, this.random.below(2) === 0 ? inet('127.0.0.1', 0) : this.one(cast.addresses)); break
      case 'error': p.get(fd, SOL_SOCKET, this.one(READ_OPTIONS)); break
      case 'option': this.option(fd); break
      case 'peer': p.getpeername(fd); break
      case 'name': p.call('getsockname', fd); break
      case 'ioctl': p.ioctl(fd, this.one([FIONREAD, FIONREAD, SIOCATMARK, cast.hasInet ? FIONREAD : SIOCOUTQ])); break
      case 'fcntl':
        if (cast.mode === 0 || this.random.below(2) === 0) p.fcntl(fd, F_GETFL)
        else p.fcntl(fd, F_SETFL, O_NONBLOCK)
        break
      case 'socket': {
        const [family, type] = this.one(NEW_SOCKETS)
        fds.push(p.socket(family, type | cast.mode))
        break
      }
      case 'pair': fds.push(...p.socketpair(AF_UNIX, this.one([SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET]) | cast.mode)); break
      case 'add': p.epollCtl(ep, EPOLL_CTL_ADD, fd, this.one(EVENTS), index); break
      case 'mod': p.epollCtl(ep, EPOLL_CTL_MOD, fd, this.one(EVENTS), index); break
      case 'del': p.epollCtl(ep, EPOLL_CTL_DEL, fd, 0); break
      case 'wait': p.epollWait(ep, this.one([8, 8, 1, 2])); break
      case 'ask': if (this.started.length > 0 && p === cast.p) p.sleeps(this.one(this.started)); break
      default: kind satisfies never
    }
  }

  /**
   * How long TCP holds back what MSG_MORE announced depends on which segment comes next, and gathering for a named address leaves a
   * connected UDP socket of Linux 6.18 with a wrong peer; docs/compatibility.md.
   */
  sendFlags(isNamedInet: boolean = false): number {
    const flags = this.one(SEND_FLAGS)
    return flags === MSG_MORE && (this.cast.hasTcp || isNamedInet) ? 0 : flags
  }

  /** Not the host without a route; docs/compatibility.md. */
  peer(): RawAddress {
    const { addresses } = this.cast
    const at = this.random.below(addresses.length)
    return at === 2 ? addresses[1] : addresses[at]
  }

  private accept(fd: Symbol_): void {
    const made = this.maySleep('accept', fd, this.cast.mode)
    if (made.startsWith('$')) this.cast.fds.push(made)
  }

  private recvmsg(fd: Symbol_): void {
    const args = [fd, this.one(SIZES) + 1, this.one(RECV_FLAGS), this.one([256, 256, 0, 20])] as const
    const got = this.maySleep('recvmsg', ...args)
    if (got.startsWith('$')) this.cast.fds.push(`${got}.0`)
  }

  /** A message with a descriptor in it. */
  private pass(fd: Symbol_): void {
    const control: Control[] = [[SOL_SOCKET, SCM_RIGHTS, [this.one(this.cast.fds)]]]
    this.maySleep('sendmsg', fd, this.data(), 0, null, control)
  }

  private option(fd: Symbol_): void {
    const [level, name, values] = this.one(OPTIONS)
    const value = this.one(values)
    this.p.set(fd, level, name, value)
    if (this.random.below(2) === 0) this.p.get(fd, level, name, typeof value === 'string' ? 8 : 4)
  }
}
