// Sequences of calls drawn by chance: TCP, UDP and Unix sockets, dup, shutdown, close, poll, epoll, all mixed. Every
// descriptor is non-blocking, so that no sequence can hang; what is drawn is a scenario like any other, and shrinks.

import fc from 'fast-check'
import {
  AF_INET, AF_UNIX, EPOLL_CTL_ADD, EPOLL_CTL_DEL, EPOLL_CTL_MOD, SOCK_DGRAM, SOCK_NONBLOCK, SOCK_STREAM, SOL_SOCKET, SO_ERROR,
} from '../../src/base/posix.ts'
import { inet, scenario } from './scenario.ts'
import type { Program, Scenario, Symbol_ } from './scenario.ts'
import { TCP, UDP, pair } from './scenarios/support.ts'

/** One drawn call: what is done, to which of the descriptors at hand, with which argument. */
export interface Draw { readonly kind: string, readonly fd: number, readonly argument: number }

const KINDS = [
  'send', 'send', 'send', 'recv', 'recv', 'recv', 'poll', 'poll', 'shutdown', 'close', 'dup', 'connect', 'accept', 'listen', 'bind',
  'error', 'peer', 'name', 'add', 'mod', 'del', 'wait', 'wait',
] as const

export const draws = fc.array(fc.record({
  kind: fc.constantFrom(...KINDS), fd: fc.nat(9), argument: fc.nat(5),
}), { minLength: 1, maxLength: 25 })

function begin(p: Program): { fds: Symbol_[], port: Symbol_, ep: Symbol_ } {
  const { client, server, fd, port } = pair(p)
  const [a, b] = p.socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK)
  const [c, d] = p.socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK)
  const udp = p.socket(AF_INET, UDP)
  return { fds: [client, server, fd, a, b, c, d, udp, p.socket(AF_INET, TCP)], port, ep: p.epoll() }
}

const SIZES = [1, 0, 100, 7, 3, 1000] as const
const EVENTS = [1, 4, 5, 0x80000001, 0x40000005, 0x2000] as const

export function written(draw: readonly Draw[]): Scenario {
  return scenario('generated', p => {
    const { fds, port, ep } = begin(p)
    for (const { kind, fd: index, argument } of draw) {
      const fd = fds[index % fds.length]
      switch (kind) {
        case 'send': p.send(fd, [SIZES[argument], 65 + argument]); break
        case 'recv': p.recv(fd, SIZES[argument] + 1); break
        case 'poll': p.poll(fd, fds[argument]); break
        case 'shutdown': p.shutdown(fd, argument % 3); break
        case 'close': p.close(fd); break
        case 'dup': fds.push(p.dup(fd)); break
        case 'connect': p.connect(fd, inet('127.0.0.1', port)); break
        case 'accept': fds.push(p.accept(fd, SOCK_NONBLOCK)); break
        case 'listen': p.listen(fd, argument); break
        case 'bind': p.bind(fd); break
        case 'error': p.get(fd, SOL_SOCKET, SO_ERROR); break
        case 'peer': p.getpeername(fd); break
        case 'name': p.call('getsockname', fd); break
        case 'add': p.epollCtl(ep, EPOLL_CTL_ADD, fd, EVENTS[argument], index); break
        case 'mod': p.epollCtl(ep, EPOLL_CTL_MOD, fd, EVENTS[argument], index); break
        case 'del': p.epollCtl(ep, EPOLL_CTL_DEL, fd, 0); break
        case 'wait': p.epollWait(ep); break
      }
    }
  })
}
