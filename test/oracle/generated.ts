// Sequences of calls drawn by chance: a cast of sockets, pipes and files, and up to thirty calls on them by one or two
// processes. In most every descriptor is non-blocking; in the `sleepy` ones whatever may sleep is started and asked for
// later, so that no sequence can hang. What is drawn is a scenario like any other. Sequence N of a seed is always the same.

import {
  AF_INET, AF_INET6, AF_UNIX, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, EPOLLEXCLUSIVE, FIONREAD, F_GETFL, F_SETFL, IPPROTO_IP,
  IPPROTO_IPV6, IPPROTO_TCP, IPV6_V6ONLY, IP_RECVERR, IP_RECVTTL, IP_TTL, MSG_DONTWAIT, MSG_ERRQUEUE, MSG_MORE, MSG_NOSIGNAL, MSG_OOB,
  MSG_PEEK, MSG_TRUNC, MSG_WAITALL,
  O_CREAT, O_NONBLOCK, O_RDWR, SCM_RIGHTS, SIOCATMARK, SIOCOUTQ, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_SEQPACKET, SOCK_STREAM, SOL_SOCKET,
  SO_ACCEPTCONN, SO_BROADCAST, SO_DOMAIN, SO_ERROR, SO_KEEPALIVE, SO_LINGER, SO_OOBINLINE, SO_PASSCRED, SO_PEEK_OFF, SO_PROTOCOL,
  SO_RCVLOWAT, SO_REUSEADDR, SO_REUSEPORT, SO_TYPE, TCP_CORK, TCP_DEFER_ACCEPT, TCP_NODELAY,
} from '../../src/base/posix.ts'
import { SeededRandom } from '../../src/base/random.ts'
import { Program, UNSPEC, abstract, inet, ints, mapped, path } from './scenario.ts'
import type { Control, RawAddress, Scenario, Symbol_ } from './scenario.ts'

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

/** Drawn too with ORACLE_WIDE; what they found is not all mended yet: docs/compatibility.md. */
const WIDE_KINDS = [...KINDS, 'writev', 'readv', 'exclusive', 'version'] as const
const WIDE_SOCKETS = [[AF_INET6, SOCK_DGRAM], [AF_UNIX, SOCK_SEQPACKET]] as const
/** Of a family nobody knows, too short, of another family. */
const UNFIT: readonly RawAddress[] = [
  { hex: '63000000000000000000000000000000' }, { hex: '0200000700000000' }, { hex: `6300${'00'.repeat(28)}` }, abstract('nobody'),
]
const isWide = process.env.ORACLE_WIDE !== undefined

/** What a sequence is played on. */
class Cast {
  readonly fds: Symbol_[] = []
  readonly addresses: RawAddress[] = [UNSPEC, inet('127.0.0.1', 0), inet('203.0.113.9', 7), ...isWide ? UNFIT : []]
  readonly p: Program
  readonly ep: Symbol_
  /** SOCK_NONBLOCK, or 0 where calls sleep. */
  readonly mode: number
  hasTcp = false
  /** SIOCOUTQ of these tells what is not acknowledged yet, or gathered: time, and the size of kernel memory. */
  hasInet = false
  private count = 0

  constructor(p: Program, mode: number) {
    this.p = p
    this.mode = mode
    this.ep = p.epoll()
  }

  add(kind: number): void { MEMBERS[kind % MEMBERS.length](this, this.p) }
  name(): string { return `n${this.count++}` }
}

function bound(cast: Cast, family: number, type: number, address: RawAddress): Symbol_ {
  if (family !== AF_UNIX) cast.hasInet = true
  const fd = cast.p.socket(family, type | cast.mode)
  cast.p.bind(fd, address)
  cast.fds.push(fd)
  return fd
}

function connectedTo(cast: Cast, family: number, type: number, address: RawAddress): void {
  const fd = cast.p.socket(family, type | cast.mode)
  cast.p.connect(fd, address)
  cast.fds.push(fd)
}

