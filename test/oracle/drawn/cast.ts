// The cast of a drawn sequence: sockets, pipes and files of all kinds, each set up as programs set them up, and the addresses
// that calls may name.

import { AF_INET, AF_INET6, AF_UNIX, O_CREAT, O_RDWR, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM } from '../../../src/base/posix.ts'
import { UNSPEC, abstract, inet, mapped, path } from '../scenario.ts'
import type { Program, RawAddress, Symbol_ } from '../scenario.ts'

/** Of families nobody knows, and of another one. Those too short are none before the call is made. */
export const UNFIT: readonly RawAddress[] = [
  { hex: '63000000000000000000000000000000' }, { hex: `6300${'00'.repeat(28)}` }, abstract('nobody'),
]

/** What a sequence is played on. */
export class Cast {
  readonly fds: Symbol_[] = []
  readonly addresses: RawAddress[] = [UNSPEC, inet('127.0.0.1', 0), inet('203.0.113.9', 7)]
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

export const MEMBERS: readonly ((cast: Cast, p: Program) => void)[] = [
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