function tcpPair(cast: Cast, p: Program): void {
  cast.hasTcp = true
  const fd = bound(cast, AF_INET, SOCK_STREAM, inet('127.0.0.1', 0))
  p.listen(fd, 2)
  const address = inet('127.0.0.1', p.port(fd))
  cast.addresses.push(address)
  connectedTo(cast, AF_INET, SOCK_STREAM, address)
  cast.fds.push(p.accept(fd, cast.mode))
}

const MEMBERS: readonly ((cast: Cast, p: Program) => void)[] = [
  tcpPair,
  tcpPair,
  tcpPair,
  (cast, p) => {
    cast.hasTcp = true
    const fd = bound(cast, AF_INET6, SOCK_STREAM, inet('::', 0))
    p.listen(fd, 1)
    const port = p.port(fd)
    cast.addresses.push(inet('::1', port), mapped('127.0.0.1', port))
    connectedTo(cast, AF_INET6, SOCK_STREAM, inet('::1', port))
    cast.fds.push(p.accept(fd, cast.mode))
  },
  cast => { cast.fds.push(...cast.p.socketpair(AF_UNIX, SOCK_STREAM | cast.mode)) },
  cast => { cast.fds.push(...cast.p.socketpair(AF_UNIX, SOCK_DGRAM | cast.mode)) },
  cast => { cast.fds.push(...cast.p.socketpair(AF_UNIX, SOCK_SEQPACKET | cast.mode)) },
  (cast, p) => {
    const fd = bound(cast, AF_INET, SOCK_DGRAM, inet('127.0.0.1', 0))
    const address = inet('127.0.0.1', p.port(fd))
    cast.addresses.push(address)
    connectedTo(cast, AF_INET, SOCK_DGRAM, address)
  },
  (cast, p) => {
    const [a, b] = [1, 2].map(() => bound(cast, AF_INET, SOCK_DGRAM, inet('127.0.0.1', 0)))
    const [one, two] = [inet('127.0.0.1', p.port(a)), inet('127.0.0.1', p.port(b))]
    p.connect(a, two)
    p.connect(b, one)
    cast.addresses.push(one, two)
  },
  (cast, p) => {
    const fd = bound(cast, AF_INET6, SOCK_DGRAM, inet('::', 0))
    const port = p.port(fd)
    cast.addresses.push(inet('::1', port), mapped('127.0.0.1', port))
  },
  ...[SOCK_STREAM, SOCK_DGRAM].map(type => (cast: Cast) => {
    cast.hasInet = true
    cast.fds.push(cast.p.socket(AF_INET, type | cast.mode))
  }),
  cast => { cast.fds.push(...cast.p.pipe(cast.mode)) },
  cast => { cast.fds.push(cast.p.eventfd(2, cast.mode)) },
  cast => { cast.fds.push(cast.p.call('open', cast.name(), O_CREAT | O_RDWR)) },
  ...[SOCK_STREAM, SOCK_SEQPACKET].map(type => (cast: Cast, p: Program) => {
    const address = path(cast.name())
    const fd = bound(cast, AF_UNIX, type, address)
    p.listen(fd, 1)
    cast.addresses.push(address)
    connectedTo(cast, AF_UNIX, type, address)
    cast.fds.push(p.accept(fd, cast.mode), p.socket(AF_UNIX, type | cast.mode))
  }),
  cast => {
    const [one, two] = [path(cast.name()), abstract(`\0${cast.name()}`.slice(0))]
    bound(cast, AF_UNIX, SOCK_DGRAM, one)
    bound(cast, AF_UNIX, SOCK_DGRAM, two)
    cast.addresses.push(one, two)
    connectedTo(cast, AF_UNIX, SOCK_DGRAM, one)
  },
]

const NEW_SOCKETS = [
  [AF_INET, SOCK_STREAM], [AF_INET, SOCK_DGRAM], [AF_INET6, SOCK_STREAM], [AF_UNIX, SOCK_STREAM], [AF_UNIX, SOCK_DGRAM],
] as const

class Draw {
  private readonly random: SeededRandom
  private readonly cast: Cast
  /** The process whose turn it is. */
  private p: Program
  private readonly started: string[] = []
  /** Who already sleeps on what: of two, the scheduler chooses whom to let go first, not the rules. */
  private readonly sleepers = new Set<Symbol_>()
  private readonly copies = new Map<Symbol_, Symbol_>()

  constructor(random: SeededRandom, cast: Cast) {
    this.random = random
    this.cast = cast
    this.p = cast.p
  }

  private one<T>(of: readonly T[]): T { return of[this.random.below(of.length)] }

  run(count: number, hasChild: boolean): void {
    const child = hasChild ? this.p.fork() : undefined
    for (let i = 0; i < count; i++) {
      this.p = child !== undefined && this.random.below(3) === 0 ? child : this.cast.p
      this.call(this.one(isWide ? WIDE_KINDS : KINDS))
    }
    this.p = this.cast.p
    if (child === undefined) for (const each of this.started) this.p.sleeps(each)
    this.p.poll(...this.cast.fds.slice(0, 12))
  }

  /** A call that may sleep: made at once on a non-blocking descriptor, else begun, and asked about. */
  private maySleep(call: string, ...args: readonly unknown[]): Symbol_ {
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

  private call(kind: typeof WIDE_KINDS[number]): void {
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
        const [family, type] = this.one(isWide ? [...NEW_SOCKETS, ...WIDE_SOCKETS] : NEW_SOCKETS)
        fds.push(p.socket(family, type | cast.mode))
        break
      }
      case 'pair': fds.push(...p.socketpair(AF_UNIX, this.one([SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET]) | cast.mode)); break
      case 'add': p.epollCtl(ep, EPOLL_CTL_ADD, fd, this.one(EVENTS), index); break
      case 'mod': p.epollCtl(ep, EPOLL_CTL_MOD, fd, this.one(EVENTS), index); break
      case 'del': p.epollCtl(ep, EPOLL_CTL_DEL, fd, 0); break
      case 'wait': p.epollWait(ep, this.one([8, 8, 1, 2])); break
      case 'writev': this.maySleep('writev', fd, this.data(), this.data(), this.data()); break
      case 'readv': this.maySleep('readv', fd, this.one(SIZES), this.one(SIZES) + 1, 8); break
      case 'exclusive': {
        const events = EPOLLEXCLUSIVE | this.one([1, 4, 0x80000001])
        p.epollCtl(ep, this.one([EPOLL_CTL_ADD, EPOLL_CTL_MOD]), fd, events, index)
        break
      }
      case 'version': p.set(fd, IPPROTO_IPV6, IPV6_V6ONLY, this.random.below(2)); break
      case 'ask': if (this.started.length > 0 && p === cast.p) p.sleeps(this.one(this.started)); break
      default: kind satisfies never
    }
  }

  /**
   * How long TCP holds back what MSG_MORE announced depends on which segment comes next, and gathering for a named address leaves a
   * connected UDP socket of Linux 6.18 with a wrong peer; docs/compatibility.md.
   */
  private sendFlags(isNamedInet: boolean = false): number {
    const flags = this.one(SEND_FLAGS)
    return flags === MSG_MORE && (this.cast.hasTcp || isNamedInet) ? 0 : flags
  }

  /** Not the host without a route, and nobody dissolves what another sleeps on; docs/compatibility.md. */
  private peer(): RawAddress {
    const { addresses, mode } = this.cast
    const at = this.random.below(addresses.length)
    return at === 2 || (at === 0 && mode === 0) ? addresses[1] : addresses[at]
  }

  private data(): readonly [number, number] { return [this.one(SIZES), 65 + this.random.below(26)] }

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

/** Sequence `index` of `seed`. One in twelve sleeps, one in twelve forks. */
export function generated(seed: number, index: number): Scenario {
  const random = new SeededRandom(`${seed}/${index}`)
  const kind = random.below(12)
  const cast = new Cast(new Program(), kind === 0 ? 0 : SOCK_NONBLOCK)
  for (let members = 1 + random.below(3); members > 0; members--) cast.add(random.below(MEMBERS.length))
  new Draw(random, cast).run(4 + random.below(27), kind === 1)
  return { name: `sequence ${seed}/${index}`, steps: cast.p.steps }
}
